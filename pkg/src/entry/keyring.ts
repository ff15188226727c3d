// Browsers and bundlers: a passphrase needs the second wasm file, which is fetched when it is first needed.

export * from "../keyring/keyring.js";
