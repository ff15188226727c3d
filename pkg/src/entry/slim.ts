// No wasm of its own: the caller says where it is. For platforms and libraries that load it their own way.

import { BlindtallyError } from "../errors.js";
import { initFrom, type WasmSource } from "../instance.js";

export * from "../index.js";

/**
 * Loads the wasm file once, from where you say; call it before anything else. After a failure it tries again.
 *
 * @param source Address, response, bytes or compiled module of `blindtally/blindtally.wasm`.
 * @throws BlindtallyError `wasm-unavailable`, or `bad-argument` without a source.
 */
export async function init(source: WasmSource): Promise<void> {
  if (source === undefined)
    throw new BlindtallyError("bad-argument", "`blindtally/slim` needs a source: init(source)");
  return initFrom(() => source);
}
