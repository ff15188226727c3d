// Recovery shares as text: what stands on a sheet, and what a person types in again.

import { BlindtallyError } from "../errors.js";
import { sealingError } from "./refusals.js";

/** What a share says of itself; none of it is secret. */
export interface ShareInfo {
  /** Eight hexadecimal digits: the id of the recovery slot. */
  readonly setId: string;
  /** How many shares of the set open the file. */
  readonly threshold: number;
  /** How many there are. */
  readonly shares: number;
  /** Which of them this is, counted from 1. */
  readonly index: number;
}

/**
 * What a share says of itself. Nothing is tried with it.
 *
 * @throws BlindtallyError `bad-share` if a character is wrong or missing.
 */
export function describeShare(share: string): ShareInfo {
  const text = typeof share === "string" && share.length <= LONGEST_TYPED ? withoutSpaces(share) : "";
  const values = Array.from(text.toLowerCase().slice(PREFIX.length), (character) =>
    CHARSET.indexOf(character),
  );
  const mixedCase = text !== text.toLowerCase() && text !== text.toUpperCase();
  const formed = text.length === LENGTH && text.toLowerCase().startsWith(PREFIX) && !mixedCase;
  if (!formed || values.includes(-1) || checksumOf([...EXPANDED, ...values]) !== BECH32M)
    throw sealingError("bad-share");
  const [setId, threshold, shares, index] = [4, 1, 1, 1].map(bytesFrom(values)) as [
    number,
    number,
    number,
    number,
  ];
  const unused = (values[DATA - 1] as number) & 7;
  if (unused !== 0 || threshold < 2 || threshold > shares || shares > 32 || index < 1 || index > shares)
    throw sealingError("bad-share");
  return { setId: setId.toString(16).padStart(8, "0"), threshold, shares, index };
}

/** Shares for one crossing, joined by line feeds; the caller wipes them. */
export function joinShares(shares: unknown): Uint8Array {
  if (!Array.isArray(shares))
    throw new BlindtallyError("bad-argument", "shares are given as an array of strings");
  // What no person typed need not cross to be refused in its place.
  const texts = shares.map((share) =>
    typeof share === "string" && share.length <= LONGEST_TYPED ? withoutSpaces(share) || NO_SHARE : NO_SHARE,
  );
  return new TextEncoder().encode(texts.join("\n"));
}

const PREFIX = "bts1";
const LENGTH = 73;
/** Characters that hold bytes: 39 of them, and three bits that are always zero. */
const DATA = 63;
const LONGEST_TYPED = 1000;
const NO_SHARE = "?";
const CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

const withoutSpaces = (text: string): string => text.replace(/[ \t\r\n-]/g, "");

/** BIP 350: the prefix goes into the checksum as the high and the low bits of its characters. */
const EXPANDED = [3, 3, 3, 0, 2, 20, 19];
const BECH32M = 0x2bc830a3;
const GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

function checksumOf(values: readonly number[]): number {
  let sum = 1;
  for (const value of values) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    GENERATORS.forEach((generator, bit) => {
      if ((top >>> bit) & 1) sum ^= generator;
    });
  }
  return sum >>> 0;
}

/** Reads numbers of so many bytes, one after the other, from values of five bits. */
function bytesFrom(values: readonly number[]): (bytes: number) => number {
  let bit = 0;
  return (bytes) => {
    let number = 0;
    for (const end = bit + 8 * bytes; bit < end; bit += 1) {
      number = number * 2 + (((values[Math.floor(bit / 5)] as number) >> (4 - (bit % 5))) & 1);
    }
    return number;
  };
}
