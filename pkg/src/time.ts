import { BlindtallyError } from "./errors.js";

/** A time: a date, or milliseconds since 1970. From the year 2000 on; or 0, for a time that is not known. */
export type Time = Date | number;

/** The same in whole seconds, as keysets note it; without a time, that of the platform's clock. */
export function secondsOf(time: Time = Date.now()): number {
  const milliseconds: unknown = typeof time === "object" ? time?.getTime?.() : time;
  const seconds = typeof milliseconds === "number" ? Math.floor(milliseconds / 1000) : Number.NaN;
  if (milliseconds === 0 || (seconds >= EARLIEST && seconds <= LATEST)) return seconds;
  throw new BlindtallyError("bad-argument", "a time is a Date, or milliseconds since 1970, from 2000 on");
}

/** The time of so many seconds; 0 is not known. */
export function dateOf(seconds: number): Date | undefined {
  return seconds === 0 ? undefined : new Date(seconds * 1000);
}

/** The year 2000: seconds that were given as milliseconds lie before it, and would quietly switch policies off. */
const EARLIEST = 946_684_800;
const LATEST = 2 ** 40 - 1;
