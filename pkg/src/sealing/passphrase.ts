// From a passphrase to bytes.

import { sealingError } from "./refusals.js";

/** Argon2id's parameters. */
export interface PassphraseCost {
  /** Memory in KiB: 19456 to 262144. Default: 65536. */
  readonly memoryKiB?: number;
  /** Passes: 2 to 16. Default: 3. */
  readonly passes?: number;
  /** Lanes: 1 to 4. Default: 1, as nothing here runs in parallel. */
  readonly lanes?: number;
}

/** What a passphrase costs whoever guesses, unless the caller says otherwise. */
export const DEFAULT_COST: Required<PassphraseCost> = { memoryKiB: 65536, passes: 3, lanes: 1 };

/** Beyond what a person types and what normalisation shrinks to the limit: longer text is not even normalised. */
const LONGEST_TEXT = 4096;
const LONGEST = 1024;
const LONE_SURROGATE = /\p{Surrogate}/u;
const encoder = new TextEncoder();

/**
 * A passphrase in NFKC and UTF-8. The caller wipes it; the text itself is a string, which nothing can wipe.
 *
 * A lone surrogate has no encoding: an encoder would replace it, and two passphrases would become one.
 */
export function passphraseBytes(passphrase: unknown): Uint8Array {
  if (typeof passphrase !== "string" || passphrase.length > LONGEST_TEXT || LONE_SURROGATE.test(passphrase))
    throw sealingError("bad-passphrase");
  const bytes = encoder.encode(passphrase.normalize("NFKC"));
  if (bytes.length >= 1 && bytes.length <= LONGEST) return bytes;
  bytes.fill(0);
  throw sealingError("bad-passphrase");
}

/** The whole of a cost. What is no number of its field cannot be written, so it is refused here. */
export function fullCost(cost: PassphraseCost | undefined): Required<PassphraseCost> {
  const full = { ...DEFAULT_COST, ...cost };
  for (const value of [full.memoryKiB, full.passes, full.lanes]) {
    if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) throw sealingError("bad-parameters");
  }
  return full;
}
