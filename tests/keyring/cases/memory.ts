// A look at all the memory of the package's two wasm instances.

import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Bytes } from "./bench.js";

interface Glue {
  readonly WasmKeyset: {
    fromBytes(record: Uint8Array): unknown;
    readonly prototype: { toBytes(secrets: number): Uint8Array };
  };
  initSync(): { readonly memory: WebAssembly.Memory };
}

/** Once the package has made an instance, its glue gives that one. Through variables: these modules have no types. */
const CORE: string = "/dist/esm/wasm/blindtally.js";
const SEALING: string = "/dist/esm/wasm/sealing.js";

export const inCore = (secret: Uint8Array): Promise<boolean> => inMemoryOf(CORE, secret);
export const inSealing = (secret: Uint8Array): Promise<boolean> => inMemoryOf(SEALING, secret);

/** Bytes in which a piece of a secret is looked for. */
const PIECE = 8;

/** Whether any eight bytes in a row of the secret lie in the memory of an instance. */
async function inMemoryOf(glue: string, secret: Uint8Array): Promise<boolean> {
  const { initSync } = (await import(glue)) as Glue;
  const memory = new Uint8Array(initSync().memory.buffer);
  // Text of one letter has no spread of bytes, and is found as well.
  for (let start = 0; start + PIECE <= secret.length; start += 1) {
    const piece = secret.subarray(start, start + PIECE);
    for (
      let at = memory.indexOf(piece[0] as number);
      at >= 0;
      at = memory.indexOf(piece[0] as number, at + 1)
    ) {
      if (piece.every((byte, offset) => memory[at + offset] === byte)) return true;
    }
  }
  return false;
}

/** What one root key gives in a context of one label: SPEC.md, section 3. */
export function contextKeys(root: Bytes, label: string): Uint8Array {
  const text = new TextEncoder().encode(label);
  const info = Uint8Array.of(...new TextEncoder().encode("blindtally bt1 context\0"), text.length, ...text);
  return hkdf(sha256, root, undefined, info, 44);
}

/** Keeps in sight each record with secrets that goes into the core or comes out of it. */
export function watchRecords(records: Uint8Array[]): () => void {
  const { WasmKeyset } = core;
  const { fromBytes } = WasmKeyset;
  const { toBytes } = WasmKeyset.prototype;
  WasmKeyset.fromBytes = (record) => {
    records.push(record);
    return fromBytes.call(WasmKeyset, record);
  };
  WasmKeyset.prototype.toBytes = function (secrets) {
    const record = toBytes.call(this, secrets);
    if (secrets) records.push(record);
    return record;
  };
  return () => {
    WasmKeyset.fromBytes = fromBytes;
    WasmKeyset.prototype.toBytes = toBytes;
  };
}

const core = (await import(CORE)) as Glue;
