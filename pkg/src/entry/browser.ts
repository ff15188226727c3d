// Browsers and bundlers: the wasm file lies beside the code and is fetched by `init()`.

import { initFrom, type WasmSource } from "../instance.js";

export * from "../index.js";

/**
 * Loads the wasm file once; call it before anything else. Calling it again does nothing; after a failure it
 * tries again.
 *
 * @param source Where the file is, if not beside the code.
 * @throws BlindtallyError `wasm-unavailable`.
 */
export function init(source?: WasmSource): Promise<void> {
  return initFrom(() => source ?? new URL("../../blindtally.wasm", import.meta.url));
}
