// The memory of processes over time, and whether it grows, or at least stays within its bound.

import { readFileSync } from "node:fs";

/** What a process holds, looked at again and again; in bytes. */
export interface Series {
  readonly name: string;
  readonly values: number[];
  /** Of a process that may grow: the most that it may hold. Any other must stay as it is. */
  readonly bound?: number;
}

/** How a series went. */
export interface Trend {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly most: number;
  /** Bytes a minute, without the beginning. */
  readonly slope: number;
  readonly bound: number | undefined;
  /** Whether it stays within its bound or, without one, where it is. */
  readonly holds: boolean;
}

/** The share of the time in which a process fills its caches and pools. */
const WARM_UP = 0.4;
/** What a collector and an allocator leave lying about from one look to the next. */
const NOISE_BYTES = 8_000_000;
const NOISE_SHARE = 0.05;

/** Resident bytes of a process, from Linux's own account. */
export function residentBytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) * 1024;
}

/** How a series went. It stays where it is if what it gains by its slope is less than noise. */
export function trendOf({ name, values, bound }: Series, intervalMs: number): Trend {
  const settled = values.slice(Math.floor(values.length * WARM_UP));
  const [first = 0, last = 0] = [settled[0], settled.at(-1)];
  const slope = medianSlope(settled);
  const gained = slope * (settled.length - 1);
  const mean = settled.reduce((sum, value) => sum + value, 0) / settled.length;
  const most = Math.max(...values);
  return {
    name,
    first,
    last,
    most,
    slope: (slope * 60_000) / intervalMs,
    bound,
    holds: bound === undefined ? gained < Math.max(NOISE_BYTES, mean * NOISE_SHARE) : most <= bound,
  };
}

/** The slope for each step of a series: the median of the slopes between any two, which one dip does not move. */
function medianSlope(values: readonly number[]): number {
  const slopes = values.flatMap((value, at) =>
    values.slice(at + 1).map((later, steps) => (later - value) / (steps + 1)),
  );
  return slopes.sort((a, b) => a - b)[slopes.length >> 1] ?? 0;
}
