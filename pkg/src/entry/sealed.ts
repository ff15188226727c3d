// Browsers and bundlers: the second wasm file is fetched when it is first needed.

import "../sealing/browser-file.js";

export * from "../sealing/index.js";
