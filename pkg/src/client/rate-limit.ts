import { BlindtallyError } from "../errors.js";

/** How many events are let through. */
export interface RateLimit {
  /** So many in a second, steadily; above 0, fractions too. */
  readonly perSecond: number;
  /** So many at once, after a rest; 1 or more. Default: those of a second. */
  readonly burst?: number | undefined;
}

/**
 * A token bucket: says of each event whether it may pass. A clock that is set forward fills the bucket and no more, and
 * one that is set back takes nothing out of it.
 *
 * @param now Milliseconds.
 * @throws BlindtallyError `bad-argument`.
 */
export function createRateLimit({ perSecond, burst }: RateLimit, now: () => number): () => boolean {
  if (!isPositive(perSecond) || (burst !== undefined && !(isPositive(burst) && burst >= 1))) throw badLimit();
  const size = burst ?? Math.max(1, perSecond);
  const interval = 1000 / perSecond;
  // What was taken and is not yet filled up again, as the time that this takes: whole milliseconds stay exact so.
  let missing = 0;
  let last = now();
  return () => {
    const time = now();
    missing = Math.max(0, missing - Math.max(0, time - last));
    last = time;
    if (missing > (size - 1) * interval + ROUNDING_MS) return false;
    missing += interval;
    return true;
  };
}

/** Sums of fractions of a millisecond are off by far less, and no limit is about so little. */
const ROUNDING_MS = 1e-3;

const isPositive = (value: unknown): boolean => Number.isFinite(value) && (value as number) > 0;

const badLimit = (): BlindtallyError =>
  new BlindtallyError(
    "bad-argument",
    "`rateLimit` is `{ perSecond, burst? }`, above 0 and at least 1, or `false`",
  );
