// Cloudflare's runtime: it compiles no bytes while it runs, so the wasm file is imported as a module, which it has
// compiled before.

import compiled from "../../blindtally.wasm";
import { initSync } from "../instance.js";

export * from "../index.js";

/**
 * Makes the package ready; call it before anything else. It works at once: awaiting it is for uniformity with the
 * other entries.
 *
 * @throws BlindtallyError `wasm-unavailable`.
 */
export async function init(): Promise<void> {
  initSync(() => compiled);
}
