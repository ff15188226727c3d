// Browsers and bundlers: a passphrase needs the second wasm file, which is fetched when it is first needed.

import "../sealing/browser-file.js";

export * from "../keyring/keyring.js";
