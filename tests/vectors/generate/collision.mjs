// @ts-check
// One ciphertext that opens under two keys. AES-256-GCM-SIV does not commit to its key: given a tag, each key asks one linear
// equation of the ciphertext's blocks over GF(2^128), so that two keys and two blocks have a solution. A partitioning oracle
// is made of this; the check values of SPEC.md, section 13.1, are there to close it.

import { ecb } from "@noble/ciphers/aes.js";
import { bigNumberOf, bytes, join, number, seeded } from "./bytes.mjs";

/** @typedef {{ key: Uint8Array, nonce: Uint8Array }} Key */

/** Modulo x^128 + x^127 + x^126 + x^121 + 1 (RFC 8452, section 3). */
const POLYNOMIAL = (1n << 128n) | (1n << 127n) | (1n << 126n) | (1n << 121n) | 1n;
/** x^-128, by which a dot product of POLYVAL differs from a product. */
const INVERSE_X_128 = (1n << 127n) | (1n << 124n) | (1n << 121n) | (1n << 114n) | 1n;
const BLOCK = 16;
const SIZE = 2 * BLOCK;

/** 32 bytes and a tag that open under both keys. @param {Key} a @param {Key} b @param {Uint8Array} associatedData @param {string} seed */
export function openUnderBoth(a, b, associatedData, seed) {
  for (let attempt = 0; ; attempt += 1) {
    const tag = seeded(`${seed} ${attempt}`, BLOCK);
    const first = equation(a, tag, associatedData);
    const second = equation(b, tag, associatedData);
    if (first === undefined || second === undefined) continue;
    // first.x · C1 + first.y · C2 = first.sum, and the same of the second.
    const determinant = multiply(first.x, second.y) ^ multiply(second.x, first.y);
    const c1 = multiply(multiply(first.sum, second.y) ^ multiply(second.sum, first.y), inverse(determinant));
    const c2 = multiply(multiply(first.x, second.sum) ^ multiply(second.x, first.sum), inverse(determinant));
    return join(blockOf(c1), blockOf(c2), tag);
  }
}

/** What a key asks of the two blocks, or nothing where it can have made no such tag. @param {Key} key @param {Uint8Array} tag @param {Uint8Array} associatedData */
function equation({ key, nonce }, tag, associatedData) {
  const derived = Array.from({ length: 6 }, (_, counter) =>
    aes(key)
      .encrypt(join(number(counter, 4).reverse(), nonce))
      .subarray(0, 8),
  );
  const power = multiply(elementOf(join(...derived.slice(0, 2))), INVERSE_X_128);
  const block = aes(join(...derived.slice(2)));
  const wanted = block.decrypt(tag);
  if (/** @type {number} */ (wanted[15]) & 0x80) return undefined;
  const padded = join(associatedData, new Uint8Array((BLOCK - (associatedData.length % BLOCK)) % BLOCK));
  const lengths = join(number(associatedData.length * 8, 8).reverse(), number(SIZE * 8, 8).reverse());
  const stream = [0, 1].map((count) => elementOf(block.encrypt(counterBlock(tag, count))));
  const known = hash(power, [...elementsOf(padded), ...stream, elementOf(lengths)]);
  const x = multiply(power, multiply(power, power));
  return {
    x,
    y: multiply(power, power),
    sum: known ^ elementOf(wanted) ^ elementOf(join(nonce, new Uint8Array(4))),
  };
}

/** @param {Uint8Array} tag @param {number} count */
function counterBlock(tag, count) {
  const start = Number(bigNumberOf(tag.slice(0, 4).reverse()));
  const last = /** @type {number} */ (tag[15]) | 0x80;
  return join(number((start + count) % 2 ** 32, 4).reverse(), tag.slice(4, 15), bytes(last));
}

/** @param {bigint} power @param {readonly bigint[]} elements */
const hash = (power, elements) => elements.reduce((sum, element) => multiply(sum ^ element, power), 0n);

/** @param {Uint8Array} key */
const aes = (key) => ({
  encrypt: (/** @type {Uint8Array} */ block) => ecb(key, { disablePadding: true }).encrypt(block),
  decrypt: (/** @type {Uint8Array} */ block) => ecb(key, { disablePadding: true }).decrypt(block),
});

/** @param {Uint8Array} blocks */
const elementsOf = (blocks) =>
  Array.from({ length: blocks.length / BLOCK }, (_, at) =>
    elementOf(blocks.slice(at * BLOCK, (at + 1) * BLOCK)),
  );

/** Little-endian. @param {Uint8Array} block */
const elementOf = (block) => bigNumberOf(Uint8Array.from(block).reverse());

/** @param {bigint} element */
const blockOf = (element) => number(element, BLOCK).reverse();

/** @param {bigint} a @param {bigint} b */
function multiply(a, b) {
  let product = 0n;
  for (let bit = 127n; bit >= 0n; bit -= 1n) {
    product <<= 1n;
    if (product >> 128n) product ^= POLYNOMIAL;
    if ((b >> bit) & 1n) product ^= a;
  }
  return product;
}

/** a^(2^128 - 2). @param {bigint} a */
function inverse(a) {
  let power = 1n;
  for (let square = multiply(a, a), times = 1; times < 128; times += 1, square = multiply(square, square))
    power = multiply(power, square);
  return power;
}
