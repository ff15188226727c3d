// What the queue in IndexedDB does beyond what every queue does, inside a page.

import { isBlindtallyError } from "blindtally";
import { indexedDbQueue, type Notice, type Queue } from "blindtally/queue";
import { equal, ok } from "../suite/check.js";
import { queueCases } from "./contract.js";
import { idsOf, makeEvents, sameEvents } from "./support/events.js";

/** A claim and what shows it, with a database of its own. */
export interface DatabaseCase {
  readonly claim: string;
  readonly run: (name: string) => Promise<void>;
}

/** A queue and what it said, beside its results. */
export interface Opened {
  readonly queue: Queue;
  readonly notices: Notice[];
  /** The ids that it said another has removed. */
  readonly taken: string[];
}

export async function openQueue(name: string): Promise<Opened> {
  const notices: Notice[] = [];
  const onNotice = (notice: Notice) => void notices.push(notice);
  const taken: string[] = [];
  const onTaken = (ids: readonly string[]) => void taken.push(...ids);
  const queue = await indexedDbQueue({ name }).open({ endpoint: "http://api.test", onNotice, onTaken });
  return { queue, notices, taken };
}

export const databaseCases: DatabaseCase[] = [
  ...queueCases.map(({ claim, run }) => ({
    claim,
    async run(name: string) {
      const { queue, notices } = await openQueue(name);
      await run(queue);
      equal([notices, queue.persistent], [[], true], "it was stored");
      await queue.close();
    },
  })),
  {
    claim: "nothing is made before the first event: not by looking, counting, forgetting or closing",
    async run(name) {
      const { queue, notices } = await openQueue(name);
      equal([await queue.count(), await queue.peek(10, 10_000), queue.peekNow(10_000)], [0, [], []]);
      await queue.remove(makeEvents(1));
      equal([await queue.clear(), await queue.close(), notices], [[], [], []]);
      ok(!(await databaseNames()).includes(name), "there is no database");
      const next = await openQueue(name);
      await next.queue.append(makeEvents(1));
      ok((await databaseNames()).includes(name), "now there is one");
      await next.queue.close();
    },
  },
  {
    claim: "what was not removed is there for a later visit, in its order",
    async run(name) {
      const first = await openQueue(name);
      const events = makeEvents(300);
      await first.queue.append(events);
      await first.queue.remove(events.slice(0, 100));
      equal(await first.queue.close(), [], "nothing is lost");
      const later = await openQueue(name);
      sameEvents(later.queue.peekNow(1_000_000), [], "it is not this client's own");
      sameEvents(await later.queue.peek(1_000, 1_000_000), events.slice(100));
      equal(await later.queue.count(), 200);
      await later.queue.remove(events.slice(100, 102));
      equal([...(await later.queue.clear())].sort(), idsOf(events.slice(102)).sort(), "forgotten");
      await later.queue.close();
    },
  },
  {
    claim:
      "what another tab has removed of one's own is said once, although more waits; what one removed oneself is not",
    async run(name) {
      const [a, b] = [await openQueue(name), await openQueue(name)];
      const [first, second, third] = [makeEvents(3), makeEvents(2), makeEvents(2)];
      await a.queue.append(first);
      await b.queue.append(second);
      await b.queue.remove((await b.queue.peek(2, 10_000)).slice(0, 2));
      await a.queue.append(third);
      sameEvents(await a.queue.peek(100, 10_000), [...first.slice(2), ...second, ...third]);
      await a.queue.remove(first.slice(2));
      await a.queue.peek(100, 10_000);
      equal([a.taken, b.taken], [idsOf(first.slice(0, 2)), []]);
      await Promise.all([a.queue.close(), b.queue.close()]);
    },
  },
  {
    claim:
      "two tabs share what waits: each sees the events of both, and of its own no longer those that the other has removed",
    async run(name) {
      const [a, b] = [await openQueue(name), await openQueue(name)];
      const [ofA, ofB] = [makeEvents(3), makeEvents(3)];
      await a.queue.append(ofA);
      await b.queue.append(ofB);
      const both = [...ofA, ...ofB];
      sameEvents(await a.queue.peek(10, 10_000), both, "seen by one");
      sameEvents(await b.queue.peek(10, 10_000), both, "seen by the other");
      await b.queue.remove(both.slice(0, 4));
      sameEvents(await a.queue.peek(10, 10_000), both.slice(4), "what is left");
      sameEvents(a.queue.peekNow(10_000), [], "of its own, nothing is");
      sameEvents(b.queue.peekNow(10_000), ofB.slice(1), "of the other's own");
      equal([await b.queue.count(), [...a.notices, ...b.notices]], [2, []]);
      await a.queue.close();
      await b.queue.close();
    },
  },
  {
    claim: "what another tab has removed is no longer a client's own even if it looked at the beginning only",
    async run(name) {
      const [a, b] = [await openQueue(name), await openQueue(name)];
      const events = makeEvents(6);
      await a.queue.append(events);
      await b.queue.peek(10, 10_000);
      await b.queue.remove([events[0], events[4]].filter((event) => event !== undefined));
      sameEvents(await a.queue.peek(2, 10_000), events.slice(1, 3), "the beginning");
      sameEvents(a.queue.peekNow(10_000), events.slice(1), "what it has not seen may be there");
      await a.queue.close();
      await b.queue.close();
    },
  },
  {
    claim: "a later look sees no event as gone that was appended during an earlier one",
    async run(name) {
      const { queue } = await openQueue(name);
      const [before, during] = [makeEvents(2), makeEvents(2)];
      await queue.append(before);
      const [, seen] = await Promise.all([queue.append(during), queue.peek(10, 10_000)]);
      sameEvents(seen.slice(0, 2), before, "at least these");
      sameEvents(await queue.peek(10, 10_000), [...before, ...during], "all");
      sameEvents(queue.peekNow(10_000), [...before, ...during], "its own");
      await queue.close();
    },
  },
  {
    claim: "of two tabs one sends at a time, and each its turn",
    async run(name) {
      const [a, b] = [await openQueue(name), await openQueue(name)];
      const seen: string[] = [];
      let letGo = () => {};
      const held = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      const first = a.queue.exclusively(async () => {
        seen.push("a");
        await held;
        seen.push("a ends");
      });
      const second = b.queue.exclusively(async () => void seen.push("b"));
      await b.queue.append(makeEvents(1));
      equal((await navigator.locks.query()).pending?.length, 1, "one waits");
      letGo();
      await Promise.all([first, second]);
      equal(seen, ["a", "a ends", "b"]);
      await a.queue.close();
      await b.queue.close();
    },
  },
  {
    claim:
      "a database that is deleted is let go, and what this client appended is kept in memory, with one notice",
    async run(name) {
      const { queue, notices } = await openQueue(name);
      const events = makeEvents(4);
      await queue.append(events);
      await queue.remove(events.slice(0, 1));
      equal(await settled(indexedDB.deleteDatabase(name)), "success", "the deletion does not wait");
      equal([notices, queue.persistent], [[{ kind: "memory-only", reason: "closed" }], false]);
      const next = makeEvents(1);
      await queue.append(next);
      const rest = [...events.slice(1), ...next];
      sameEvents(await queue.peek(10, 10_000), rest, "what waits");
      equal(await queue.count(), 4, "count");
      await queue.remove(rest.slice(0, 1));
      equal(await queue.close(), idsOf(rest.slice(1)), "what is lost when it closes");
      equal(notices.length, 1, "said once");
      ok(!(await databaseNames()).includes(name), "it was not made anew");
    },
  },
  {
    claim: "numbers of a database that was deleted remove nothing of the one made in its place",
    async run(name) {
      const { queue } = await openQueue(name);
      const events = makeEvents(3);
      await queue.append(events);
      await queue.peek(10, 10_000);
      await settled(indexedDB.deleteDatabase(name));
      const other = await openQueue(name);
      const others = makeEvents(3);
      await other.queue.append(others);
      await queue.remove(events);
      sameEvents(await other.queue.peek(10, 10_000), others, "untouched");
      await other.queue.close();
      await queue.close();
    },
  },
  {
    claim: "a newer version of the database is not touched, and does not wait for an open one",
    async run(name) {
      const old = await openQueue(name);
      const events = makeEvents(2);
      await old.queue.append(events);
      const request = indexedDB.open(name, 2);
      equal(await settled(request), "success", "the newer version is made");
      equal([old.notices[0]?.reason, old.queue.peekNow(10_000)], ["closed", events], "kept in memory");
      const late = await openQueue(name);
      await late.queue.append(events);
      equal(late.notices, [{ kind: "memory-only", reason: "unavailable" }]);
      sameEvents(await late.queue.peek(10, 10_000), events, "in memory as well");
      const { version } = request.result;
      equal(version, 2);
      request.result.close();
      const refused = await late.queue
        .clear()
        .catch((error) => (isBlindtallyError(error) ? error.code : error));
      equal(
        refused,
        "storage-unavailable",
        "what a newer version holds cannot be forgotten, and that is said",
      );
    },
  },
  {
    claim: "a database of that name that is none of ours is left alone",
    async run(name) {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore("theirs");
      await settled(request);
      request.result.close();
      const { queue, notices } = await openQueue(name);
      const events = makeEvents(2);
      await queue.append(events);
      sameEvents(await queue.peek(10, 10_000), events);
      equal(notices, [{ kind: "memory-only", reason: "unavailable" }]);
      await queue.close();
    },
  },
  {
    claim:
      "where the storage does not answer, events are kept in memory after a while, and what opens late is let go",
    async run(name) {
      const holder = indexedDB.open(name, 1);
      await settled(holder);
      // What is opened behind this deletion gets no answer until it is done.
      const deletion = indexedDB.deleteDatabase(name);
      equal(await settled(deletion), "blocked");
      const restore = hurryTimers();
      try {
        const { queue, notices } = await openQueue(name);
        const events = makeEvents(2);
        await queue.append(events);
        equal([notices, queue.persistent], [[{ kind: "memory-only", reason: "unavailable" }], false]);
        sameEvents(await queue.peek(10, 10_000), events, "in memory");
        const refused = await queue.clear().catch((error) => (isBlindtallyError(error) ? error.code : error));
        equal(refused, "storage-unavailable", "what may be stored cannot be forgotten, and that is said");
        restore();
        holder.result.close();
        // In turn behind both that open late: it is done only once they are closed.
        await succeeded(indexedDB.deleteDatabase(name));
        equal([await queue.clear(), notices.length, await queue.close()], [[], 1, []], "forgotten now");
      } finally {
        restore();
      }
    },
  },
  {
    claim: "where a page may store nothing, events are kept in memory, with one notice",
    async run(name) {
      for (const stub of [undefined, null, { open: refusing("SecurityError") }]) {
        const restore = replaceIndexedDb(stub);
        try {
          const { queue, notices } = await openQueue(name);
          const events = makeEvents(2);
          await queue.append(events);
          await queue.append(events);
          sameEvents(await queue.peek(10, 10_000), events);
          equal([notices, queue.persistent], [[{ kind: "memory-only", reason: "unavailable" }], false]);
          equal(await queue.clear(), idsOf(events), "nothing was stored, so all is forgotten");
        } finally {
          restore();
        }
      }
    },
  },
];

