import { stat } from "node:fs/promises";
import {
  type DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBPreparedStatement,
} from "@duckdb/node-api";
import type { Entry } from "../shared/entries.js";
import { type JsonGroup, MAX_GROUPS, TooManyGroupsError } from "./group-counts.js";
import { StorageError } from "./storage-error.js";

// The database opens one file and nothing else: no other file, no network, no extension fetched from it.
const SETTINGS = {
  // Not by itself: a commit that is followed by a checkpoint fails when the checkpoint does, though it is done.
  checkpoint_threshold: "1TB",
  enable_external_access: "false",
  autoinstall_known_extensions: "false",
  autoload_known_extensions: "false",
};

/** What is kept in memory of a file. By default it would be most of the machine's memory, as the file grows. */
const FILE_SETTINGS = { memory_limit: "256MB" };

/** The path of a database that is in no file. */
export const IN_MEMORY = ":memory:";

const TABLE = `
  CREATE TABLE IF NOT EXISTS stored_events (
    event_id UUID,
    received_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    event VARCHAR NOT NULL,
    properties VARCHAR
  )`;

// What the version without ids stored. It is copied: a column added to a table whose id comes from a sequence cannot
// be replayed from the log after a crash (DuckDB 1.5.6), and the file would not open again.
const FORMER_TABLE = "SELECT table_name FROM duckdb_tables() WHERE table_name = 'events'";
const MIGRATION = [
  "INSERT INTO stored_events (received_at, event) SELECT received_at, event FROM events",
  "DROP TABLE events",
  "DROP SEQUENCE event_ids",
];

// One statement is one transaction: all rows or none. The rows come as one JSON text, which is far less to hand over
// than lists of values.
const INSERT = `
  INSERT INTO stored_events (event, event_id, properties)
  SELECT row.event, row.id, row.properties
  FROM (
    SELECT unnest(from_json($1, '[{"event": "VARCHAR", "id": "UUID", "properties": "VARCHAR"}]')) AS row
  )`;

// There is no index on the ids, which would have to fit in memory. Ids begin with their time and so lie in the file
// almost in order: of all row groups, those between the smallest and the largest id are read.
const INSERT_NEW = `${INSERT}
  ANTI JOIN (SELECT event_id FROM stored_events WHERE event_id BETWEEN $2::UUID AND $3::UUID)
  ON row.id = event_id`;
const NEWEST = "SELECT max(event_id)::VARCHAR FROM stored_events";

// Texts are read as bytes: where the driver makes a string of one, it drops a leading U+FEFF, and two names would
// merge.
const COUNT =
  "SELECT encode(event), count(*) AS count FROM stored_events GROUP BY event ORDER BY count DESC, event";
const COUNT_BY = `
  SELECT encode(event), encode(json_extract(properties, $1)::VARCHAR) AS value, count(*)
  FROM stored_events WHERE value IS NOT NULL GROUP BY ALL LIMIT ${MAX_GROUPS + 1}`;

/** How long the log may become before it is written into the file. A longer one takes longer to open. */
const LOG_BYTES = 16 * 1_048_576;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The one connection that writes. */
interface Writer {
  readonly connection: DuckDBConnection;
  readonly insert: DuckDBPreparedStatement;
  readonly insertNew: DuckDBPreparedStatement;
  /** No id that is stored is larger. */
  newest: string;
}

/**
 * The database of events and what is asked of it. There is one writer: `insert` and `checkpointIfDue` are not called
 * while one of them is under way. What the storage fails to do is a {@link StorageError}.
 */
export class Database {
  readonly #path: string;
  readonly #instance: DuckDBInstance;
  readonly #writer: Writer;
  #checkpointAt = LOG_BYTES;
  #busy = 0;
  #idle: (() => void) | undefined;

  static async open(path: string): Promise<Database> {
    const instance = await DuckDBInstance.create(
      path,
      path === IN_MEMORY ? SETTINGS : { ...SETTINGS, ...FILE_SETTINGS },
    );
    let writer: DuckDBConnection | undefined;
    try {
      writer = await instance.connect();
      await prepareTable(writer);
      const newest = (await writer.runAndReadAll(NEWEST)).getRows()[0]?.[0];
      return new Database(path, instance, {
        connection: writer,
        insert: await writer.prepare(INSERT),
        insertNew: await writer.prepare(INSERT_NEW),
        newest: typeof newest === "string" ? newest : "",
      });
    } catch (error) {
      writer?.closeSync();
      instance.closeSync();
      throw error;
    }
  }

  private constructor(path: string, instance: DuckDBInstance, writer: Writer) {
    this.#path = path;
    this.#instance = instance;
    this.#writer = writer;
  }

