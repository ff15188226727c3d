// @ts-check
// SPEC.md, sections 2 to 5: tokens of one key in one context.

import { gcmsiv } from "@noble/ciphers/aes.js";
import {
  base64url,
  bytes,
  expand,
  join,
  Refusal,
  same,
  textOf,
  unbase64url,
  utf8,
  withLength,
} from "./bytes.mjs";

const PREFIX = "bt1_";
export const BUCKETS = [32, 64, 112, 160, 240];

/** `K || N`. @param {Uint8Array} root @param {readonly string[]} context */
export const contextKeyOf = (root, context) =>
  expand(root, undefined, join(utf8("blindtally bt1 context"), bytes(0), ...labelsOf(context)), 44);

/** @param {Uint8Array} root */
export const keyCheckOf = (root) => expand(root, undefined, utf8("blindtally key check"), 32);

/** @param {readonly string[]} context */
export const labelsOf = (context) => context.map((label) => withLength(utf8(label)));

/** @param {Uint8Array} contextKey @param {Uint8Array} id @param {string} name */
export const encrypt = (contextKey, id, name) =>
  PREFIX + base64url(join(id, aead(contextKey, id).encrypt(pad(name))));

/** Section 5. @param {string} name */
export function pad(name) {
  const marked = join(utf8(name), bytes(0x80));
  const size = BUCKETS.find((bucket) => marked.length <= bucket);
  if (size === undefined || marked.length === 1) throw new Refusal("bad-name");
  return join(marked, new Uint8Array(size - marked.length));
}

/** The name, given how to find a key: it throws the refusal of an id that it has no key for. @param {(id: Uint8Array) => Uint8Array} keyOf @param {string} token */
export function decrypt(keyOf, token) {
  if (!token.startsWith(PREFIX)) throw new Refusal("not-a-token");
  const sent = unbase64url(token.slice(PREFIX.length));
  if (sent === undefined || !BUCKETS.includes(sent.length - 20)) throw new Refusal("bad-token");
  const id = sent.subarray(0, 4);
  const contextKey = keyOf(id);
  const padded = opened(() => aead(contextKey, id).decrypt(sent.subarray(4)));
  const text = unpad(padded);
  if (text === undefined || encrypt(contextKey, id, text) !== token) throw new Refusal("bad-token");
  return text;
}

/** @param {Uint8Array} contextKey @param {Uint8Array} id */
const aead = (contextKey, id) =>
  gcmsiv(contextKey.subarray(0, 32), contextKey.subarray(32), join(utf8(PREFIX), id));

/** What stands before the last marker: whether it was padded so is seen by padding it again. @param {Uint8Array} padded */
export function unpad(padded) {
  const end = padded.lastIndexOf(0x80);
  return end < 1 ? undefined : textOf(padded.subarray(0, end));
}

/** @param {() => Uint8Array} open */
export function opened(open) {
  try {
    return open();
  } catch {
    throw new Refusal("bad-token");
  }
}

/** @template {{ id: Uint8Array }} Key @param {Uint8Array} id @param {readonly Key[]} keys */
export const withId = (id, keys) => keys.find((key) => same(key.id, id));
