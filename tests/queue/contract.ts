// What every queue does, wherever it keeps its events.

import type { Queue } from "blindtally/queue";
import { equal, ok } from "../suite/check.js";
import { idsOf, makeEvents, sameEvents } from "./support/events.js";

/** A claim and what shows it, with a queue of its own. */
export interface QueueCase {
  readonly claim: string;
  readonly run: (queue: Queue) => Promise<void>;
}

export const queueCases: QueueCase[] = [
  {
    claim: "what was appended is peeked whole and in its order",
    async run(queue) {
      const events = makeEvents(600);
      for (const part of [events.slice(0, 1), events.slice(1, 300), events.slice(300)])
        await queue.append(part);
      sameEvents(await queue.peek(1_000, 1_000_000), events, "all");
      sameEvents(await queue.peek(1_000, 1_000_000), events, "again");
    },
  },
  {
    claim: "events of one turn are stored together, in the order of the calls",
    async run(queue) {
      const events = makeEvents(50);
      await Promise.all(events.map((event) => queue.append([event])));
      sameEvents(await queue.peek(100, 100_000), events);
    },
  },
  {
    claim:
      "no more events are peeked than were asked for, and no more bytes with a comma each, but at least one",
    async run(queue) {
      const events = makeEvents(10, 200);
      await queue.append(events);
      equal(idsOf(await queue.peek(3, 100_000)), idsOf(events.slice(0, 3)), "by number");
      equal(idsOf(await queue.peek(100, 4 * 201)), idsOf(events.slice(0, 4)), "by bytes");
      equal(idsOf(await queue.peek(100, 4 * 201 - 1)), idsOf(events.slice(0, 3)), "by bytes, one less");
      equal(idsOf(await queue.peek(100, 1)), idsOf(events.slice(0, 1)), "one in any case");
    },
  },
  {
    claim: "an empty queue has nothing to peek, and nothing to clear",
    async run(queue) {
      equal([await queue.peek(10, 10_000), queue.peekNow(10_000)], [[], []]);
      equal([await queue.clear(), await queue.count()], [[], 0]);
    },
  },
  {
    claim:
      "what is appended can be peeked at once, before it is stored, and never more bytes than were asked for",
    async run(queue) {
      const events = makeEvents(5, 200);
      const stored = queue.append(events);
      sameEvents(queue.peekNow(100_000), events, "at once");
      sameEvents(queue.peekNow(2 * 201), events.slice(0, 2), "two");
      sameEvents(queue.peekNow(200), [], "not even one");
      await stored;
      await queue.remove(events.slice(0, 2));
      sameEvents(queue.peekNow(100_000), events.slice(2), "what was not removed");
    },
  },
  {
    claim: "what was removed is gone, wherever it stood, and the rest stays in its order",
    async run(queue) {
      const events = makeEvents(20);
      await queue.append(events);
      const isGone = (position: number) => [0, 1, 2, 7, 9, 10, 19].includes(position);
      await queue.remove(events.filter((_, position) => isGone(position)));
      const rest = events.filter((_, position) => !isGone(position));
      sameEvents(await queue.peek(100, 100_000), rest);
      equal(await queue.count(), rest.length);
      await queue.remove(rest);
      sameEvents(await queue.peek(100, 100_000), [], "nothing is left");
    },
  },
  {
    claim: "removing what is gone, or was never there, does no harm",
    async run(queue) {
      const events = makeEvents(3);
      await queue.append(events);
      await queue.remove([...makeEvents(2), ...events.slice(0, 1)]);
      await queue.remove(events.slice(0, 1));
      await queue.remove([]);
      sameEvents(await queue.peek(100, 100_000), events.slice(1));
    },
  },
  {
    claim: "what is removed while it is being stored is gone as well",
    async run(queue) {
      const [kept, gone] = [makeEvents(2), makeEvents(2)];
      await Promise.all([queue.append(kept), queue.append(gone), queue.remove(gone)]);
      sameEvents(await queue.peek(100, 100_000), kept);
    },
  },
  {
    claim: "an event that is appended twice waits once",
    async run(queue) {
      const events = makeEvents(2);
      await queue.append(events);
      await queue.append(events.slice(0, 1));
      sameEvents(await queue.peek(100, 100_000), events);
      equal(await queue.count(), 2);
    },
  },
  {
    claim: "the count is right after each change",
    async run(queue) {
      const events = makeEvents(7);
      equal(await queue.count(), 0, "before anything was appended");
      await queue.append(events);
      equal(await queue.count(), 7, "appended");
      await queue.remove(events.slice(0, 4));
      equal(await queue.count(), 3, "removed");
      await queue.append(makeEvents(1));
      equal(await queue.count(), 4, "appended again");
    },
  },
  {
    claim: "what is cleared is named and gone, and the queue goes on",
    async run(queue) {
      const events = makeEvents(4);
      await queue.append(events);
      equal([...(await queue.clear())].sort(), idsOf(events).sort(), "ids");
      equal(
        [await queue.peek(10, 10_000), queue.peekNow(10_000), await queue.count()],
        [[], [], 0],
        "nothing",
      );
      const next = makeEvents(1);
      await queue.append(next);
      sameEvents(await queue.peek(10, 10_000), next, "the next");
    },
  },
  {
    claim: "of what runs exclusively, one is run after the other, and its failure is its own",
    async run(queue) {
      const seen: string[] = [];
      const act = (name: string) =>
        queue.exclusively(async () => {
          seen.push(`${name} begins`);
          await queue.count();
          seen.push(`${name} ends`);
          if (name === "b") throw new Error("its own");
          return name;
        });
      const outcomes = await Promise.allSettled(["a", "b", "c"].map(act));
      equal(
        outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : outcome.reason.message)),
        ["a", "its own", "c"],
      );
      equal(
        seen,
        ["a", "b", "c"].flatMap((name) => [`${name} begins`, `${name} ends`]),
      );
    },
  },
  {
    claim: "thousands of events come out as they went in",
    async run(queue) {
      const events = makeEvents(3_000);
      for (let from = 0; from < events.length; from += 500)
        await queue.append(events.slice(from, from + 500));
      const out: string[] = [];
      for (let batch = await queue.peek(700, 1e6); batch.length > 0; batch = await queue.peek(700, 1e6)) {
        ok(batch.length <= 700, "no more than were asked for");
        out.push(...idsOf(batch));
        await queue.remove(batch);
      }
      equal(out, idsOf(events));
      equal(await queue.count(), 0, "count");
    },
  },
];
