// Text on its way into wasm: checked, and packed into one block.

import { BlindtallyError, badName } from "./errors.js";

const LONGEST_NAME = 239;
const LONGEST_TOKEN = 351;
const encoder = new TextEncoder();
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Texts as one block of UTF-8 and the end of each in it. */
export interface Packed {
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
}

/**
 * A name that may cross. A lone surrogate must not: encoding would turn it into U+FFFD and merge two names.
 * A character has at least one byte, so a text of more characters than that is no name and need not be encoded.
 */
export function checkedName(name: unknown, index?: number): string {
  if (typeof name !== "string" || name.length > LONGEST_NAME || !isWellFormed(name)) throw badName(index);
  return name;
}

/** A token that may cross, cut off where it is certain to be refused. */
export function boundedToken(token: unknown, index?: number): string {
  if (typeof token === "string") return token.slice(0, LONGEST_TOKEN + 1);
  const message = "a token is a string; this is something else";
  throw new BlindtallyError("not-a-token", message, index === undefined ? {} : { index });
}

/** The entries of an iterable of strings, which is not itself a string. */
export function entriesOf(values: unknown, what: string): unknown[] {
  const iterable = typeof values === "object" && values !== null && Symbol.iterator in values;
  if (iterable) return Array.from(values as Iterable<unknown>);
  throw new BlindtallyError("bad-argument", `${what} are given as an array or another iterable of strings`);
}

/** The UTF-8 of one text. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Packs texts for one crossing. */
export function pack(texts: readonly string[]): Packed {
  // A UTF-16 unit has at most three bytes in UTF-8.
  const bytes = new Uint8Array(texts.reduce((sum, text) => sum + text.length * 3, 0));
  const ends = new Uint32Array(texts.length);
  let end = 0;
  texts.forEach((text, index) => {
    end += encoder.encodeInto(text, bytes.subarray(end)).written;
    ends[index] = end;
  });
  return { bytes: bytes.subarray(0, end), ends };
}

/** Whether a string has no lone surrogate. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}
