// Node: the wasm file is read at first use, synchronously, by whichever entry is loaded.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { provideLazily } from "./instance.js";

/** Reads the wasm file of this package. */
export function readWasmFile(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(__dirname, "../blindtally.wasm")));
}

provideLazily(readWasmFile);
