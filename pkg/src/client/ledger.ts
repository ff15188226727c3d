// What became of each event of one client: logged = delivered + waiting + dropped, at any moment.

import type { QueuedEvent } from "../queue/queue.js";
import type { ClientStats, DebugEvent, Drop, DropReason } from "./types.js";

/** The books of one client. Events of other tabs, or of a former visit, are in no count but `duplicates`. */
export interface Ledger {
  /** How many wait, and their bytes. */
  readonly size: number;
  readonly bytes: number;
  /** How many ever waited, and how many of them no longer do. */
  readonly entered: number;
  readonly left: number;
  /** Events were logged, and wait. */
  enter(events: readonly QueuedEvent[]): void;
  /** They were not logged after all. */
  forget(events: readonly QueuedEvent[]): void;
  /** The API has them. Gives how many of them are this client's. */
  deliver(events: readonly QueuedEvent[], duplicates: number): number;
  /** Whether it is one of those that wait. */
  has(id: string): boolean;
  /** Another tab has taken these, or all that waits but some, out of the queue: it has delivered or reported them. */
  takenOver(ids?: readonly string[], but?: ReadonlySet<string>): void;
  /** What waited will not be delivered. Gives how many of them are this client's. */
  drop(reason: DropReason, ids: readonly string[], status?: number): number;
  /** What was just logged will not even wait. */
  refuse(reason: DropReason, count: number, ids?: readonly string[]): void;
  attempted(hasFailed: boolean): void;
  debug(event: DebugEvent): void;
  /** Resolves when all that waits now was delivered or dropped. */
  settled(): Promise<void>;
  stats(state: ClientStats["state"]): ClientStats;
}

export function createLedger(
  onDrop: (drop: Drop) => void = warning(),
  onDebug: ((event: DebugEvent) => void) | undefined,
  changed: () => void,
): Ledger {
  const waiting = new Map<string, number>();
  const dropped = Object.fromEntries(REASONS.map((reason) => [reason, 0])) as Record<DropReason, number>;
  /** Those who wait for so many to have left, the fewest first. */
  const watchers: { readonly left: number; readonly promise: Promise<void>; readonly resolve: () => void }[] =
    [];
  let logged = 0;
  let delivered = 0;
  let duplicates = 0;
  let attempts = 0;
  let failures = 0;
  let bytes = 0;
  let left = 0;

  const debug = (event: DebugEvent) => {
    if (onDebug) quietly(() => onDebug(event));
  };

  const leave = (ids: Iterable<string>): number => {
    let own = 0;
    for (const id of ids) {
      const size = waiting.get(id);
      if (size === undefined) continue;
      waiting.delete(id);
      bytes -= size;
      own += 1;
    }
    left += own;
    return own;
  };
  /** Once the counts are right again. */
  const tell = () => {
    while (watchers[0] && watchers[0].left <= left) watchers.shift()?.resolve();
    changed();
  };
  const report = (drop: Drop) => {
    debug({ kind: "dropped", count: drop.count, reason: drop.reason });
    quietly(() => onDrop(drop));
  };

  return {
    get size() {
      return waiting.size;
    },
    get bytes() {
      return bytes;
    },
    get entered() {
      return left + waiting.size;
    },
    get left() {
      return left;
    },
    enter(events) {
      for (const { id, json } of events) {
        waiting.set(id, json.length);
        bytes += json.length;
      }
      logged += events.length;
      changed();
      debug({ kind: "logged", count: events.length, waiting: waiting.size });
    },
    forget(events) {
      logged -= leave(idsOf(events));
      tell();
    },
    deliver(events, known) {
      const own = leave(idsOf(events));
      delivered += own;
      duplicates += known;
      tell();
      debug({ kind: "delivered", count: events.length, duplicates: known });
      return own;
    },
    has: (id) => waiting.has(id),
    takenOver(ids = [...waiting.keys()], but) {
      const own = leave(ids.filter((id) => !but?.has(id)));
      delivered += own;
      tell();
      if (own) debug({ kind: "delivered", count: own, duplicates: 0 });
    },
    drop(reason, ids, status) {
      if (!ids.length) return 0;
      const own = leave(ids);
      dropped[reason] += own;
      tell();
      report({ reason, count: ids.length, ids, ...(status === undefined ? {} : { status }) });
      return own;
    },
    refuse(reason, count, ids = []) {
      logged += count;
      dropped[reason] += count;
      report({ reason, count, ids });
    },
    attempted(hasFailed) {
      attempts += 1;
      if (hasFailed) failures += 1;
    },
    debug,
    settled() {
      if (!waiting.size) return Promise.resolve();
      const goal = left + waiting.size;
      // All that wait for the same share one: while an API is down, nothing else bounds how many are asked for.
      if (watchers.at(-1)?.left !== goal) {
        let resolve = () => {};
        const promise = new Promise<void>((settle) => {
          resolve = settle;
        });
        watchers.push({ left: goal, promise, resolve });
      }
      return (watchers.at(-1) as (typeof watchers)[number]).promise;
    },
    stats: (state) => ({
      state,
      logged,
      delivered,
      duplicates,
      waiting: waiting.size,
      attempts,
      failures,
      dropped: { ...dropped },
    }),
  };
}

export const idsOf = (events: readonly QueuedEvent[]): string[] => events.map(({ id }) => id);

/** Calls what an application has given: what it throws is its own affair. */
export function quietly(call: () => unknown): void {
  try {
    // A promise that it returns likewise.
    Promise.resolve(call()).catch(() => {});
  } catch {}
}

const WISHED: readonly DropReason[] = ["no-consent", "not-allowed", "before-send"];
const REASONS: readonly DropReason[] = [
  ...WISHED,
  "rate-limited",
  "queue-full",
  "too-large",
  "refused",
  "shutdown",
  "wasm-unavailable",
];

function warning(): (drop: Drop) => void {
  const said = new Set<DropReason>(WISHED);
  return ({ reason, count }) => {
    if (!said.has(reason)) console.warn(`Blindtally: ${reason}: ${count} event(s) dropped; see \`onDrop\``);
    said.add(reason);
  };
}
