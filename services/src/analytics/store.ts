import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import {
  type DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBPreparedStatement,
  LIST,
  VARCHAR,
} from "@duckdb/node-api";

/** Where a store keeps its events: in one DuckDB file, or in memory until it is closed. */
export type StoreLocation = { readonly file: string } | { readonly memory: true };

/** The reason a store did not open: in the file system or in the file itself. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}

/** The events the vendor has received. */
export interface Store {
  /**
   * Stores the events, all or none.
   *
   * When the promise is fulfilled they are in the file: a process killed right after loses none of them.
   */
  append(events: readonly string[]): Promise<void>;
  /** How often each event was stored, the most frequent first. */
  counts(): Promise<Map<string, number>>;
  /** Rejects when the database answers no more. */
  check(): Promise<void>;
  /** Ends after everything that was begun. The store is of no use afterwards. */
  close(): Promise<void>;
}

/** Opens a store, and makes its file and folders where there are none. */
export async function openStore(location: StoreLocation): Promise<Store> {
  if ("memory" in location) return DuckStore.open(":memory:");
  try {
    await mkdir(dirname(location.file), { recursive: true });
    return await DuckStore.open(location.file);
  } catch (error) {
    throw new StoreError(reasonOf(error), { cause: error });
  }
}

/**
 * The most events in one transaction. Each transaction costs one flush to the disk, so what waits is
 * written together; the bound keeps one from growing without end.
 */
const MAX_TRANSACTION_EVENTS = 20_000;

const TABLE = `
  CREATE SEQUENCE IF NOT EXISTS event_ids;
  CREATE TABLE IF NOT EXISTS events (
    id BIGINT NOT NULL DEFAULT nextval('event_ids'),
    received_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    event VARCHAR NOT NULL
  );`;

// One statement is one transaction: all rows or none.
const INSERT = "INSERT INTO events (event) SELECT unnest($1::VARCHAR[])";

// The event is read as bytes: where the driver makes a string of it, it drops a leading U+FEFF, and two
// names would merge.
const COUNT = "SELECT encode(event), count(*) AS count FROM events GROUP BY event ORDER BY count DESC, event";
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

// The database opens one file and nothing else: no other file, no network, no extension fetched from it.
const SETTINGS = {
  enable_external_access: "false",
  autoinstall_known_extensions: "false",
  autoload_known_extensions: "false",
};

interface Batch {
  readonly events: readonly string[];
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

class DuckStore implements Store {
  readonly #instance: DuckDBInstance;
  readonly #writer: DuckDBConnection;
  readonly #insert: DuckDBPreparedStatement;
  readonly #waiting: Batch[] = [];
  #writing: Promise<void> | undefined;
  #reading = 0;
  #idle: (() => void) | undefined;

  static async open(path: string): Promise<DuckStore> {
    const instance = await DuckDBInstance.create(path, SETTINGS);
    try {
      const writer = await instance.connect();
      await writer.run(TABLE);
      return new DuckStore(instance, writer, await writer.prepare(INSERT));
    } catch (error) {
      instance.closeSync();
      throw error;
    }
  }

  private constructor(instance: DuckDBInstance, writer: DuckDBConnection, insert: DuckDBPreparedStatement) {
    this.#instance = instance;
    this.#writer = writer;
    this.#insert = insert;
  }

  append(events: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ events, resolve, reject });
      this.#writing ??= this.#writeWaiting();
    });
  }

  async counts(): Promise<Map<string, number>> {
    const rows = await this.#read(COUNT);
    return new Map(
      rows.map(([event, count]) => [utf8.decode((event as DuckDBBlobValue).bytes), safeCount(count)]),
    );
  }

  async check(): Promise<void> {
    await this.#read("SELECT 1");
  }

  async close(): Promise<void> {
    await this.#writing;
    if (this.#reading > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    this.#insert.destroySync();
    this.#writer.closeSync();
    // Closing the last handle writes the log into the file.
    this.#instance.closeSync();
  }

  /**
   * The one writer: the connection carries one statement at a time, and what came meanwhile goes in the
   * next.
   */
  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batches = this.#takeWaiting();
      try {
        await this.#write(batches.flatMap(({ events }) => events));
        for (const { resolve } of batches) resolve();
      } catch (error) {
        for (const { reject } of batches) reject(error);
      }
    }
    this.#writing = undefined;
  }

  #takeWaiting(): Batch[] {
    let events = 0;
    const end = this.#waiting.findIndex((batch, index) => {
      events += batch.events.length;
      return index > 0 && events > MAX_TRANSACTION_EVENTS;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  async #write(events: readonly string[]): Promise<void> {
    this.#insert.bindList(1, events, LIST(VARCHAR));
    const { rowsChanged } = await this.#insert.run();
    if (rowsChanged !== events.length) throw new Error("the database did not store every row");
  }

  /** Reads on a connection of its own: a read waits for no write and sees only what is committed. */
  async #read(sql: string): Promise<readonly (readonly unknown[])[]> {
    this.#reading += 1;
    try {
      const connection = await this.#instance.connect();
      try {
        return (await connection.runAndReadAll(sql)).getRows();
      } finally {
        connection.closeSync();
      }
    } finally {
      this.#reading -= 1;
      if (this.#reading === 0) this.#idle?.();
    }
  }
}

/** DuckDB counts in 64 bits; a rounded count would be a wrong one. */
function safeCount(count: unknown): number {
  const number = Number(count);
  if (!Number.isSafeInteger(number)) throw new RangeError("a count exceeds the safe integers");
  return number;
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== undefined) return `its folder cannot be made or used (${code})`;
  if (/set lock/i.test(message)) return "another process has it open";
  if (/not a valid DuckDB database/i.test(message)) return "it is not a DuckDB database";
  return "it cannot be opened as a database of events";
}
