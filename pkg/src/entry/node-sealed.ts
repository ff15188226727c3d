// Node: both wasm files are read when they are first needed.

import { provideLazily } from "../instance.js";
import { readWasmFile } from "../node-file.js";

export * from "../sealing/index.js";

provideLazily(readWasmFile);
