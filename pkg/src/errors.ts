/** Every code an error of this package can have. Codes are stable; messages are not. */
export type ErrorCode =
  // What was passed
  | "bad-name"
  | "bad-context"
  | "bad-key"
  | "bad-count"
  | "bad-argument"
  | "duplicate-key"
  | "primary-key"
  | "count-overflow"
  | "insecure-endpoint"
  | "disposed"
  | "not-initialized"
  // What came from outside
  | "bad-token"
  | "not-a-token"
  | "unknown-key"
  | "disabled-key"
  | "http-status"
  | "timeout"
  | "network"
  | "bad-response"
  // What the platform refused
  | "random-unavailable"
  | "wasm-unavailable"
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
  const message = "an event name has 1 to 239 bytes of well-formed UTF-8; shorten or fix the name";
  return new BlindtallyError("bad-name", at(message, index), index === undefined ? {} : { index });
}

/** A message that begins with the position it speaks of. */
export function at(message: string, index: number | undefined): string {
  return index === undefined ? message : `entry ${index}: ${message}`;
}
