import { setTimeout as later } from "node:timers/promises";

const DEADLINE_MS = 15_000;

/** Looks again and again until the value passes; fails with what was awaited when it does not in time. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  passes: (value: T) => boolean = Boolean,
): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const value = await look();
    if (passes(value)) return value;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}; last: ${JSON.stringify(value)}`);
    await later(25);
  }
}
