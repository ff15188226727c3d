// Node: the hazard door loads the wasm file as the main entry does, so it can be the first thing used.

import { provideLazily } from "../instance.js";
import { readWasmFile } from "../node-file.js";

export * from "../hazard.js";

provideLazily(readWasmFile);
