// Node: both wasm files are read when they are first needed.

import "../node-file.js";
import "../sealing/node-file.js";

export * from "../sealing/index.js";
