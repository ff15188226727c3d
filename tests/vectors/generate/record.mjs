// @ts-check
// SPEC.md, sections 11 and 12: records of root keys and of scopes.

import {
  base64url,
  bigNumberOf,
  bytes,
  expand,
  hex,
  isZero,
  join,
  number,
  Refusal,
  same,
  textOf,
  unbase64url,
  utf8,
} from "./bytes.mjs";
import { contextKeyOf, decrypt, encrypt, keyCheckOf, labelsOf, withId } from "./token.mjs";

/** @typedef {"enabled" | "disabled" | "destroyed"} Status */
/** @typedef {{ status: Status, created: number, id: Uint8Array, check: Uint8Array, secret: Uint8Array }} Entry */
/** @typedef {{ kind: number, rotateAfterDays: number, context: string[], entries: Entry[] }} Keyset */

const VERSION = 1;
export const ROOTS = 1;
export const SCOPE = 2;
const PREFIX = "btk1_";
const MAX_ENTRIES = 1000;
const MAX_CREATED = 2n ** 40n - 1n;
/** @type {readonly (Status | undefined)[]} */
const STATUSES = [undefined, "enabled", "disabled", "destroyed"];

/** An entry of a root key. @param {Uint8Array} root @param {Status} [status] @param {number} [created] @returns {Entry} */
export function rootEntry(root, status = "enabled", created = 0) {
  const check = keyCheckOf(root);
  return {
    status,
    created,
    id: check.slice(0, 4),
    check,
    secret: status === "destroyed" ? new Uint8Array(32) : root,
  };
}

/** @param {Entry[]} entries @param {number} [rotateAfterDays] @returns {Keyset} */
export const rootKeyset = (entries, rotateAfterDays = 0) => ({
  kind: ROOTS,
  rotateAfterDays,
  context: [],
  entries,
});

/** The scope of a keyset of root keys. @param {Keyset} keyset @param {string[]} context @returns {Keyset} */
export function scopeOf(keyset, context) {
  const entries = keyset.entries.map(({ status, created, id, secret: root }) => {
    if (status !== "enabled")
      return { status, created, id, check: new Uint8Array(32), secret: new Uint8Array(44) };
    const secret = contextKeyOf(root, context);
    return { status, created, id, check: contextCheckOf(secret, id, labelsOf(context)), secret };
  });
  return { kind: SCOPE, rotateAfterDays: keyset.rotateAfterDays, context, entries };
}

/** @param {Uint8Array} secret @param {Uint8Array} id @param {readonly Uint8Array[]} labels with their lengths */
export const contextCheckOf = (secret, id, labels) =>
  expand(secret, undefined, join(utf8("blindtally bt1 context check"), bytes(0), id, ...labels), 32);

/** @param {Keyset} keyset */
export const encode = ({ kind, rotateAfterDays, context, entries }) =>
  join(head(kind, rotateAfterDays, labelsOf(context), entries.length), ...entries.map(encodeEntry));

/** What stands before the entries. @param {number} kind @param {number} rotateAfterDays @param {readonly Uint8Array[]} labels @param {number} count */
export const head = (kind, rotateAfterDays, labels, count) =>
  join(bytes(VERSION, kind), number(rotateAfterDays, 2), bytes(labels.length), ...labels, number(count, 2));

/** @param {Entry} entry */
export const encodeEntry = ({ status, created, id, check, secret }) =>
  join(bytes(STATUSES.indexOf(status)), number(created, 8), id, check, secret);

/** @param {Uint8Array} record */
export const textForm = (record) => PREFIX + base64url(record);

/** @param {string} text */
export function decodeText(text) {
  const record = text.startsWith(PREFIX) ? unbase64url(text.slice(PREFIX.length)) : undefined;
  if (record === undefined) throw new Refusal("bad-keyset");
  return decode(record);
}

/** @param {Uint8Array} record @returns {Keyset} */
export function decode(record) {
  const keyset = decodeForm(record);
  const ids = new Set(keyset.entries.map(({ id }) => hex(id)));
  if (ids.size < keyset.entries.length) throw new Refusal("duplicate-key");
  for (const entry of keyset.entries) checkEntry(keyset, entry);
  return keyset;
}

