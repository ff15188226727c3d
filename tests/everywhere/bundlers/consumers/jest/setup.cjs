// Jest's jsdom hides what every browser has for text; the package needs it.

const { TextDecoder, TextEncoder } = require("node:util");

Object.assign(globalThis, { TextDecoder, TextEncoder });
