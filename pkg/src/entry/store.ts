// Bundlers for servers that do not know the condition `node`: the second wasm file is then where `initSealing()` is told.
// In browsers there is no file system, and no such entry for them.

export * from "../store/index.js";
