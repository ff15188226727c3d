// Browsers and bundlers: the second wasm file is fetched when it is first needed.

export * from "../sealing/index.js";
