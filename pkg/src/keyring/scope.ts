// The record of a scope (SPEC.md, section 12), made of root keys that only the browser has.

import { refusal } from "../errors.js";
import { bound, derive, derivingKey, utf8 } from "./crypto.js";
import { type Bytes, fromBase64url, type Head } from "./record.js";

/** Each root key in the order of the head; `undefined` where a key is not enabled. */
export type Roots = readonly (CryptoKey | undefined)[];

/** The record. It holds context keys in clear: hand it over, and wipe it. */
export async function scopeRecord(head: Head, roots: Roots, labels: readonly string[]): Promise<Bytes> {
  const context = prefixed(labels);
  const start = HEAD_BYTES + context.length;
  const record = new Uint8Array(start + head.keys.length * ENTRY_BYTES);
  const view = new DataView(record.buffer);
  try {
    record.set([VERSION, SCOPE]);
    view.setUint16(2, head.rotateAfterDays);
    record[4] = labels.length;
    record.set(context, 5);
    view.setUint16(start - 2, head.keys.length);
    for (const [position, { check, status, created }] of head.keys.entries()) {
      const at = start + position * ENTRY_BYTES;
      const keyId = fromBase64url(check).subarray(0, 4);
      record[at] = STATUS[status];
      view.setBigUint64(at + 1, BigInt(created));
      record.set(keyId, at + 9);
      const root = roots[position];
      if (root) await writeKeys(record.subarray(at + 13, at + ENTRY_BYTES), root, keyId, context);
    }
    return record;
  } catch (error) {
    record.fill(0);
    throw error;
  }
}

const LONGEST_LABEL = 64;
const [VERSION, SCOPE] = [1, 2];
const STATUS = { enabled: 1, disabled: 2, destroyed: 3 } as const;
/** All but labels: version, kind, days, number of labels, number of entries. */
const HEAD_BYTES = 7;
const CHECK_BYTES = 32;
const SECRET_BYTES = 44;
const ENTRY_BYTES = 1 + 8 + 4 + CHECK_BYTES + SECRET_BYTES;

/** Check, then K and N. */
async function writeKeys(to: Uint8Array, root: CryptoKey, keyId: Uint8Array, context: Bytes): Promise<void> {
  const secret = await derive(root, bound("blindtally bt1 context", context), SECRET_BYTES);
  try {
    to.set(secret, CHECK_BYTES);
    const key = await derivingKey(secret);
    to.set(await derive(key, bound("blindtally bt1 context check", keyId, context), CHECK_BYTES));
  } finally {
    secret.fill(0);
  }
}

/** Each label after its length. */
function prefixed(labels: readonly string[]): Bytes {
  const encoded = labels.map(utf8);
  if (encoded.length === 0 || encoded.some(({ length }) => length > LONGEST_LABEL)) {
    throw refusal(["bad-context", undefined, undefined]);
  }
  return Uint8Array.from(encoded.flatMap((label) => [label.length, ...label]));
}
