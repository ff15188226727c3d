// Where the second wasm file lies, which seals and opens. Apart from the code that uses it: an entry can name the
// place without loading anything.

import type { WasmSource } from "../instance.js";

let provided: (() => WasmSource) | undefined;

/** Names the place of the file; for entries. */
export function provideSealing(source: () => WasmSource): void {
  provided = source;
}

/** The place that was named, if any. */
export function providedSealing(): WasmSource | undefined {
  return provided?.();
}
