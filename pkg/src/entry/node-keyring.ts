// Node has no IndexedDB, which the keyring says when it is opened; a program for pages and servers can import it.

import { provideLazily } from "../instance.js";
import { readWasmFile } from "../node-file.js";

export * from "../keyring/keyring.js";

provideLazily(readWasmFile);
