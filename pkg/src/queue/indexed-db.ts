// Events in IndexedDB, shared by the tabs of a site: whichever holds the lock sends those of all. What cannot be stored
// waits in memory, and is stored when there is room again.

import { BlindtallyError } from "../errors.js";
import { type Database, openDB, type Store, type Transaction } from "../vendor/idb.js";
import type { Notice, Queue, QueueContext, QueuedEvent, QueueSource } from "./queue.js";
import { createTurns, takeFirst } from "./taking.js";

/**
 * Keeps events in the browser's storage, encrypted as they are: another tab of the site, or a later visit, delivers what
 * this one cannot. Where the browser stores nothing they are kept in memory, with a notice.
 */
export function indexedDbQueue(options: { readonly name?: string | undefined } = {}): QueueSource {
  return {
    open: async (context) => openQueue(options.name ?? `blindtally-queue ${context.endpoint}`, context),
  };
}

/** An event in the store. The number, which the store gives, says what came first. */
interface Row extends QueuedEvent {
  readonly n: number;
}

const STORE = "events";
/** Of large events, not too many are read at once. */
const CHUNK = 250;
const RECOUNT_MS = 1_000;
/** How long the database may take to open: some browsers never answer. */
const OPENING_MS = 5_000;
/** What opening says where pages can store nothing: workers of some browsers, frames without an origin, private windows. */
const NO_STORAGE = /^(Reference|Type|Security|InvalidState)Error$/;

