// The record of a keyset (SPEC.md, section 11), as wasm gives it. Reads only: what makes a record valid is known
// there, and no other bytes come here.

import { hexadecimal } from "./errors.js";
import { dateOf } from "./time.js";

/** Whether a key may be used: tokens of another one are reported as `disabled-key` or `destroyed-key`. */
export type KeyStatus = "enabled" | "disabled" | "destroyed";

/** What may be told of a key. */
export interface KeyInfo {
  /** Its id, eight hexadecimal digits; it stands in every token made under it. */
  readonly id: string;
  /** Its status. */
  readonly status: KeyStatus;
  /** Whether it is the one that encrypts. */
  readonly primary: boolean;
  /** When it was made or added, if that is known. */
  readonly created: Date | undefined;
}

/** A record, read. */
export interface KeysetRecord {
  /** Of a scope, the labels of its context. */
  readonly context: readonly string[] | undefined;
  /** The policy, if there is one. */
  readonly rotateAfterDays: number | undefined;
  /** Every key, the primary one first. */
  readonly keys: readonly RecordKey[];
}

/** A key in a record. */
export interface RecordKey {
  readonly info: KeyInfo;
  /** Where its check value lies in the record. */
  readonly check: Uint8Array;
  /** Where its secret lies in the record. */
  readonly secret: Uint8Array;
}

/** Reads a record that wasm has made or taken. */
export function readRecord(record: Uint8Array): KeysetRecord {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const isScope = view.getUint8(1) === SCOPE;
  let at = HEAD_BYTES;
  const context = Array.from({ length: view.getUint8(at - 1) }, () => {
    const start = at + 1;
    at = start + view.getUint8(at);
    return decoder.decode(record.subarray(start, at));
  });
  const count = view.getUint16(at);
  const secretBytes = isScope ? SCOPE_SECRET_BYTES : ROOT_KEY_BYTES;
  const keys = Array.from({ length: count }, (_, position) => {
    const entry = at + 2 + position * (ENTRY_BYTES + secretBytes);
    const end = entry + ENTRY_BYTES;
    const info = {
      id: hexadecimal(view.getUint32(entry + 9)),
      status: STATUSES[view.getUint8(entry) - 1] as KeyStatus,
      primary: position === 0,
      created: dateOf(Number(view.getBigUint64(entry + 1))),
    };
    return { info, check: record.subarray(entry + 13, end), secret: record.subarray(end, end + secretBytes) };
  });
  return {
    context: isScope ? Object.freeze(context) : undefined,
    rotateAfterDays: view.getUint16(2) || undefined,
    keys,
  };
}

/** Version, kind, policy and number of labels. */
const HEAD_BYTES = 5;
const SCOPE = 2;
/** Of an entry without its secret: status, time, key id and check. */
const ENTRY_BYTES = 1 + 8 + 4 + 32;
const ROOT_KEY_BYTES = 32;
const SCOPE_SECRET_BYTES = 44;
const STATUSES = ["enabled", "disabled", "destroyed"] as const;
// A label may begin with a byte order mark, which is a character like any other here.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
