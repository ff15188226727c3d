// @ts-check
// Byte strings, and bytes that are random to look at and the same in every run.

import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { base64urlnopad } from "@scure/base";

/** A refusal with a code of SPEC.md, and with the position where the text says so. */
export class Refusal extends Error {
  /** @param {string} code @param {number} [position] */
  constructor(code, position) {
    super(code);
    this.code = code;
    this.position = position;
  }
}

/** HKDF-SHA-256. @param {Uint8Array} ikm @param {Uint8Array | undefined} salt @param {Uint8Array} info @param {number} length */
export const expand = (ikm, salt, info, length) => hkdf(sha256, ikm, salt, info, length);

/** The same bytes for the same name, in every run. @param {string} name @param {number} length */
export const seeded = (name, length) =>
  expand(sha256(utf8(`blindtally vectors: ${name}`)), undefined, utf8("seeded"), length);

/** @param {string} text */
export const utf8 = (text) => new TextEncoder().encode(text);

/** @param {Uint8Array} bytes @returns {string | undefined} nothing for ill-formed UTF-8 */
export function textOf(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** @param {readonly Uint8Array[]} parts */
export function join(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {readonly number[]} values */
export const bytes = (...values) => Uint8Array.from(values);

/** Big-endian. @param {number | bigint} value @param {number} length */
export function number(value, length) {
  const written = new Uint8Array(length);
  for (let at = length - 1, rest = BigInt(value); at >= 0; at -= 1, rest >>= 8n)
    written[at] = Number(rest & 0xffn);
  return written;
}

/** @param {Uint8Array} bytes */
export const bigNumberOf = (bytes) => bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);

/** A label or another short text with its length in front. @param {Uint8Array} value */
export const withLength = (value) => join(bytes(value.length), value);

/** @param {Uint8Array} bytes */
export const hex = (bytes) => Buffer.from(bytes).toString("hex");

/** @param {string} text */
export const unhex = (text) => new Uint8Array(Buffer.from(text, "hex"));

/** @param {Uint8Array} bytes */
export const base64url = (bytes) => base64urlnopad.encode(bytes);

/** Canonical base64url only. @param {string} text @returns {Uint8Array | undefined} */
export function unbase64url(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.endsWith("\n")) return undefined;
  try {
    const decoded = base64urlnopad.decode(text);
    return base64urlnopad.encode(decoded) === text ? decoded : undefined;
  } catch {
    return undefined;
  }
}

/** @param {Uint8Array} a @param {Uint8Array} b */
export const same = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);

/** @param {Uint8Array} bytes */
export const isZero = (bytes) => bytes.every((byte) => byte === 0);

/** A copy with one bit changed. @param {Uint8Array} bytes @param {number} at counted from the end if negative @param {number} [bit] */
export function flipped(bytes, at, bit = 1) {
  const copy = Uint8Array.from(bytes);
  const index = at < 0 ? copy.length + at : at;
  copy[index] = /** @type {number} */ (copy[index]) ^ bit;
  return copy;
}
