// Node has no IndexedDB, which the keyring says when it is opened; a program for pages and servers can import it.

import "../node-file.js";
import "../sealing/node-file.js";

export * from "../keyring/keyring.js";
