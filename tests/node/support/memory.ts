// The memory of the package's wasm instance, and the binding itself, which says what no call of the package can.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const pkg = new URL("../../../../pkg/dist/", import.meta.url);

export const glue = require(new URL("cjs/wasm/blindtally.js", pkg).pathname) as Glue;

/** Of the instance that the package then uses: the glue makes only one. */
export const { memory } = glue.initSync({ module: readFileSync(new URL("blindtally.wasm", pkg)) });

export const main = require("blindtally") as typeof import("blindtally");
export const hazard = require("blindtally/hazard") as typeof import("blindtally/hazard");

/** Whether any eight bytes in a row of the secret lie in wasm memory. */
export function inMemory(secret: Uint8Array): boolean {
  if (secret.length < 8) throw new RangeError("too short to be told from an accident");
  const bytes = Buffer.from(memory.buffer);
  const windows = Array.from({ length: secret.length - 7 }, (_, start) => secret.subarray(start, start + 8));
  return windows.some((window) => bytes.includes(Buffer.from(window)));
}

/** Where a secret that lies there whole begins, and where its first eight bytes lie without the rest. */
export function placesOf(secret: Uint8Array): number[] {
  const bytes = Buffer.from(memory.buffer);
  const places: number[] = [];
  for (
    let at = bytes.indexOf(secret.subarray(0, 8));
    at !== -1;
    at = bytes.indexOf(secret.subarray(0, 8), at + 1)
  )
    places.push(at);
  return places;
}

/** A copy of wasm memory. */
export const snapshot = (): Buffer => Buffer.from(Buffer.from(memory.buffer));

/** Whether what the binding throws says this. */
export const rawRefusal =
  (code: string, index?: number) =>
  (thrown: unknown): true => {
    const [thrownCode, , thrownIndex] = thrown as [code: unknown, detail: unknown, index: unknown];
    assert.deepEqual([thrownCode, thrownIndex], [code, index]);
    return true;
  };

/** Packed texts, as the binding takes them: the length of each in two bytes, then all of them; and how many. */
export function packed(texts: readonly string[]): [bytes: Uint8Array, count: number] {
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const head = lengths.flatMap((length) => [length & 0xff, length >> 8]);
  return [Uint8Array.of(...head, ...Buffer.from(texts.join(""))), texts.length];
}

/** A cipher of the binding. */
export interface RawCipher {
  readonly mailbox: number;
  encrypt(length: number): number;
  decrypt(length: number): number;
  encryptRandomized(length: number): number;
  decryptRandomized(length: number): number;
  encryptAll(names: Uint8Array, count: number): string;
  decryptRows(tokens: Uint8Array, count: number): unknown[];
  rewrapAll(tokens: Uint8Array, count: number): string;
  tokensFor(name: Uint8Array, count: 1): string;
  free(): void;
}

/** A keyset of the binding. */
export interface RawKeyset {
  cipher(labels: Uint8Array, count: number): RawCipher;
  scope(labels: Uint8Array, count: number): RawKeyset;
  toBytes(secrets: number): Uint8Array;
  free(): void;
}

interface Glue {
  initSync(source: { module: BufferSource }): { memory: WebAssembly.Memory };
  readonly WasmKeyset: {
    importRootKey(root: Uint8Array, now: number): RawKeyset;
    fromBytes(record: Uint8Array): RawKeyset;
    readonly prototype: RawKeyset;
  };
  readonly WasmCipher: { readonly prototype: RawCipher };
}
