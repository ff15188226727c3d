// Node: the wasm file is read from the package, synchronously.

import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Reads the wasm file of this package. */
export function readWasmFile(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(__dirname, "../blindtally.wasm")));
}
