// @ts-check
// SPEC.md, section 17: randomized tokens.

import { gcmsiv } from "@noble/ciphers/aes.js";
import { base64url, expand, join, Refusal, unbase64url, utf8 } from "./bytes.mjs";
import { BUCKETS, opened, pad, unpad } from "./token.mjs";

export const PREFIX = "br1_";
const NONCE = 12;

/** `R`. @param {Uint8Array} contextKey `K || N` */
export const randomizedKeyOf = (contextKey) => expand(contextKey, undefined, utf8("blindtally br1 key"), 32);

/** @param {Uint8Array} contextKey @param {Uint8Array} id @param {Uint8Array} nonce @param {string} text */
export const encryptRandomized = (contextKey, id, nonce, text) =>
  PREFIX + base64url(join(id, nonce, aead(randomizedKeyOf(contextKey), id, nonce).encrypt(pad(text))));

/** The text, given how to find a key: it throws the refusal of an id that it has no key for. @param {(id: Uint8Array) => Uint8Array} keyOf @param {string} token */
export function decryptRandomized(keyOf, token) {
  if (!token.startsWith(PREFIX)) throw new Refusal("not-a-token");
  const sent = unbase64url(token.slice(PREFIX.length));
  if (sent === undefined || !BUCKETS.includes(sent.length - 4 - NONCE - 16)) throw new Refusal("bad-token");
  const id = sent.subarray(0, 4);
  const nonce = sent.subarray(4, 4 + NONCE);
  const contextKey = keyOf(id);
  const key = randomizedKeyOf(contextKey);
  const text = unpad(opened(() => aead(key, id, nonce).decrypt(sent.subarray(4 + NONCE))));
  if (text === undefined || encryptRandomized(contextKey, id, nonce, text) !== token)
    throw new Refusal("bad-token");
  return text;
}

/** @param {Uint8Array} key @param {Uint8Array} id @param {Uint8Array} nonce */
const aead = (key, id, nonce) => gcmsiv(key, nonce, join(utf8(PREFIX), id));
