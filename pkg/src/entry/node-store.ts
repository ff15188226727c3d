// Node: the same for sealed files on disk.

import { provideLazily } from "../instance.js";
import { readWasmFile } from "../node-file.js";

export * from "../store/index.js";

provideLazily(readWasmFile);
