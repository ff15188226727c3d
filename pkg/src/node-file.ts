// Node: the wasm file is read from the package, synchronously. In a bundle for a server there is no file beside the code.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The bytes of this package's wasm file. */
export function readWasmFile(): Uint8Array<ArrayBuffer> {
  if (isOwnFile()) return new Uint8Array(readFileSync(join(__dirname, "../blindtally.wasm")));
  // Only where it is needed: it is long. A bundler sees it all the same, and takes it in.
  const { base64 } = require("./wasm/inline.js") as typeof import("./wasm/inline.js");
  return new Uint8Array(Buffer.from(base64, "base64"));
}

/** Whether this module still is the file that it was built as: in a bundle `__dirname` is another folder, or not there. */
const isOwnFile = () => typeof __dirname === "string" && existsSync(join(__dirname, "node-file.js"));
