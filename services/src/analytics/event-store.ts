import type { Entry } from "../shared/entries.js";
import type { Database } from "./database.js";
import { groupCounts } from "./group-counts.js";
import { StorageError } from "./storage-error.js";
import type { GroupCount, Store } from "./store.js";

/**
 * The most events in one transaction. Each transaction costs one flush to the disk, so what waits is
 * written together; the bound keeps one from growing without end.
 */
const MAX_TRANSACTION_EVENTS = 20_000;

interface Batch {
  readonly entries: readonly Entry[];
  readonly resolve: (stored: number) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * A store over a database: one writer, which takes all that waits into one transaction, and any number of readers.
 *
 * A database that has met certain faults of its disk answers no more, not even when the fault is over. It is then
 * closed, and opened again for the next request; what was committed stands in its file.
 */
export class EventStore implements Store {
  readonly #reopen: (() => Promise<Database>) | undefined;
  readonly #waiting: Batch[] = [];
  #database: Database | undefined;
  #releasing: Promise<void> | undefined;
  #opening: Promise<Database> | undefined;
  #writing: Promise<void> | undefined;
  #closed = false;

  /** @param reopen opens the same database again; not given for one that is only in memory */
  constructor(database: Database, reopen?: () => Promise<Database>) {
    this.#database = database;
    this.#reopen = reopen;
  }

  append(events: readonly (Entry | string)[]): Promise<number> {
    const entries = events.map((event) => (typeof event === "string" ? { event } : event));
    return new Promise((resolve, reject) => {
      this.#refuseIfClosed();
      this.#waiting.push({ entries, resolve, reject });
      this.#writing ??= this.#writeWaiting();
    });
  }

  async counts(): Promise<Map<string, number>> {
    return this.#read((database) => database.counts());
  }

  async countsBy(field: string): Promise<GroupCount[]> {
    return groupCounts(await this.#read((database) => database.countsBy(field)));
  }

  async check(): Promise<void> {
    await this.#read((database) => database.check());
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
    await this.#opening?.catch(() => {});
    await this.#releasing;
    await this.#database?.close();
  }

  /** The one writer: one transaction at a time, and what came meanwhile goes in the next. */
  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#write(this.#takeWaiting());
      // Nobody waits for it: should it fail, all that was confirmed stands in the log, and the next use shows it.
      await this.#use((database) => database.checkpointIfDue()).catch(() => {});
    }
    this.#writing = undefined;
  }

  #takeWaiting(): Batch[] {
    let events = 0;
    const end = this.#waiting.findIndex(({ entries }, index) => {
      events += entries.length;
      return index > 0 && events > MAX_TRANSACTION_EVENTS;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  async #write(batches: readonly Batch[]): Promise<void> {
    const ids = new Set<string>();
    const fresh = batches.map(({ entries }) => entries.filter((entry) => isFirst(entry, ids)));
    const entries = fresh.flat();
    try {
      // Of several batches nobody could say whose events were there already, so that case begins anew, one by one.
      const stored = await this.#use((database) => database.insert(entries, batches.length > 1));
      if (stored === undefined) {
        for (const batch of batches) await this.#write([batch]);
        return;
      }
      const [only] = batches;
      if (batches.length === 1) only?.resolve(stored);
      else batches.forEach(({ resolve }, index) => void resolve(fresh[index]?.length ?? 0));
    } catch (error) {
      for (const { reject } of batches) reject(error);
    }
  }

  async #read<T>(read: (database: Database) => Promise<T>): Promise<T> {
    this.#refuseIfClosed();
    return this.#use(read);
  }

  #refuseIfClosed(): void {
    if (this.#closed) throw new Error("the store is closed");
  }

  async #use<T>(action: (database: Database) => Promise<T>): Promise<T> {
    const database = await this.#usable();
    try {
      return await action(database);
    } catch (error) {
      if (error instanceof StorageError && !(await database.answers())) this.#discard(database);
      throw error;
    }
  }

  async #usable(): Promise<Database> {
    if (this.#database !== undefined) return this.#database;
    // One attempt at a time, and one for each use rather than in intervals: whoever asks learns the state of now.
    this.#opening ??= this.#openAgain().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  #discard(broken: Database): void {
    if (this.#reopen === undefined || this.#database !== broken) return;
    this.#database = undefined;
    this.#releasing = broken.close();
  }

  async #openAgain(): Promise<Database> {
    // Never two on one file: the lock that keeps other processes out does not keep this one out.
    await this.#releasing;
    try {
      this.#database = await (this.#reopen as () => Promise<Database>)();
    } catch (cause) {
      throw new StorageError(cause);
    }
    return this.#database;
  }
}

/** Whether the entry has no id, or one that is not in the set; which it then is. */
function isFirst({ id }: Entry, ids: Set<string>): boolean {
  if (id === undefined) return true;
  const { size } = ids;
  return ids.add(id).size > size;
}
