// Node: loads itself at first use, so `init()` is optional.

import { initFrom, initSync, provideLazily, type WasmSource } from "../instance.js";
import { readWasmFile } from "../node-file.js";

export * from "../index.js";

provideLazily(readWasmFile);

/**
 * Loads the wasm file now instead of at first use. Optional in Node.
 *
 * @param source Where the file is, if not in the package.
 * @throws BlindtallyError `wasm-unavailable`.
 */
export async function init(source?: WasmSource): Promise<void> {
  return source === undefined ? initSync(readWasmFile) : initFrom(() => source);
}