/** Step 1: the form. @param {Uint8Array} record @returns {Keyset} */
function decodeForm(record) {
  const reader = new Reader(record);
  must(reader.byte() === VERSION);
  const kind = reader.byte();
  must(kind === ROOTS || kind === SCOPE);
  const rotateAfterDays = Number(bigNumberOf(reader.take(2)));
  const labels = reader.byte();
  must(kind === ROOTS ? labels === 0 : labels >= 1 && labels <= 8);
  const context = Array.from({ length: labels }, () => decodeLabel(reader));
  const count = Number(bigNumberOf(reader.take(2)));
  must(count >= 1 && count <= MAX_ENTRIES);
  const entries = Array.from({ length: count }, () => decodeEntry(reader, kind));
  must(reader.isAtEnd());
  must(entries[0]?.status === "enabled");
  return { kind, rotateAfterDays, context, entries };
}

/** @param {Reader} reader */
function decodeLabel(reader) {
  const length = reader.byte();
  must(length >= 1 && length <= 64);
  const label = textOf(reader.take(length));
  if (label === undefined) throw new Refusal("bad-keyset");
  return label;
}

/** @param {Reader} reader @param {number} kind @returns {Entry} */
function decodeEntry(reader, kind) {
  const status = STATUSES[reader.byte()];
  const created = bigNumberOf(reader.take(8));
  const id = reader.take(4);
  const check = reader.take(32);
  const secret = reader.take(kind === ROOTS ? 32 : 44);
  if (status === undefined) throw new Refusal("bad-keyset");
  must(created <= MAX_CREATED);
  if (status === "destroyed" || (status === "disabled" && kind === SCOPE)) must(isZero(secret));
  return { status, created: Number(created), id, check, secret };
}

/** Step 3: the check values. @param {Keyset} keyset @param {Entry} entry */
function checkEntry({ kind, context }, { status, id, check, secret }) {
  const belongs =
    kind === SCOPE
      ? same(check, status === "enabled" ? contextCheckOf(secret, id, labelsOf(context)) : new Uint8Array(32))
      : same(id, check.subarray(0, 4)) && (status === "destroyed" || same(check, keyCheckOf(secret)));
  const hasSecret = status === "enabled" || (status === "disabled" && kind === ROOTS);
  const isWiped = hasSecret && isZero(secret);
  if (!belongs || isWiped) throw new Refusal("key-check");
}

/** The token under the primary key, then those under the other live keys, in their order. @param {Keyset} keyset @param {readonly string[]} context @param {string} name */
export const tokensFor = (keyset, context, name) =>
  keyset.entries
    .filter(({ status }) => status === "enabled")
    .map((entry) => encrypt(contextKey(keyset, entry, context), entry.id, name));

/** @param {Keyset} keyset @param {readonly string[]} context @param {string} token */
export const read = (keyset, context, token) => decrypt(readingKey(keyset, context), token);

/** How to find the context key of a token. @param {Keyset} keyset @param {readonly string[]} context */
export const readingKey = (keyset, context) => (/** @type {Uint8Array} */ id) => {
  const entry = withId(id, keyset.entries);
  if (entry === undefined) throw new Refusal("unknown-key");
  if (entry.status !== "enabled") throw new Refusal(`${entry.status}-key`);
  return contextKey(keyset, entry, context);
};

/** @param {Keyset} keyset @param {Entry} entry @param {readonly string[]} context */
export function contextKey(keyset, { secret }, context) {
  if (keyset.kind === ROOTS) return contextKeyOf(secret, context);
  if (hex(join(...labelsOf(context))) !== hex(join(...labelsOf(keyset.context))))
    throw new Refusal("out-of-scope");
  return secret;
}

class Reader {
  #at = 0;

  /** @param {Uint8Array} record */
  constructor(record) {
    this.record = record;
  }

  /** @param {number} length */
  take(length) {
    must(this.#at + length <= this.record.length);
    this.#at += length;
    return this.record.slice(this.#at - length, this.#at);
  }

  byte() {
    return Number(bigNumberOf(this.take(1)));
  }

  isAtEnd() {
    return this.#at === this.record.length;
  }
}

/** @param {boolean} isSo */
function must(isSo) {
  if (!isSo) throw new Refusal("bad-keyset");
}
