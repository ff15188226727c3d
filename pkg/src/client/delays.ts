// How long to wait before the next attempt.

const HOUR_MS = 3_600_000;

/** From a half to all of `base * 2^(failures - 1)`, or of the cap: clients that failed together do not return together. */
export function backoffMs(failures: number, baseMs: number, capMs: number, random: number): number {
  return (0.5 + random / 2) * Math.min(capMs, baseMs * 2 ** (failures - 1));
}

/** How long an answer asks to be left alone, in seconds or as a date: at most an hour, and 0 if it does not ask. */
export function retryAfterMs(headers: Headers, now: number): number {
  const value = headers.get("retry-after") ?? "";
  // By the clock that wrote the date, where it says its time.
  const ms = /^\d+$/.test(value)
    ? Number(value) * 1000
    : Date.parse(value) - (Date.parse(headers.get("date") ?? "") || now);
  return Math.min(Math.max(ms, 0) || 0, HOUR_MS);
}
