import type { Entry } from "../shared/entries.js";
import type { Database } from "./database.js";
import { groupCounts } from "./group-counts.js";
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

/** A store over a database: one writer, which takes all that waits into one transaction, and any number of readers. */
export class EventStore implements Store {
  readonly #database: Database;
  readonly #waiting: Batch[] = [];
  #writing: Promise<void> | undefined;
  #reading = 0;
  #idle: (() => void) | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  append(events: readonly (Entry | string)[]): Promise<number> {
    const entries = events.map((event) => (typeof event === "string" ? { event } : event));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entries, resolve, reject });
      this.#writing ??= this.#writeWaiting();
    });
  }

  counts(): Promise<Map<string, number>> {
    return this.#read(() => this.#database.counts());
  }

  async countsBy(field: string): Promise<GroupCount[]> {
    return groupCounts(await this.#read(() => this.#database.countsBy(field)));
  }

  async check(): Promise<void> {
    await this.#read(() => this.#database.check());
  }

  async close(): Promise<void> {
    await this.#writing;
    if (this.#reading > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    this.#database.close();
  }

  /** The one writer: one transaction at a time, and what came meanwhile goes in the next. */
  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) await this.#write(this.#takeWaiting());
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
      const stored = await this.#database.insert(entries, batches.length > 1);
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

  async #read<T>(read: () => Promise<T>): Promise<T> {
    this.#reading += 1;
    try {
      return await read();
    } finally {
      this.#reading -= 1;
      if (this.#reading === 0) this.#idle?.();
    }
  }
}

/** Whether the entry has no id, or one that is not in the set; which it then is. */
function isFirst({ id }: Entry, ids: Set<string>): boolean {
  if (id === undefined) return true;
  const { size } = ids;
  return ids.add(id).size > size;
}
