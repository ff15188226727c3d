// @ts-check
// SPEC.md, section 14: recovery shares.

import { bech32m } from "@scure/base";
import { bytes, hex, join, Refusal, same } from "./bytes.mjs";

/** @typedef {{ setId: Uint8Array, threshold: number, shares: number, index: number, value: Uint8Array }} Share */

const PREFIX = "bts";
const SIZE = 39;
const MAX_SHARES = 32;

/**
 * The shares of a key. The polynomials are given by their coefficients: for each power from 1 on, one byte for each byte of the key.
 * @param {Uint8Array} key @param {Uint8Array} setId @param {readonly Uint8Array[]} coefficients @param {number} shares
 */
export function split(key, setId, coefficients, shares) {
  const threshold = coefficients.length + 1;
  return Array.from({ length: shares }, (_, at) => {
    const value = key.map((constant, byte) =>
      [constant, ...coefficients.map((power) => power[byte] ?? 0)].reduceRight(
        (sum, term) => multiply(sum, at + 1) ^ term,
        0,
      ),
    );
    return encode({ setId, threshold, shares, index: at + 1, value });
  });
}

/** @param {Share} share */
export const encode = (share) => bech32m.encode(PREFIX, bech32m.toWords(payload(share)), false);

/** @param {Share} share */
export const payload = ({ setId, threshold, shares, index, value }) =>
  join(setId, bytes(threshold, shares, index), value);

/** The key, and whose it is. @param {readonly string[]} texts */
export function combine(texts) {
  const given = texts.map(decode);
  const [first] = given;
  if (first === undefined) throw new Refusal("too-few-shares");
  for (const [position, share] of given.entries())
    if (!isOfOneSet(share, first)) throw new Refusal("mixed-shares", position);
  for (const [position, { index }] of given.entries())
    if (given.findIndex((share) => share.index === index) < position)
      throw new Refusal("duplicate-share", position);
  if (given.length < first.threshold) throw new Refusal("too-few-shares");
  const base = given.slice(0, first.threshold);
  for (const extra of given.slice(first.threshold))
    if (!same(valueAt(base, extra.index), extra.value)) throw new Refusal("mixed-shares");
  return { key: valueAt(base, 0), setId: first.setId, threshold: first.threshold, shares: first.shares };
}

/** @param {string} text @param {number} position @returns {Share} */
function decode(text, position) {
  try {
    const { prefix, words } = bech32m.decode(
      /** @type {`${string}1${string}`} */ (text.replace(/[ \t\r\n-]/g, "")),
    );
    const content = bech32m.fromWords(words);
    const [threshold = 0, shares = 0, index = 0] = content.subarray(4, 7);
    const isShare =
      prefix === PREFIX &&
      content.length === SIZE &&
      threshold >= 2 &&
      threshold <= shares &&
      shares <= MAX_SHARES &&
      index >= 1 &&
      index <= shares;
    if (isShare) return { setId: content.slice(0, 4), threshold, shares, index, value: content.slice(7) };
  } catch {
    // No bech32m, or a sixty-third character with bits that belong to no byte.
  }
  throw new Refusal("bad-share", position);
}

/** @param {Share} a @param {Share} b */
const isOfOneSet = (a, b) =>
  hex(a.setId) === hex(b.setId) && a.threshold === b.threshold && a.shares === b.shares;

/** Lagrange's interpolation, for each byte. @param {readonly Share[]} base @param {number} x */
function valueAt(base, x) {
  const value = new Uint8Array(32);
  for (const { index, value: y } of base) {
    let weight = 1;
    for (const { index: other } of base)
      if (other !== index) weight = multiply(weight, multiply(x ^ other, inverse(index ^ other)));
    for (const [at, byte] of y.entries())
      value[at] = /** @type {number} */ (value[at]) ^ multiply(weight, byte);
  }
  return value;
}

/** In GF(2^8), modulo x^8 + x^4 + x^3 + x + 1. @param {number} a @param {number} b */
export function multiply(a, b) {
  let product = 0;
  for (let bit = 7; bit >= 0; bit -= 1) {
    product = (product << 1) ^ (product & 0x80 ? 0x11b : 0);
    if ((b >> bit) & 1) product ^= a;
  }
  return product;
}

/** @param {number} a not zero */
function inverse(a) {
  let power = 1;
  for (let times = 0; times < 254; times += 1) power = multiply(power, a);
  return power;
}