/** Puts something in the place of the browser's storage. */
function replaceIndexedDb(value: unknown): () => void {
  Object.defineProperty(globalThis, "indexedDB", { value, configurable: true });
  return () => {
    Reflect.deleteProperty(globalThis, "indexedDB");
    original === undefined || Object.defineProperty(globalThis, "indexedDB", original);
  };
}

/** Lets no timer of a second or more take longer than a moment. */
function hurryTimers(): () => void {
  const { setTimeout } = globalThis;
  globalThis.setTimeout = ((call: () => void, ms = 0) =>
    setTimeout(call, ms < 1_000 ? ms : 50)) as typeof setTimeout;
  return () => {
    globalThis.setTimeout = setTimeout;
  };
}

const original = Object.getOwnPropertyDescriptor(globalThis, "indexedDB");

function refusing(name: string): () => never {
  return () => {
    throw new DOMException("refused", name);
  };
}

async function databaseNames(): Promise<(string | undefined)[]> {
  return (await indexedDB.databases()).map(({ name }) => name);
}

function succeeded(request: IDBOpenDBRequest): Promise<unknown> {
  return new Promise((resolve) => request.addEventListener("success", resolve));
}

/** How a request ends. */
function settled(request: IDBOpenDBRequest): Promise<string> {
  return new Promise((resolve) => {
    for (const type of ["success", "error", "blocked"]) request.addEventListener(type, () => resolve(type));
  });
}
