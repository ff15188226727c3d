// @ts-check
// What a user could pick instead. Every peer does what it can of the same job: text to text, the name padded and the
// token written as SPEC.md says. `sameToken` says whether the cipher, and so the token, is the same.

import { Polyval, polyval } from "@noble/ciphers/_polyval.js";
import { aessiv, gcmsiv, unsafe } from "@noble/ciphers/aes.js";
import sodium from "libsodium-wrappers";
import { pad, tokenReader, tokenWriter, unpad } from "./format.mjs";

/** @typedef {import("./format.mjs").Keys} Keys */

/**
 * @typedef {object} Peer
 * @property {string} id
 * @property {string} label
 * @property {string} note what it does that we do not, or does not do that we do
 * @property {boolean} [sameToken]
 * @property {(names: readonly string[]) => string[] | Promise<string[]>} encryptAll
 */

export const BASE = "noble";

/** The peers that run anywhere. @param {Keys} keys @returns {Promise<Peer[]>} */
export async function peersEverywhere(keys) {
  await sodium.ready;
  const write = tokenWriter(keys);
  const iv = keys.nonce;
  const derived = derivedKeys(keys);
  const table = new KeptPolyval(derived.authKey, LARGE);
  const sivKey = crypto.getRandomValues(new Uint8Array(64));
  const sodiumNonce = crypto.getRandomValues(new Uint8Array(sodium.crypto_secretbox_NONCEBYTES));
  const webKey = await crypto.subtle.importKey("raw", owned(keys.key), "AES-GCM", false, ["encrypt"]);
  const webParams = { name: "AES-GCM", iv: owned(iv), additionalData: owned(keys.associatedData) };

  return [
    {
      id: BASE,
      label: "@noble/ciphers gcmsiv",
      note: "the same job, the same token",
      sameToken: true,
      encryptAll: eachOf((name) =>
        write(gcmsiv(keys.key, keys.nonce, keys.associatedData).encrypt(pad(name))),
      ),
    },
    {
      id: "noble-kept",
      label: "noble gcmsiv, derived keys kept by hand",
      note: "the same token; composed here of noble's primitives, internal ones among them",
      sameToken: true,
      encryptAll: eachOf((name) =>
        write(seal(derived, keys, pad(name), (message) => polyval(message, derived.authKey))),
      ),
    },
    {
      id: "noble-table",
      label: "the same, the table of POLYVAL kept too",
      note: "the same token; sets fields of noble's class that are not public",
      sameToken: true,
      encryptAll: eachOf((name) => write(seal(derived, keys, pad(name), (message) => table.of(message)))),
    },
    {
      id: "noble-aessiv",
      label: "@noble/ciphers aessiv",
      note: "another mode with the same promise (RFC 5297)",
      encryptAll: eachOf((name) => write(aessiv(sivKey, keys.associatedData).encrypt(pad(name)))),
    },
    {
      id: "sodium",
      label: "libsodium-wrappers secretbox",
      note: "not the same job: under a fixed nonce two tokens tell the XOR of their names; no associated data",
      encryptAll: eachOf((name) => write(sodium.crypto_secretbox_easy(pad(name), sodiumNonce, keys.key))),
    },
    {
      id: "webcrypto",
      label: "WebCrypto AES-GCM, Promise.all",
      note: "not the same job: under a fixed nonce two tokens tell the XOR of their names",
      encryptAll: async (names) => {
        const sealed = await Promise.all(
          names.map((name) => crypto.subtle.encrypt(webParams, webKey, pad(name))),
        );
        return sealed.map((bytes) => write(new Uint8Array(bytes)));
      },
    },
  ];
}

/** Reads a result map as we do, with noble. @param {Keys} keys */
export function nobleResults(keys) {
  const read = tokenReader(keys);
  return (/** @type {Record<string, number>} */ results) => {
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const [token, count] of Object.entries(results)) {
      const name = unpad(gcmsiv(keys.key, keys.nonce, keys.associatedData).decrypt(read(token)));
      counts.set(name, (counts.get(name) ?? 0) + count);
    }
    return counts;
  };
}

/** @param {(name: string) => string} encrypt */
export function eachOf(encrypt) {
  return (/** @type {readonly string[]} */ names) => names.map((name) => encrypt(name));
}

/** A message length for which noble makes the largest table, since it is made once. */
const LARGE = 1 << 20;

/** POLYVAL with its table kept: noble makes a new one for each message. */
class KeptPolyval extends Polyval {
  #digest = new Uint8Array(16);

  /** @param {Uint8Array} message */
  of(message) {
    this.s0 = this.s1 = this.s2 = this.s3 = 0;
    this.finished = false;
    this.update(message).digestInto(this.#digest);
    return this.#digest;
  }
}

/** @typedef {{ authKey: Uint8Array, schedule: Uint32Array }} Derived */

/** RFC 8452, section 4: what depends on key and nonce alone. @param {Keys} keys @returns {Derived} */
function derivedKeys({ key, nonce }) {
  const generating = unsafe.expandKeyLE(key);
  const halves = Array.from({ length: 6 }, (_, counter) => {
    const block = new Uint8Array(16);
    block[0] = counter;
    block.set(nonce, 4);
    return unsafe.encryptBlock(generating, block).slice(0, 8);
  });
  const bytes = new Uint8Array(halves.flatMap((half) => [...half]));
  return { authKey: bytes.slice(0, 16), schedule: unsafe.expandKeyLE(bytes.slice(16)) };
}

/**
 * RFC 8452, section 4: the rest.
 * @param {Derived} derived @param {Keys} keys @param {Uint8Array} plaintext @param {(message: Uint8Array) => Uint8Array} hash
 */
function seal({ schedule }, { nonce, associatedData }, plaintext, hash) {
  // The associated data has 8 bytes and each bucket whole blocks, as SPEC.md has it.
  const message = new Uint8Array(plaintext.length + 32);
  message.set(associatedData);
  message.set(plaintext, 16);
  const lengths = new DataView(message.buffer, plaintext.length + 16);
  lengths.setUint32(0, associatedData.length * 8, true);
  lengths.setUint32(8, plaintext.length * 8, true);

  const tag = hash(message).slice();
  for (let at = 0; at < nonce.length; at += 1) tag[at] = /** @type {number} */ (tag[at]) ^ Number(nonce[at]);
  tag[15] = Number(tag[15]) & 0x7f;
  unsafe.encryptBlock(schedule, tag);

  const sealed = new Uint8Array(plaintext.length + 16);
  sealed.set(tag, plaintext.length);
  tag[15] = Number(tag[15]) | 0x80;
  unsafe.ctr32(schedule, true, tag, plaintext, sealed.subarray(0, plaintext.length));
  return sealed;
}

/** A copy in a buffer that is not shared, as WebCrypto wants it. @param {Uint8Array} bytes */
const owned = (bytes) => new Uint8Array(bytes);
