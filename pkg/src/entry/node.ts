// Node: reads the wasm file at first use, synchronously, so `init()` is optional.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { initFrom, initSync, provideLazily, type WasmSource } from "../instance.js";

export * from "../index.js";

const read = () => readFileSync(join(__dirname, "../../blindtally.wasm"));
provideLazily(read);

/**
 * Loads the wasm file now instead of at first use. Optional in Node.
 *
 * @param source Where the file is, if not in the package.
 * @throws BlindtallyError `wasm-unavailable`.
 */
export async function init(source?: WasmSource): Promise<void> {
  return source === undefined ? initSync(read) : initFrom(() => source);
}