  /**
   * Stores the entries whose ids are not there yet, and gives back how many these are; `allOrNone`, it stores none and
   * gives back nothing if that would not be all of them. No two entries have one id.
   */
  async insert(entries: readonly Entry[], allOrNone: boolean): Promise<number | undefined> {
    const { connection, newest } = this.#writer;
    const [first, last] = rangeOf(entries);
    // Before they are stored: whatever comes of it, no larger one is there.
    if (last > newest) this.#writer.newest = last;
    return this.#attempt(async () => {
      // Without ids, or with ids that are larger than all that are stored, nothing has to be looked up.
      if (first === "" || first > newest) return this.#insertAll(entries);
      if (!allOrNone) return this.#insertNew(entries, first, last);
      let stored = 0;
      const committed = await inTransaction(connection, async () => {
        stored = await this.#insertNew(entries, first, last);
        return stored === entries.length;
      });
      return committed ? stored : undefined;
    });
  }

  /** Writes the log into the file when it has become long. */
  async checkpointIfDue(): Promise<void> {
    const length = await this.#logBytes();
    if (length < this.#checkpointAt) return;
    // Should it fail, for want of space say, the next is tried when the log is longer by as much again.
    this.#checkpointAt = length + LOG_BYTES;
    await this.#attempt(() => this.#writer.connection.run("CHECKPOINT"));
    this.#checkpointAt = LOG_BYTES;
  }

  async counts(): Promise<Map<string, number>> {
    const rows = await this.#read(COUNT);
    return new Map(rows.map(([event, count]) => [textOf(event), safeCount(count)]));
  }

  async countsBy(field: string): Promise<JsonGroup[]> {
    const rows = await this.#read(COUNT_BY, `/${field}`);
    if (rows.length > MAX_GROUPS) throw new TooManyGroupsError();
    return rows.map(([event, json, count]) => ({
      event: textOf(event),
      json: textOf(json),
      count: safeCount(count),
    }));
  }

  /** Rejects when the database does not answer. */
  async check(): Promise<void> {
    await this.#read("SELECT 1");
  }

  /** Whether the database answers at all. */
  async answers(): Promise<boolean> {
    return this.check().then(
      () => true,
      () => false,
    );
  }

  /** Ends after what was begun, and lets go of the file. */
  async close(): Promise<void> {
    if (this.#busy > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    this.#writer.insert.destroySync();
    this.#writer.insertNew.destroySync();
    this.#writer.connection.closeSync();
    // Closing the last handle writes the log into the file.
    this.#instance.closeSync();
  }

  /** Reads on a connection of its own: a read waits for no write and sees only what is committed. */
  #read(sql: string, parameter?: string): Promise<readonly (readonly unknown[])[]> {
    return this.#attempt(async () => {
      const connection = await this.#instance.connect();
      try {
        return (await connection.runAndReadAll(sql, parameter === undefined ? [] : [parameter])).getRows();
      } finally {
        // One that stays open would keep the file open, beside the database that is opened in its place.
        connection.closeSync();
      }
    });
  }

  async #attempt<T>(action: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await action();
    } catch (error) {
      // All that is sent to the database is checked before, and its statements are always the same.
      throw new StorageError(error);
    } finally {
      this.#busy -= 1;
      if (this.#busy === 0) this.#idle?.();
    }
  }

  async #insertAll(entries: readonly Entry[]): Promise<number> {
    const { insert } = this.#writer;
    insert.bindVarchar(1, rowsOf(entries));
    const { rowsChanged } = await insert.run();
    if (rowsChanged !== entries.length) throw new Error("the database did not store every row");
    return rowsChanged;
  }

  async #insertNew(entries: readonly Entry[], first: string, last: string): Promise<number> {
    const { insertNew } = this.#writer;
    insertNew.bindVarchar(1, rowsOf(entries));
    insertNew.bindVarchar(2, first);
    insertNew.bindVarchar(3, last);
    return (await insertNew.run()).rowsChanged;
  }

  async #logBytes(): Promise<number> {
    try {
      return (await stat(`${this.#path}.wal`)).size;
    } catch {
      return 0;
    }
  }
}

async function prepareTable(connection: DuckDBConnection): Promise<void> {
  await inTransaction(connection, async () => {
    await connection.run(TABLE);
    const former = await connection.runAndReadAll(FORMER_TABLE);
    if (former.currentRowCount > 0) for (const statement of MIGRATION) await connection.run(statement);
    return true;
  });
}

/** Commits what the action did if it says so and rolls it back if not; gives back which. */
async function inTransaction(connection: DuckDBConnection, action: () => Promise<boolean>): Promise<boolean> {
  await connection.run("BEGIN");
  let commit = false;
  try {
    commit = await action();
  } finally {
    await connection.run(commit ? "COMMIT" : "ROLLBACK");
  }
  return commit;
}

/** The smallest and the largest id; two empty texts if there is none. */
function rangeOf(entries: readonly Entry[]): [string, string] {
  let first = "";
  let last = "";
  for (const { id } of entries) {
    if (id === undefined) continue;
    if (first === "" || id < first) first = id;
    if (id > last) last = id;
  }
  return [first, last];
}

/** As the statements take them. Properties stay JSON. */
function rowsOf(entries: readonly Entry[]): string {
  return JSON.stringify(
    entries.map(({ event, id, properties }) =>
      properties === undefined ? { event, id } : { event, id, properties: JSON.stringify(properties) },
    ),
  );
}

function textOf(blob: unknown): string {
  return utf8.decode((blob as DuckDBBlobValue).bytes);
}

/** DuckDB counts in 64 bits; a rounded count would be a wrong one. */
function safeCount(count: unknown): number {
  const number = Number(count);
  if (!Number.isSafeInteger(number)) throw new RangeError("a count exceeds the safe integers");
  return number;
}
