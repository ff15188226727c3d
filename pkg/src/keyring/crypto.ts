// The browser's own cryptography, as this keyring uses it: HKDF-SHA-256 and AES-256-GCM on keys that give no bytes.

import type { Bytes } from "./record.js";

const NO_SALT = new Uint8Array(32);
const IV_BYTES = 12;

/** Bytes as a key to derive from. The bytes themselves are the caller's to wipe. */
export function derivingKey(bytes: Bytes, usages: KeyUsage[] = ["deriveBits"]): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes, "HKDF", false, usages);
}

/** So many bytes of HKDF. */
export async function derive(
  key: CryptoKey,
  info: Bytes,
  length: number,
  salt: Bytes = NO_SALT,
): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.deriveBits(hkdf(info, salt), key, 8 * length));
}

/** A key of AES-256-GCM that HKDF gives; its bytes never come here. */
export function deriveWrappingKey(
  key: CryptoKey,
  info: Bytes,
  salt: Bytes,
  usages: KeyUsage[],
): Promise<CryptoKey> {
  return crypto.subtle.deriveKey(hkdf(info, salt), key, { name: "AES-GCM", length: 256 }, false, usages);
}

/** Encrypts key bytes: a new iv, then the ciphertext. */
export async function wrap(key: CryptoKey, associatedData: Bytes, bytes: Bytes): Promise<Bytes> {
  const iv = randomBytes(IV_BYTES);
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: associatedData },
    key,
    bytes,
  );
  return concat(iv, new Uint8Array(sealed));
}

/** Decrypts key bytes into a key, inside the browser. Rejects if they were altered, or wrapped otherwise. */
export function unwrap(
  key: CryptoKey,
  associatedData: Bytes,
  wrapped: Bytes,
  kind: "AES-GCM" | "HKDF",
): Promise<CryptoKey> {
  const [iv, sealed] = [wrapped.slice(0, IV_BYTES), wrapped.slice(IV_BYTES)];
  const usages: KeyUsage[] = kind === "HKDF" ? ["deriveBits"] : ["unwrapKey"];
  const how = { name: "AES-GCM", iv, additionalData: associatedData };
  return crypto.subtle.unwrapKey("raw", sealed, key, how, kind, false, usages);
}

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

export function randomBytes(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}

export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text) as Bytes;
}

/** What something is derived for or bound to: the words, a zero byte, and the rest. */
export function bound(words: string, ...rest: readonly Uint8Array[]): Bytes {
  return concat(utf8(words), Uint8Array.of(0), ...rest);
}

/** Compares without stopping at the first difference, as far as an engine lets that be said. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  let difference = left.length ^ right.length;
  for (const [at, byte] of left.entries()) difference |= byte ^ (right[at] ?? 0);
  return difference === 0;
}

function concat(...parts: readonly Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const hkdf = (info: Bytes, salt: Bytes): HkdfParams => ({ name: "HKDF", hash: "SHA-256", salt, info });
