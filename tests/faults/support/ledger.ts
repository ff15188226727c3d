// What an application knows of its events: those it has begun to log, and those of which it was told that they are kept.
// Written synchronously, so that a kill -9 of the application forgets nothing.

import { readFileSync, writeSync } from "node:fs";

/** Numbers of events, the second one not among them. */
export type Range = readonly [from: number, to: number];

/** Notes that events are about to be logged. */
export const noteBegun = (file: number, [from, to]: Range): void => void writeSync(file, `? ${from} ${to}\n`);

/** Notes that the promise of `logEvent` or `logEvents` was fulfilled. */
export const noteKept = (file: number, [from, to]: Range): void => void writeSync(file, `+ ${from} ${to}\n`);

/** What ledgers say in the end. */
export interface Account {
  /** Each of these must be counted once. */
  readonly kept: ReadonlySet<number>;
  /** Nobody was told what became of these: they are counted once or not at all. */
  readonly doubtful: ReadonlySet<number>;
  /** The first number that no event has had. */
  readonly next: number;
}

/** Reads ledgers; a last line that was cut off is none. */
export function readLedgers(files: readonly string[]): Account {
  const begun = new Set<number>();
  const kept = new Set<number>();
  for (const file of files) {
    for (const [, sign, from, to] of textOf(file).matchAll(/^([?+]) (\d+) (\d+)\n/gm)) {
      const set = sign === "+" ? kept : begun;
      for (let serial = Number(from); serial < Number(to); serial += 1) set.add(serial);
    }
  }
  const doubtful = new Set([...begun].filter((serial) => !kept.has(serial)));
  let next = 0;
  for (const serial of begun) next = Math.max(next, serial + 1);
  return { kept, doubtful, next };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
