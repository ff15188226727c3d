// What the sealing module refuses, in words. It gives the code alone.

import { at, BlindtallyError, type ErrorCode, refusal, type Thrown as ThrownByCore } from "../errors.js";

/** What the binding throws: a code, the id of the key it speaks of, and a position among shares. */
export type Thrown = readonly [code: ErrorCode, keyId: number | undefined, index: number | undefined];

/** The error for what the binding has thrown. */
export function sealingRefusal([code, keyId, index]: Thrown): BlindtallyError {
  const message = REFUSALS[code];
  // A record that is malformed, or a missing random source, is the core's to explain.
  if (message === undefined) return refusal([code, keyId, index] as unknown as ThrownByCore);
  return new BlindtallyError(code, at(message, index), index === undefined ? {} : { index });
}

/** The same for what is refused before it crosses. */
export function sealingError(code: keyof typeof KNOWN, index?: number): BlindtallyError {
  return sealingRefusal([code, undefined, index]);
}

/** A file that was written as often as can be counted. The module says of it only that there is no such revision. */
export function lastRevision(): BlindtallyError {
  const message =
    "this sealed file has the highest revision there is and cannot be written again; make a new file of its keyset";
  return new BlindtallyError("bad-keyset", message);
}

const KNOWN = {
  "bad-key": "a key-encryption key, or what a passkey gave, has exactly 32 random bytes; this is not one",
  locked: "this sealed file is not open; open it with a secret first",
  "bad-keyset-file":
    "this is no sealed keyset file, or one of another version; it may have been cut or edited",
  "bad-parameters":
    "the cost of a passphrase slot is outside its limits (memory 19456 to 262144 KiB, passes 2 to 16, lanes 1 to 4), or that of all passphrase slots together is: 4194304 KiB times passes",
  "bad-passphrase": "a passphrase is text of 1 to 1024 bytes of well-formed UTF-8 in the form NFKC",
  "cannot-open": "the sealed file does not open: the secret is wrong, or the file was altered",
  rollback: "the sealed file is older than a revision that was seen before",
  "unknown-slot": "the sealed file has no slot for this secret, or none with this id",
  "duplicate-slot": "the sealed file has a slot with this id already; try again",
  "last-slot": "a sealed file needs a slot that opens it: add another one first",
  "too-many-slots": "a sealed file has at most 16 slots; remove one first",
  "bad-share": "this is no recovery share: a character is wrong or missing; compare it with the sheet",
  "mixed-shares": "the shares are not of one set; compare the set ids on the sheets",
  "duplicate-share": "this share was given before; each holder's share counts once",
  "out-of-memory": "there is no memory for Argon2; close something, or open it on another machine",
  "too-few-shares": "these are fewer shares than the set needs; its sheets say how many",
} as const;

const REFUSALS: Partial<Record<ErrorCode, string>> = KNOWN;
