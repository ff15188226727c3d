// The one door through which raw root keys pass. Whoever holds these bytes can read every name: keep them in a
// key store or a file that only the service can read; never in source code, in an argument of a command, in a
// page that anyone can open, or in a log.

import { hexadecimal, refusal } from "./errors.js";
import { callWasm } from "./instance.js";
import { changeKeyset, createKeyset, type Keyset, readKeyset } from "./keyset.js";
import { WasmKeyset } from "./wasm/blindtally.js";

/** A root key with its id. */
export interface ExportedKey {
  /** Its id, eight hexadecimal digits. */
  readonly id: string;
  /** Its 32 bytes, a copy. Wipe it after use: `key.fill(0)`. */
  readonly key: Uint8Array;
}

/**
 * Makes a keyset of a root key, or adds the key to a keyset, enabled but not primary.
 *
 * The bytes are copied and the copy in wasm memory is wiped; wiping `key` itself is left to you.
 *
 * @param key 32 random bytes.
 * @throws BlindtallyError `bad-key` for anything else, `duplicate-key` if the keyset holds it already.
 */
export function importRootKey(key: Uint8Array, keyset?: Keyset): Keyset {
  const bytes = copyOfKey(key);
  try {
    if (keyset === undefined) return callWasm(() => createKeyset(WasmKeyset.importRootKey(bytes)));
    changeKeyset(keyset, (handle) => handle.addRootKey(bytes));
    return keyset;
  } finally {
    bytes.fill(0);
  }
}

/** Copies every root key out of a keyset, the primary one first. */
export function exportRootKeys(keyset: Keyset): ExportedKey[] {
  const bytes = readKeyset(keyset, (handle) => handle.exportRootKeys());
  const ids = new DataView(bytes.buffer, bytes.byteOffset);
  const keys = Array.from({ length: bytes.length / ENTRY_BYTES }, (_, position) => {
    const start = position * ENTRY_BYTES;
    return { id: hexadecimal(ids.getUint32(start)), key: bytes.slice(start + ID_BYTES, start + ENTRY_BYTES) };
  });
  bytes.fill(0);
  return keys;
}

const ID_BYTES = 4;
const ENTRY_BYTES = ID_BYTES + 32;

const TypedArray = Object.getPrototypeOf(Uint8Array.prototype);
const tagOf = Object.getOwnPropertyDescriptor(TypedArray, Symbol.toStringTag)?.get;
const lengthOf = Object.getOwnPropertyDescriptor(TypedArray, "length")?.get;

/**
 * A copy of the bytes. What they are and how many is asked of the engine and not of the object, which could
 * answer anything: an array of another window is one too, a subclass with a `length` of its own is not believed,
 * and a detached one has length 0.
 */
function copyOfKey(key: Uint8Array): Uint8Array {
  if (tagOf?.call(key) === "Uint8Array" && lengthOf?.call(key) === 32) {
    const copy = new Uint8Array(32);
    copy.set(key);
    return copy;
  }
  throw refusal(["bad-key", undefined, undefined]);
}
