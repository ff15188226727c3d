// The one door through which raw keys pass. Whoever holds these bytes can read names: keep them in a key store or a
// file that only the service can read; never in source code, in an argument of a command, in a page that anyone can
// open, or in a log. `blindtally/sealed` makes files of keysets that may lie anywhere.

import { refusal } from "./errors.js";
import { callWasm } from "./instance.js";
import { changeKeyset, createKeyset, type Keyset, keysetOfRecord, readKeyset } from "./keyset.js";
import { readRecord } from "./record.js";
import { secondsOf, type Time } from "./time.js";
import { WasmKeyset } from "./wasm/blindtally.js";

/** A root key with its id. */
export interface ExportedKey {
  /** Its id, eight hexadecimal digits. */
  readonly id: string;
  /** Its 32 bytes, a copy. Wipe it after use: `key.fill(0)`. */
  readonly key: Uint8Array;
}

/** What is noted of an imported key. */
export interface ImportOptions {
  /** When it was made, or else added. Default: now. */
  readonly now?: Time | undefined;
}

/**
 * Makes a keyset of a root key, or adds the key to a keyset, enabled but not primary.
 *
 * The bytes are copied and the copy in wasm memory is wiped; wiping `key` itself is left to you.
 *
 * @param key 32 random bytes.
 * @throws BlindtallyError `bad-key` for anything else, `duplicate-key` if the keyset holds it already or held it
 * before it was destroyed, `too-many-keys`, `scoped-keyset`.
 */
export function importRootKey(key: Uint8Array, keyset?: Keyset, options?: ImportOptions): Keyset {
  const now = secondsOf(options?.now);
  const bytes = copyOf(key, 32, 32);
  if (!bytes) throw refusal(["bad-key", undefined, undefined]);
  try {
    if (keyset === undefined) return callWasm(() => createKeyset(WasmKeyset.importRootKey(bytes, now)));
    changeKeyset(keyset, (handle) => handle.addRootKey(bytes, now));
    return keyset;
  } finally {
    bytes.fill(0);
  }
}

/**
 * Copies every root key out of a keyset, the primary one first; of destroyed ones there is nothing left.
 *
 * @throws BlindtallyError `scoped-keyset`: a scope has no root keys.
 */
export function exportRootKeys(keyset: Keyset): ExportedKey[] {
  const record = exportKeyset(keyset);
  try {
    const { context, keys } = readRecord(record);
    if (context) throw refusal(["scoped-keyset", undefined, undefined]);
    return keys
      .filter(({ info }) => info.status !== "destroyed")
      .map(({ info, secret }) => ({ id: info.id, key: secret.slice() }));
  } finally {
    record.fill(0);
  }
}

/**
 * Copies a keyset out as a record (SPEC.md, section 11): keys in clear, with what is known of each. Of a scope, the
 * keys of its context. Wipe it after use: `record.fill(0)`.
 */
export function exportKeyset(keyset: Keyset): Uint8Array {
  return readKeyset(keyset, (handle) => handle.toBytes(1));
}

/**
 * Makes a keyset of a record. Wiping the record is left to you.
 *
 * @throws BlindtallyError `bad-keyset` for what is no record, `duplicate-key`, `key-check` for an altered one.
 */
export function importKeyset(record: Uint8Array): Keyset {
  const bytes = copyOf(record, 1, LONGEST_RECORD);
  if (!bytes) throw refusal(["bad-keyset", undefined, undefined]);
  try {
    return keysetOfRecord(bytes);
  } finally {
    bytes.fill(0);
  }
}

/**
 * The same record as text, for places that hold secrets as text, such as a variable of a service. A string stays in
 * memory until the engine collects it: nothing can wipe it.
 */
export function exportKeysetText(keyset: Keyset): string {
  const record = exportKeyset(keyset);
  const text = textOf(record);
  record.fill(0);
  return text;
}

/**
 * Makes a keyset of such a text.
 *
 * @throws BlindtallyError as {@link importKeyset}; the text must be exactly as it was given.
 */
export function importKeysetText(text: string): Keyset {
  const record = recordOf(text);
  if (!record) throw refusal(["bad-keyset", undefined, undefined]);
  try {
    return keysetOfRecord(record);
  } finally {
    record.fill(0);
  }
}

const PREFIX = "btk1_";
/** More than 1000 keys of a scope take. */
const LONGEST_RECORD = 100_000;
const LONGEST_TEXT = PREFIX.length + (LONGEST_RECORD * 4) / 3;

function textOf(record: Uint8Array): string {
  const binary = Array.from(record, (byte) => String.fromCharCode(byte)).join("");
  return PREFIX + btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** `undefined` for a text that is not exactly what is made of a record. */
function recordOf(text: unknown): Uint8Array | undefined {
  if (typeof text !== "string" || text.length > LONGEST_TEXT) return undefined;
  if (!/^btk1_[\w-]+$/.test(text)) return undefined;
  let binary: string;
  try {
    binary = atob(text.slice(PREFIX.length).replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return undefined;
  }
  const record = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  // Unused bits of the last character make a second text of one record.
  return textOf(record) === text ? record : undefined;
}

const TypedArray = Object.getPrototypeOf(Uint8Array.prototype);
const tagOf = Object.getOwnPropertyDescriptor(TypedArray, Symbol.toStringTag)?.get;
const lengthOf = Object.getOwnPropertyDescriptor(TypedArray, "length")?.get;

/**
 * A copy of bytes, if they are so many. What they are and how many is asked of the engine and not of the object, which
 * could answer anything: an array of another window is one too, a subclass with a `length` of its own is not believed,
 * and a detached one has length 0.
 */
function copyOf(bytes: Uint8Array, shortest: number, longest: number): Uint8Array | undefined {
  const length: number = tagOf?.call(bytes) === "Uint8Array" ? lengthOf?.call(bytes) : 0;
  if (length < shortest || length > longest) return undefined;
  const copy = new Uint8Array(length);
  copy.set(bytes);
  return copy;
}
