import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Entry } from "../shared/entries.js";
import { Database, IN_MEMORY } from "./database.js";
import { EventStore } from "./event-store.js";
import { systemCodeOf } from "./storage-error.js";

/** Where a store keeps its events: in one DuckDB file, or in memory until it is closed. */
export type StoreLocation = { readonly file: string } | { readonly memory: true };

/** The reason a store did not open: in the file system or in the file itself. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}

/** How often an event was stored with one value of a field. */
export interface GroupCount {
  readonly event: string;
  /** The text of the value (SPEC.md, section 18). */
  readonly value: string;
  readonly count: number;
}

/** The events the vendor has received. */
export interface Store {
  /**
   * Stores the events, all or none, but for those whose id it has already; a text is an event without an id. Gives back
   * how many it stored.
   *
   * When the promise is fulfilled they are in the file: a process killed right after loses none of them. While the
   * storage cannot be written to, it is rejected with a {@link StorageError}, as are the reads below while it cannot be
   * read; the store works again when the storage does.
   */
  append(entries: readonly (Entry | string)[]): Promise<number>;
  /** How often each event was stored, the most frequent first. */
  counts(): Promise<Map<string, number>>;
  /**
   * How often each event was stored with each value of the field, the most frequent first. Rejected with a
   * `TooManyGroupsError` where these are too many for an answer.
   */
  countsBy(field: string): Promise<GroupCount[]>;
  /** Rejects when the database answers no more. */
  check(): Promise<void>;
  /** Ends after everything that was begun. The store is of no use afterwards. */
  close(): Promise<void>;
}

/** Opens a store, and makes its file and folders where there are none. */
export async function openStore(location: StoreLocation): Promise<Store> {
  if ("memory" in location) return new EventStore(await Database.open(IN_MEMORY));
  const { file } = location;
  try {
    await mkdir(dirname(file), { recursive: true });
    return new EventStore(await Database.open(file), () => Database.open(file));
  } catch (error) {
    throw new StoreError(reasonOf(error), { cause: error });
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== undefined) return `its folder cannot be made or used (${code})`;
  if (/set lock/i.test(message)) return "another process has it open";
  if (/not a valid DuckDB database/i.test(message)) return "it is not a DuckDB database";
  const system = systemCodeOf(error);
  if (system !== undefined) return `its disk cannot be used (${system})`;
  return "it cannot be opened as a database of events";
}
