// Node: the second wasm file is read from the package.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { WasmSource } from "../instance.js";

/** The bytes of the file. */
export function sealingSource(): WasmSource {
  return new Uint8Array(readFileSync(join(__dirname, "../../sealing.wasm")));
}
