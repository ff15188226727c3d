// Bundlers for servers that do not know the condition `node`: the wasm files are then where `init()` and `initSealing()`
// are told. In browsers there is no file system, and no such entry for them.

export * from "../store/index.js";
