// Text on its way into wasm and out of it: checked, and written where the other side reads it.

import { at, BlindtallyError, badName } from "./errors.js";

const LONGEST_NAME = 239;
/** Of either format. */
const LONGEST_TOKEN = 367;
/** Stands for whatever is not ASCII in what should be a token: no token has it either. */
const FOREIGN = "!";
const encoder = new TextEncoder();
// A name may begin with a byte order mark, which is a character like any other here.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Texts as one block: the length of each in two bytes, the lower one first, and then all of them in UTF-8. */
export type Packed = Uint8Array<ArrayBuffer>;

/**
 * Writes a name and returns its length in bytes. A lone surrogate must not cross: encoding would turn it into
 * U+FFFD and merge two names.
 */
export function writeName(name: unknown, to: Uint8Array): number {
  if (typeof name !== "string" || name.length > LONGEST_NAME) throw badName();
  // Most names are ASCII, and for short texts a loop takes a quarter of the time of an encoder.
  if (writeAscii(name, name.length, to) === name.length) return name.length;
  if (isWellFormed(name)) {
    const { read, written } = encoder.encodeInto(name, to);
    if (read === name.length) return written;
  }
  to.fill(0);
  throw badName();
}

/** Writes a token, cut off where it is certain to be refused, and returns its length. */
export function writeToken(token: unknown, to: Uint8Array): number {
  if (typeof token !== "string") throw notAToken();
  const length = Math.min(token.length, LONGEST_TOKEN + 1);
  if (writeAscii(token, length, to) < length) writeAscii(asAscii(token), length, to);
  return length;
}

/** Reads a text of so many bytes. */
export function readText(from: Uint8Array, length: number): string {
  const codes = codesOf(length);
  for (let at = 0; at < length; at += 1) {
    const code = from[at] as number;
    if (code > 0x7f) {
      codes.fill(0);
      return decoder.decode(from.subarray(0, length));
    }
    codes[at] = code;
  }
  // For short texts a browser's decoder takes twice as long.
  const text = String.fromCharCode.apply(null, codes);
  codes.fill(0);
  return text;
}

/** Packs names for one crossing; `first` is the position of the first in the whole batch. */
export function packNames(names: readonly unknown[], first: number): Packed {
  // A character has at least one byte, so what is too long need not be encoded to be refused.
  if (!names.every((name) => typeof name === "string" && name.length <= LONGEST_NAME))
    throw firstBad(names, first);
  const packed = pack(names as readonly string[], LONGEST_NAME);
  if (packed) return packed;
  throw firstBad(names, first);
}

/** Packs one name. */
export function packName(name: unknown): Packed {
  const isShort = typeof name === "string" && name.length <= LONGEST_NAME;
  const packed = isShort ? pack([name], LONGEST_NAME) : undefined;
  if (packed) return packed;
  throw badName();
}

/** Packs labels, which are known to be well-formed and at most 64 characters each. */
export function packLabels(labels: readonly string[]): Packed {
  return pack(labels, LONGEST_NAME) as Packed;
}

/** Packs tokens for one crossing, each cut off where it is certain to be refused. */
export function packTokens(tokens: readonly string[]): Packed {
  const bounded = tokens.map((token) =>
    token.length > LONGEST_TOKEN ? token.slice(0, LONGEST_TOKEN + 1) : token,
  );
  return (packAscii(bounded) ?? packAscii(bounded.map(asAscii))) as Packed;
}

/** A copy of an iterable of strings, which is not itself a string. */
export function entriesOf(values: unknown, what: string): unknown[] {
  const iterable = typeof values === "object" && values !== null && Symbol.iterator in values;
  if (iterable) return Array.from(values as Iterable<unknown>);
  throw new BlindtallyError("bad-argument", `${what} are given as an array or another iterable of strings`);
}

/** JSON as ASCII, so that its length is its number of bytes. */
export function asciiJson(json: string): string {
  return json.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The same text, as a string that is part of no other. */
export function ownCopy(text: string): string {
  return decoder.decode(encoder.encode(text));
}

/** What is said of a value that is no string where a token should be. */
export function notAToken(index?: number): BlindtallyError {
  const message = "a token is a string; this is something else";
  return new BlindtallyError("not-a-token", at(message, index), index === undefined ? {} : { index });
}

/** The length of a text in UTF-8; 0 if it has a lone surrogate, which has no encoding. */
export function utf8Length(text: string): number {
  if (!isWellFormed(text)) return 0;
  let length = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    // Each half of a pair stands for two bytes, and any other character from U+0800 for three.
    if (code > 0x7f) length += code < 0x800 || (code & 0xf800) === 0xd800 ? 1 : 2;
  }
  return length;
}

const LONE_SURROGATE = /\p{Surrogate}/u;
const isWellFormed = (text: string): boolean => !LONE_SURROGATE.test(text);

/** `undefined` if a text is empty, ill-formed or too long. */
function pack(texts: readonly string[], longest: number): Packed | undefined {
  // As many bytes as characters: all of it is ASCII, and no text needs a closer look.
  const ascii = packAscii(texts);
  if (ascii) return texts.every((text) => inRange(text.length, longest)) ? ascii : undefined;
  const lengths = texts.map(utf8Length);
  if (!lengths.every((length) => inRange(length, longest))) return undefined;
  const packed = blockOf(lengths);
  encoder.encodeInto(texts.join(""), packed.subarray(2 * texts.length));
  return packed;
}

/** `undefined` if there is anything but ASCII. */
function packAscii(texts: readonly string[]): Packed | undefined {
  const joined = texts.join("");
  const packed = blockOf(texts.map((text) => text.length));
  // There is a byte for each character; if one of them takes more, not all are read.
  const { read } = encoder.encodeInto(joined, packed.subarray(2 * texts.length));
  return read === joined.length ? packed : undefined;
}

/** A block with its lengths written and room for the texts. */
function blockOf(lengths: readonly number[]): Packed {
  const block = new Uint8Array(lengths.reduce((sum, length) => sum + length, 2 * lengths.length));
  lengths.forEach((length, index) => {
    block[2 * index] = length;
    block[2 * index + 1] = length >> 8;
  });
  return block;
}

function firstBad(names: readonly unknown[], first: number): BlindtallyError {
  const isName = (name: unknown) =>
    typeof name === "string" && name.length <= LONGEST_NAME && inRange(utf8Length(name), LONGEST_NAME);
  return badName(first + names.findIndex((name) => !isName(name)));
}

const inRange = (length: number, longest: number): boolean => length > 0 && length <= longest;

/** How many characters were written before the first that is not ASCII. */
function writeAscii(text: string, length: number, to: Uint8Array): number {
  for (let at = 0; at < length; at += 1) {
    const code = text.charCodeAt(at);
    if (code > 0x7f) return at;
    to[at] = code;
  }
  return length;
}

const asAscii = (text: string): string => text.slice(0, LONGEST_TOKEN + 1).replace(/[^\0-\x7f]/g, FOREIGN);

/** Arrays kept for each length, as calling with an array that changes its length is slow. */
const kept: number[][] = [];

function codesOf(length: number): number[] {
  kept[length] ??= new Array<number>(length).fill(0);
  return kept[length];
}
