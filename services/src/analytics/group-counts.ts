import type { GroupCount } from "./store.js";

/**
 * The most groups that are answered. A field of which each value is another, such as one that travels randomized, has
 * as many as there are events, and an answer with millions of rows would take all memory.
 */
export const MAX_GROUPS = 250_000;

/** There are more groups than {@link MAX_GROUPS}. */
export class TooManyGroupsError extends Error {
  override readonly name = "TooManyGroupsError";

  constructor() {
    super(`there are more than ${MAX_GROUPS} groups`);
  }
}

/** A group as the database has it: the value is JSON. */
export interface JsonGroup {
  readonly event: string;
  readonly json: string;
  readonly count: number;
}

/**
 * Groups by the texts of their values: the database keeps 7 and "7" apart, which have one text, and it may write a
 * number in another way than SPEC.md says.
 */
export function groupCounts(groups: readonly JsonGroup[]): GroupCount[] {
  const byEvent = new Map<string, Map<string, number>>();
  for (const { event, json, count } of groups) {
    const value = String(JSON.parse(json));
    const counts = byEvent.get(event) ?? new Map<string, number>();
    byEvent.set(event, counts.set(value, (counts.get(value) ?? 0) + count));
  }
  return [...byEvent]
    .flatMap(([event, counts]) => Array.from(counts, ([value, count]) => ({ event, value, count })))
    .sort((a, b) => b.count - a.count || order(a.event, b.event) || order(a.value, b.value));
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
