// The wasm bytes lie in the code: nothing is fetched. A third larger; for places that cannot serve a file.

import { initSync } from "../instance.js";
import { base64 } from "../wasm/inline.js";

export * from "../index.js";

/**
 * Makes the package ready; call it before anything else. It works at once: awaiting it is for uniformity with
 * the other entries.
 *
 * @throws BlindtallyError `wasm-unavailable`.
 */
export async function init(): Promise<void> {
  initSync(() => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
}
