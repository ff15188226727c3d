// Another implementation of bt1 and br1, written from SPEC.md on libraries that share nothing with the Rust core.

import { gcmsiv } from "@noble/ciphers/aes.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";

/** A cipher of one root key in one context. */
export interface Oracle {
  readonly keyId: string;
  readonly encrypt: (name: string) => string;
  readonly decrypt: (token: string) => string;
  readonly encryptRandomized: (nonce: Uint8Array, text: string) => string;
  readonly decryptRandomized: (token: string) => string;
}

const BUCKETS = [32, 64, 112, 160, 240];
const PREFIX = "bt1_";
const RANDOMIZED_PREFIX = "br1_";
const NONCE_BYTES = 12;

/** SPEC.md, sections 2 to 5 and 17. */
export function oracle(root: Uint8Array, context: readonly string[]): Oracle {
  const labels = context.map(utf8).flatMap((label) => [Uint8Array.of(label.length), label]);
  const info = join(utf8("blindtally bt1 context"), Uint8Array.of(0), ...labels);
  const derived = hkdf(sha256, root, undefined, info, 44);
  const keyId = hkdf(sha256, root, undefined, utf8("blindtally key check"), 32).subarray(0, 4);
  const associatedData = join(utf8(PREFIX), keyId);
  const aead = () => gcmsiv(derived.subarray(0, 32), derived.subarray(32), associatedData);
  const randomizedKey = hkdf(sha256, derived, undefined, utf8("blindtally br1 key"), 32);
  const randomized = (nonce: Uint8Array) =>
    gcmsiv(randomizedKey, nonce, join(utf8(RANDOMIZED_PREFIX), keyId));

  return {
    keyId: hexadecimal(keyId),
    encrypt: (name) => PREFIX + base64url(join(keyId, aead().encrypt(pad(utf8(name))))),
    decrypt: (token) => unpad(aead().decrypt(bytesOf(token.slice(PREFIX.length)).subarray(4))),
    encryptRandomized: (nonce, text) =>
      RANDOMIZED_PREFIX + base64url(join(keyId, nonce, randomized(nonce).encrypt(pad(utf8(text))))),
    decryptRandomized(token) {
      const sent = bytesOf(token.slice(RANDOMIZED_PREFIX.length)).subarray(4);
      return unpad(randomized(sent.subarray(0, NONCE_BYTES)).decrypt(sent.subarray(NONCE_BYTES)));
    },
  };
}

/** The id of the key that a token was made under, as it is written. */
export function keyIdOf(token: string): string {
  return hexadecimal(bytesOf(token.slice(PREFIX.length)).subarray(0, 4));
}

/** Bytes as lower-case hexadecimal digits. */
export function hexadecimal(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function pad(name: Uint8Array): Uint8Array {
  const padded = new Uint8Array(BUCKETS.find((bucket) => name.length < bucket) ?? 0);
  padded.set(name);
  padded[name.length] = 0x80;
  return padded;
}

function unpad(padded: Uint8Array): string {
  const name = padded.subarray(0, padded.lastIndexOf(0x80));
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(name);
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function base64url(bytes: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function bytesOf(base64: string): Uint8Array {
  const binary = atob(base64.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
