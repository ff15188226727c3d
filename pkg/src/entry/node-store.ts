// Node: the same for sealed files on disk.

import "../node-file.js";
import "../sealing/node-file.js";

export * from "../store/index.js";
