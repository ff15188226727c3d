// Every platform: it brings no wasm file, and in Node it says that there are no passkeys.

export * from "../passkey.js";