function openQueue(name: string, { onNotice, onTaken }: QueueContext): Queue {
  /** What this client appended, and did not see removed; with its number if it is stored. */
  const own = new Map<string, QueuedEvent>();
  const numbers = new Map<string, number>();
  /** The numbers of what was looked at last. */
  let seen = new Map<string, number>();
  let database: Database | undefined;
  /** The browser stores nothing, from now on; or not until something was removed. */
  let isLost = false;
  let isFull = false;
  /** Why the storage, of which there is one, did not do what it was asked. */
  let failure: unknown;
  let noticed = false;
  let saving: Promise<void> | undefined;
  let counted = 0;
  let countedAt = -Infinity;
  /** One use of the database after the other. */
  const inTurn = createTurns();
  const runAlone = createTurns();

  function notice(reason: Notice["reason"]): void {
    if (!noticed) onNotice({ kind: "memory-only", reason });
    noticed = true;
  }

  function lose(reason: Notice["reason"]): void {
    if (isLost) return;
    isLost = true;
    close();
    // What is stored may be found by a later visit, or be deleted. The ids make it harmless to deliver it now as well.
    numbers.clear();
    seen.clear();
    counted = 0;
    notice(reason);
  }

  function close(): void {
    database?.close();
    database = undefined;
  }

  async function connect(create: boolean): Promise<Database | undefined> {
    if (database || isLost) return database;
    let isAbsent = false;
    let stop = () => {};
    const patience = new Promise<undefined>((resolve) => {
      const timer = setTimeout(resolve, OPENING_MS);
      stop = () => clearTimeout(timer);
    });
    try {
      const opening = openDB(name, 1, {
        upgrade(made, _old, _new, transaction) {
          // What fails here is said below.
          transaction.done.catch(() => {});
          isAbsent = !create;
          if (create) made.createObjectStore(STORE, { keyPath: "n", autoIncrement: true });
          else transaction.abort();
        },
        blocking: () => lose("closed"),
        terminated: () => lose("closed"),
      });
      const opened = await Promise.race([opening, patience]);
      if (!opened) {
        opening.then(
          (late) => late.close(),
          () => {},
        );
        throw new Error("no answer");
      }
      if (isLost) opened.close();
      else database = opened;
    } catch (error) {
      if (isAbsent) return;
      if (!NO_STORAGE.test((error as Error).name)) failure = error;
      lose("unavailable");
    } finally {
      stop();
    }
    return database;
  }

  /** Uses the store if there is one; whatever the browser refuses but room loses it. */
  async function use<T>(
    mode: "readonly" | "readwrite",
    create: boolean,
    work: (store: Store, transaction: Transaction) => Promise<T>,
  ): Promise<T | undefined> {
    const connected = await connect(create);
    if (!connected) return;
    try {
      const transaction = connected.transaction(STORE, mode, { durability: "relaxed" });
      const [result] = await Promise.all([work(transaction.store, transaction), transaction.done]);
      return isLost ? undefined : result;
    } catch (error) {
      failure = error;
      const { name } = error as Error;
      if (create && name === "QuotaExceededError") {
        isFull = true;
        notice("quota");
      } else lose(name === "InvalidStateError" ? "closed" : "unavailable");
      return;
    }
  }

  const unsaved = (): QueuedEvent[] => [...own.values()].filter(({ id }) => !numbers.has(id));

  async function save(): Promise<void> {
    saving = undefined;
    const events = isFull ? [] : unsaved();
    if (!events.length) return;
    const given = await use("readwrite", true, (store, transaction) => {
      const given = Promise.all(events.map(({ id, json }) => store.add({ id, json })));
      // Not waiting for the answers: a page that ends now has stored them.
      transaction.commit?.();
      return given;
    });
    given?.forEach((number, position) => {
      numbers.set((events[position] as QueuedEvent).id, number);
    });
    counted += given?.length ?? 0;
  }

  /** The oldest rows. What this client appended and should be among them, but is not, another tab has removed. */
  async function read(maxEvents: number, maxBytes: number): Promise<readonly Row[]> {
    const rows: Row[] = [];
    let isAll = false;
    const found = await use("readonly", false, async (store) => {
      let bytes = 0;
      while (!isAll && rows.length < maxEvents && bytes < maxBytes) {
        const last = rows.at(-1);
        const size = Math.min(CHUNK, maxEvents - rows.length);
        const chunk = (await store.getAll(last && IDBKeyRange.lowerBound(last.n, true), size)) as Row[];
        isAll = chunk.length < size;
        for (const row of chunk) bytes += row.json.length + 1;
        rows.push(...chunk);
      }
      return rows;
    });
    if (!found) return [];
    seen = new Map(rows.map(({ id, n }) => [id, n]));
    const end = isAll ? Infinity : (rows.at(-1)?.n ?? 0);
    const taken = [...numbers].flatMap(([id, number]) => (number <= end && !seen.has(id) ? id : []));
    taken.forEach(forget);
    if (taken.length) onTaken?.(taken);
    return rows;
  }

  function forget(id: string): void {
    own.delete(id);
    numbers.delete(id);
  }

  return {
    get persistent() {
      return !isLost && !isFull;
    },
    append(events) {
      for (const event of events) own.set(event.id, event);
      saving ??= inTurn(save);
      return saving;
    },
    peek: (maxEvents, maxBytes) =>
      inTurn(async () => {
        const rows = await read(maxEvents, maxBytes);
        return takeFirst([...rows, ...unsaved()], maxEvents, maxBytes, true);
      }),
    peekNow: (maxBytes) => takeFirst(own.values(), Infinity, maxBytes, false),
    remove: (events) =>
      inTurn(async () => {
        const gone = events.flatMap(({ id }) => numbers.get(id) ?? seen.get(id) ?? []).sort((a, b) => a - b);
        for (const { id } of events) forget(id);
        if (gone.length) {
          await use("readwrite", false, (store, transaction) => {
            const deleted = Promise.all(rangesOf(gone).map((range) => store.delete(range)));
            transaction.commit?.();
            return deleted;
          });
          counted -= gone.length;
        }
        isFull = false;
        await save();
      }),
    clear: () =>
      inTurn(async () => {
        const ids = new Set(own.keys());
        own.clear();
        numbers.clear();
        // Whatever was wrong before: this one counts.
        isLost = false;
        failure = undefined;
        const isCleared = await use("readwrite", false, async (store) => {
          for (const { id } of (await store.getAll()) as Row[]) ids.add(id);
          await store.clear();
          return true;
        });
        if (!isCleared && failure) {
          const message = "what waits in the browser's storage could not be forgotten; try again";
          throw new BlindtallyError("storage-unavailable", message, { cause: failure });
        }
        counted = 0;
        isFull = false;
        return [...ids];
      }),
    async count() {
      if (database && performance.now() - countedAt > RECOUNT_MS) {
        await inTurn(async () => {
          counted = (await use("readonly", false, (store) => store.count())) ?? 0;
          countedAt = performance.now();
        });
      }
      return Math.max(counted, 0) + own.size - numbers.size;
    },
    async exclusively(run) {
      let isRunning = false;
      try {
        const locks = globalThis.navigator?.locks;
        if (locks) {
          return await locks.request(`blindtally ${name}`, () => {
            isRunning = true;
            return run();
          });
        }
      } catch (error) {
        // There is none for a page without an origin of its own.
        if (isRunning) throw error;
      }
      return runAlone(run);
    },
    close: () =>
      inTurn(async () => {
        isFull = false;
        await save();
        const lost = unsaved().map(({ id }) => id);
        close();
        return lost;
      }),
  };
}

/** The fewest ranges that hold these numbers and no other one; they are sorted. */
function rangesOf(numbers: readonly number[]): IDBKeyRange[] {
  const starts = numbers.filter((number, position) => number - 1 !== numbers[position - 1]);
  const ends = numbers.filter((number, position) => number + 1 !== numbers[position + 1]);
  return starts.map((start, position) => IDBKeyRange.bound(start, ends[position]));
}
