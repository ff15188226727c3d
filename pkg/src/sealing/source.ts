// ES modules: the second wasm file lies beside the code, where browsers and bundlers find it by this address. In the
// CommonJS of Node, source.node.ts is in the place of this file.

import type { WasmSource } from "../instance.js";

/** Where the file is. */
export function sealingSource(): WasmSource {
  return new URL("../../sealing.wasm", import.meta.url);
}
