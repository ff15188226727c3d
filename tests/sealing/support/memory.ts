// The memory of the instance that seals, and its binding. To be imported first: the package then uses this instance.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const pkg = new URL("../../../../pkg/dist/", import.meta.url);

type Method = (...args: unknown[]) => unknown;

interface Glue {
  initSync(source: { module: BufferSource }): { memory: WebAssembly.Memory };
  readonly WasmSealedFile: { readonly prototype: Record<"open" | "reopen" | "seal" | "addSlot", Method> };
}

export const glue: Glue = require(new URL("cjs/wasm/sealing.js", pkg).pathname);
export const { memory } = glue.initSync({ module: readFileSync(new URL("sealing.wasm", pkg)) });

/** The binding of the core, which holds the keysets. */
export const coreGlue: { readonly WasmKeyset: { readonly prototype: Record<"toBytes", Method> } } = require(
  new URL("cjs/wasm/blindtally.js", pkg).pathname,
);

/** Whether any eight bytes in a row of the secret lie in the memory of the instance. */
export function inMemory(secret: Uint8Array): boolean {
  if (secret.length < 8) throw new RangeError("too short to be told from an accident");
  const bytes = Buffer.from(memory.buffer);
  const windows = Array.from({ length: secret.length - 7 }, (_, start) => secret.subarray(start, start + 8));
  return windows.some((window) => bytes.includes(Buffer.from(window)));
}
