import { BlindtallyError } from "./errors.js";

/** A time: a date, or milliseconds since 1970. */
export type Time = Date | number;

/** The same in whole seconds, as keysets note it; without a time, that of the platform's clock. */
export function secondsOf(time: Time = Date.now()): number {
  const milliseconds: unknown = typeof time === "object" ? time?.getTime?.() : time;
  const seconds = typeof milliseconds === "number" ? Math.floor(milliseconds / 1000) : Number.NaN;
  if (seconds >= 0 && seconds <= LATEST) return seconds;
  throw new BlindtallyError("bad-argument", "a time is a Date, or a number of milliseconds since 1970");
}

/** The time of so many seconds; 0 is not known. */
export function dateOf(seconds: number): Date | undefined {
  return seconds === 0 ? undefined : new Date(seconds * 1000);
}

const LATEST = 2 ** 40 - 1;
