// @ts-check
// The format `bt1` (SPEC.md) for the peers: what a user would write around a cipher to get the same token. Written for
// speed: buffers are kept, and the platform's own base64 is used where there is one.

import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";

/**
 * What SPEC.md derives from a root key, for the context `event`.
 * @typedef {{ root: Uint8Array, key: Uint8Array, nonce: Uint8Array, keyId: Uint8Array, associatedData: Uint8Array }} Keys
 */

const PREFIX = "bt1_";
const BUCKETS = [32, 64, 112, 160, 240];
const TAG = 16;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A random root key and what follows from it. @returns {Keys} */
export function randomKeys() {
  const root = crypto.getRandomValues(new Uint8Array(32));
  const info = encoder.encode("blindtally bt1 context\0\x05event");
  const derived = hkdf(sha256, root, undefined, info, 44);
  const keyId = hkdf(sha256, root, undefined, encoder.encode("blindtally key check"), 32).slice(0, 4);
  const associatedData = new Uint8Array([...encoder.encode(PREFIX), ...keyId]);
  return { root, key: derived.slice(0, 32), nonce: derived.slice(32), keyId, associatedData };
}

const padded = new Uint8Array(BUCKETS.at(-1) ?? 0);

/** A name in its bucket. Holds until the next call. @param {string} name */
export function pad(name) {
  const { written } = encoder.encodeInto(name, padded);
  const bucket = BUCKETS.find((size) => written < size) ?? 0;
  padded[written] = 0x80;
  padded.fill(0, written + 1, bucket);
  return padded.subarray(0, bucket);
}

/** The name in a bucket. @param {Uint8Array} bucket */
export function unpad(bucket) {
  return decoder.decode(bucket.subarray(0, bucket.lastIndexOf(0x80)));
}

/** A function that writes tokens. @param {Keys} keys @returns {(sealed: Uint8Array) => string} */
export function tokenWriter({ keyId }) {
  const bytes = new Uint8Array(keyId.length + padded.length + TAG);
  bytes.set(keyId);
  return (sealed) => {
    bytes.set(sealed, keyId.length);
    return PREFIX + base64url(bytes.subarray(0, keyId.length + sealed.length));
  };
}

/** What is sealed in a token; of the key id it is only said whether it is this one. @param {Keys} keys */
export function tokenReader({ keyId }) {
  return (/** @type {string} */ token) => {
    if (!token.startsWith(PREFIX)) throw new Error("not a token");
    const bytes = bytesOf(token.slice(PREFIX.length));
    if (keyId.some((byte, at) => bytes[at] !== byte)) throw new Error("a token of another key");
    // A copy that begins at a multiple of four: @noble/ciphers makes one otherwise.
    return bytes.slice(keyId.length);
  };
}

const URL_SAFE = { alphabet: "base64url", omitPadding: true };

/** @type {(bytes: Uint8Array) => string} */
const base64url =
  "Buffer" in globalThis
    ? (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64url")
    : "toBase64" in Uint8Array.prototype
      ? (bytes) => /** @type {any} */ (bytes).toBase64(URL_SAFE)
      : (bytes) =>
          btoa(String.fromCharCode(...bytes))
            .replaceAll("+", "-")
            .replaceAll("/", "_")
            .replaceAll("=", "");

/** @type {(text: string) => Uint8Array} */
const bytesOf =
  "Buffer" in globalThis
    ? (text) => Buffer.from(text, "base64url")
    : "fromBase64" in Uint8Array
      ? (text) => /** @type {any} */ (Uint8Array).fromBase64(text, { alphabet: "base64url" })
      : (text) =>
          Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) =>
            character.charCodeAt(0),
          );
