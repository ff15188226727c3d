/** Every code an error of this package can have. Codes are stable; messages are not. */
export type ErrorCode =
  // What was passed
  | "bad-name"
  | "bad-context"
  | "bad-key"
  | "bad-count"
  | "bad-argument"
  | "bad-property"
  | "duplicate-key"
  | "primary-key"
  | "count-overflow"
  | "too-many-keys"
  | "out-of-scope"
  | "scoped-keyset"
  | "bad-parameters"
  | "bad-passphrase"
  | "unknown-slot"
  | "duplicate-slot"
  | "last-slot"
  | "too-many-slots"
  | "unknown-keyset"
  | "insecure-endpoint"
  | "disposed"
  | "locked"
  | "not-initialized"
  // What came from outside
  | "bad-token"
  | "not-a-token"
  | "unknown-key"
  | "disabled-key"
  | "destroyed-key"
  | "bad-keyset"
  | "key-check"
  | "bad-keyset-file"
  | "bad-queue"
  | "cannot-open"
  | "rollback"
  | "conflict"
  | "bad-share"
  | "mixed-shares"
  | "duplicate-share"
  | "too-few-shares"
  | "http-status"
  | "timeout"
  | "network"
  | "bad-response"
  // What the platform refused
  | "random-unavailable"
  | "wasm-unavailable"
  | "out-of-memory"
  | "file-access"
  | "key-store"
  | "storage-unavailable"
  | "passkey-unavailable"
  | "passkey-refused"
  | "internal";

/** What an error carries beside its code and message. */
export interface ErrorDetails {
  /** Position of the entry in a batch or a result map, counted from 0. */
  readonly index?: number;
  /** HTTP status, for the code `http-status`. */
  readonly status?: number;
  /** What led to it, such as the platform's own error. */
  readonly cause?: unknown;
}

const BRAND = Symbol.for("blindtally.error");

/**
 * Every error this package throws. Branch on {@link BlindtallyError.code}.
 *
 * No message holds a name, a key or the plaintext of a token, so an error can be logged.
 *
 * @example
 * ```ts
 * try {
 *   events.decrypt(token);
 * } catch (error) {
 *   if (isBlindtallyError(error) && error.code === "unknown-key") askForTheOtherKey();
 *   else throw error;
 * }
 * ```
 */
export class BlindtallyError extends Error {
  override readonly name = "BlindtallyError";
  /** What went wrong. */
  readonly code: ErrorCode;
  /** Position of the entry in a batch or a result map, counted from 0. */
  declare readonly index?: number;
  /** HTTP status, for the code `http-status`. */
  declare readonly status?: number;

  /** Made by this package only. */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    if (details.index !== undefined) this.index = details.index;
    if (details.status !== undefined) this.status = details.status;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/**
 * Whether a value is an error of this package; true also for one thrown by another copy of it in the same
 * program, where `instanceof` is not.
 */
export function isBlindtallyError(value: unknown): value is BlindtallyError {
  return value instanceof Error && BRAND in value;
}

/** The error for a text that is no event name. Said here as well as in wasm, so that a huge text need not cross. */
export function badName(index?: number): BlindtallyError {
  return refusal(["bad-name", undefined, index]);
}

/** The error for an option that is not what it must be. */
export function badOption(name: string, what: string): BlindtallyError {
  return new BlindtallyError("bad-argument", `\`${name}\` is ${what}`);
}

/** What the binding throws: a code, the id of the key it speaks of, and a position in a batch. */
export type Thrown = readonly [code: RefusalCode, keyId: number | undefined, index: number | undefined];

/** The error for what the binding has thrown. */
export function refusal([code, keyId, index]: Thrown): BlindtallyError {
  const message = REFUSALS[code].replace("#", keyId === undefined ? "" : hexadecimal(keyId));
  return new BlindtallyError(code, at(message, index), index === undefined ? {} : { index });
}

/** A key id as it is written: eight hexadecimal digits. */
export function hexadecimal(keyId: number): string {
  return keyId.toString(16).padStart(8, "0");
}

/** What wasm refuses. It gives the code alone, because text takes less room here. */
const REFUSALS = {
  "bad-name": "an event name has 1 to 239 bytes of well-formed UTF-8; shorten or fix the name",
  "bad-context": "a context has 1 to 8 labels of 1 to 64 bytes of well-formed UTF-8 each",
  "bad-key": "a root key is a Uint8Array of exactly 32 random bytes; this is not one",
  "duplicate-key": "the keyset already holds a key with the id #; a key is added once",
  "primary-key": "key # is the primary key, which cannot be disabled or destroyed; promote another key first",
  "bad-count": "a count is a whole number from 0 to 9007199254740991; ask the vendor for plain counts",
  "count-overflow": "the counts of one name add up to more than 9007199254740991",
  "not-a-token":
    "this is not such a token; it is text in clear, a token of the other format, or of another version",
  "bad-token": "this token is malformed, was altered, or belongs to another context",
  "unknown-key": "no key of this keyset has the id #; the token was made under another key",
  "disabled-key": "key # is disabled in this keyset; enable it to use it",
  "destroyed-key": "key # is destroyed in this keyset; its tokens cannot be read again",
  "too-many-keys": "the keyset has 1000 keys, which is the most",
  "out-of-scope": "this keyset is the scope of another context; make a scope of the one you need",
  "scoped-keyset":
    "the keys of a scope stay as they are; change those of the whole keyset and make a new scope",
  "bad-keyset": "this is not a keyset; it is malformed, was altered, or is of another version",
  "key-check": "key # does not belong to its check value; the keyset was altered or damaged",
  "random-unavailable": "the platform gave no random bytes; a secure random source is required",
} as const satisfies Partial<Record<ErrorCode, string>>;

type RefusalCode = keyof typeof REFUSALS;

/** A message that begins with the position it speaks of. */
export function at(message: string, index: number | undefined): string {
  return index === undefined ? message : `entry ${index}: ${message}`;
}
