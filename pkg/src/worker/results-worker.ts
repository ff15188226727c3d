/// <reference lib="esnext.disposable" preserve="true" />

import { type Cipher, handOver } from "../cipher.js";
import { BlindtallyError } from "../errors.js";
import { compiledModule } from "../instance.js";
import {
  areLater,
  type Chunk,
  type OpenedRows,
  type ResultMap,
  type ResultRow,
  type Results,
  type ResultsOptions,
  rowsOf,
  Tally,
} from "../results.js";
import { packTokens } from "../text.js";
import { type Connect, Connection } from "./connection.js";

/** Rows in one message: few enough that packing them and adding up the answer leaves a page time for a frame. */
const CHUNK = 1024;
/** Messages on their way, so that the thread has work while the page adds up. */
const AHEAD = 2;

/** Starts a worker; for the entries only. */
export let start: (connect: Connect) => Promise<ResultsWorker>;

/**
 * Decrypts result maps in a thread of its own, so that a page keeps its frames and a server its other requests
 * while it reads millions of rows.
 *
 * A thread gets derived keys of one context for one call, never a root key, and gives them up at the end of it.
 */
export class ResultsWorker {
  readonly #connection: Connection;
  #jobs = 0;

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Does what {@link Cipher.decryptResults} does, with the same results and the same errors. Several calls may
   * run at once.
   *
   * A call keeps the keys that its cipher had when it began, whatever changes in the keyset. Once its cipher is
   * disposed, it rejects.
   *
   * @throws BlindtallyError `bad-count` for a count that is not a whole number from 0 to 2^53 - 1, and
   * `count-overflow` for a sum above it, each with the `index` of the row; `disposed` after `terminate()` or
   * when the cipher is disposed.
   */
  decryptResults(
    cipher: Cipher,
    results: ResultMap | Iterable<ResultRow> | AsyncIterable<ResultRow>,
    options?: ResultsOptions,
  ): Promise<Results> {
    return this.#connection.during(() => this.#read(cipher, results, options));
  }

  /** Ends the thread. Calls that wait, and later ones, reject with `disposed`. */
  terminate(): void {
    this.#connection.end(new BlindtallyError("disposed", "this worker was terminated; start a new one"));
  }

  /** The same, for `using`. */
  [Symbol.dispose](): void {
    this.terminate();
  }

  async #read(
    cipher: Cipher,
    results: ResultMap | Iterable<ResultRow> | AsyncIterable<ResultRow>,
    options: ResultsOptions | undefined,
  ): Promise<Results> {
    const rows = rowsOf(results);
    const { keys, check } = handOver(cipher);
    const job = ++this.#jobs;
    const tally = new Tally(CHUNK, rows.total, options);
    const waiting: { chunk: Chunk; opened: Promise<OpenedRows | undefined> }[] = [];
    const receive = async () => {
      const [next] = waiting.splice(0, 1);
      if (!next) return;
      const opened = await next.opened;
      check();
      tally.add(next.chunk, opened as OpenedRows);
    };
    const send = async (chunk: Chunk | undefined) => {
      if (!chunk) return;
      check();
      const packed = packTokens(chunk.tokens);
      const request = { kind: "open", job, packed, count: chunk.tokens.length } as const;
      const opened = this.#connection.ask(request, buffersOf(packed));
      // Handled when its turn comes, unless an earlier chunk ends the reading.
      opened.catch(() => {});
      waiting.push({ chunk, opened });
      if (waiting.length > AHEAD) await receive();
    };
    await this.#connection.ask({ kind: "begin", job, keys }, buffersOf(keys));
    try {
      if (areLater(rows)) {
        for await (const row of rows.source) {
          const chunk = tally.take(row);
          if (chunk) await send(chunk);
        }
      } else {
        // Not `for await`, which would wait for each of a million rows.
        for (const row of rows.source) {
          const chunk = tally.take(row);
          if (chunk) await send(chunk);
        }
      }
      await send(tally.rest());
      while (waiting.length > 0) await receive();
    } finally {
      this.#connection.tell({ kind: "end", job });
    }
    return tally.results;
  }

  static {
    start = async (connect) => {
      const module = compiledModule();
      const connection = new Connection(connect);
      try {
        await connection.ask({ kind: "load", module }, []);
      } catch (error) {
        connection.end(error as BlindtallyError);
        throw error;
      }
      return new ResultsWorker(connection);
    };
  }
}

const buffersOf = (...views: ArrayBufferView[]): ArrayBuffer[] =>
  views.map(({ buffer }) => buffer as ArrayBuffer);
