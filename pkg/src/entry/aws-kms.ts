// Every platform: it brings no wasm file.

export * from "../aws-kms.js";
