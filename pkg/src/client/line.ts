// The way into the queue. Events stand in line while the queue is opened, while it stores others, while there is no room
// in it, and while consent is pending; whatever stands in line is in memory only.

import type { Queue, QueuedEvent } from "../queue/queue.js";
import { idsOf, type Ledger } from "./ledger.js";
import type { DropReason } from "./types.js";

/** What stands in line for the queue. */
export interface Line {
  readonly events: readonly QueuedEvent[];
  /** With those that are just being stored. */
  readonly size: number;
  /** Events in the queue that are not this client's. */
  others: number;
  /** Takes as many as may wait, drops the rest, and resolves to how many it took once those are stored. */
  put(events: readonly QueuedEvent[]): Promise<number>;
  /** Stores what may be stored; resolves when that is done, to why the queue cannot be used if it cannot. */
  move(): Promise<unknown>;
  /** Drops all, and reports it but of some. */
  drop(reason: DropReason, but?: ReadonlySet<string>): void;
}

/** What a line is made of. */
export interface LineParts {
  readonly opened: Promise<Queue>;
  readonly ledger: Ledger;
  readonly maxQueue: number;
  /** Whether whoever finds no room waits for it. */
  readonly waits: boolean;
  readonly mayStore: () => boolean;
  /** Called when more was stored. */
  readonly stored: () => void;
}

export function createLine({ opened, ledger, maxQueue, waits, mayStore, stored }: LineParts): Line {
  let events: QueuedEvent[] = [];
  let others = 0;
  /** Whether it is known what was in the queue before. */
  let isCounted = false;
  let moving: Promise<unknown> | undefined;
  /** How many ever stood in line, and how many of them no longer do. */
  let entered = 0;
  let passed = 0;
  /** Those who wait, for all up to their last; all calls of one turn together, as they are stored together. */
  const turns: Turn[] = [];
  let turn: Turn | undefined;

  const room = () => Math.max(0, maxQueue - others - ledger.size + events.length);

  const pass = (count: number) => {
    passed += count;
    while (turns[0] && turns[0].last <= passed) turns.shift()?.resolve();
  };

  /** What a former visit, or program, has left takes up room too; gives how many there is none for. */
  const count = async (queue: Queue): Promise<number> => {
    if (queue.persistent) {
      await queue.peek(1, 1);
      others = await queue.count();
    }
    isCounted = true;
    const rest = waits ? [] : events.splice(room());
    if (events.length === 0) turn = undefined;
    ledger.drop("queue-full", idsOf(rest));
    return rest.length;
  };

  const move = async (): Promise<unknown> => {
    try {
      const queue = await opened;
      // After those before them, as they stood in line.
      let dropped = !isCounted && events.length && mayStore() ? await count(queue) : 0;
      while (events.length && mayStore()) {
        const batch = waits ? events.slice(0, room()) : events;
        if (!batch.length) break;
        events = events.slice(batch.length);
        turn = undefined;
        try {
          await queue.append(batch);
        } catch (error) {
          ledger.forget(batch);
          throw error;
        }
        pass(batch.length + dropped);
        dropped = 0;
        stored();
      }
      pass(dropped);
      return undefined;
    } catch (error) {
      // The queue cannot be used, through no fault of the network: whoever logs is told, and nothing was logged.
      ledger.forget(events);
      events = [];
      turn = undefined;
      passed = entered;
      for (const { reject } of turns.splice(0)) reject(error);
      return error;
    } finally {
      // In the same step as the last look at the line: what comes in between would be forgotten.
      moving = undefined;
    }
  };

  const line: Line = {
    get events() {
      return events;
    },
    get size() {
      return entered - passed;
    },
    get others() {
      return others;
    },
    set others(count) {
      others = Math.max(0, count);
      isCounted = true;
      // They may have made room.
      if (events.length) void line.move();
    },
    async put(given) {
      const free = waits && mayStore() ? given.length : room() - events.length;
      const taken = free < given.length ? given.slice(0, Math.max(0, free)) : given;
      if (taken.length) {
        for (const event of taken) events.push(event);
        entered += taken.length;
        // Where there may not be room for all, nobody waits for those behind.
        if (waits || !turn) turn = newTurn(turns);
        turn.last = entered;
      }
      const stored = mayStore() && turn?.promise;
      if (taken.length) ledger.enter(taken);
      const rest = given.slice(taken.length);
      if (rest.length) ledger.refuse("queue-full", rest.length, idsOf(rest));
      if (taken.length && stored) {
        line.move();
        await stored;
      }
      return taken.length;
    },
    move() {
      moving ??= move();
      return moving;
    },
    drop(reason, but) {
      const ids = idsOf(events);
      events = [];
      turn = undefined;
      pass(ids.length);
      ledger.drop(
        reason,
        ids.filter((id) => !but?.has(id)),
      );
    },
  };
  return line;
}

interface Turn {
  last: number;
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

function newTurn(turns: Turn[]): Turn {
  let resolve = () => {};
  let reject: Turn["reject"] = () => {};
  const promise = new Promise<void>((...settle) => {
    [resolve, reject] = settle;
  });
  // While consent is pending, nobody waits for it.
  promise.catch(() => {});
  const turn = { last: 0, promise, resolve, reject };
  turns.push(turn);
  return turn;
}
