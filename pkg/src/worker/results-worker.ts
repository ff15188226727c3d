/// <reference lib="esnext.disposable" preserve="true" />

import type { Cipher } from "../cipher.js";
import { BlindtallyError } from "../errors.js";
import { compiledModule } from "../instance.js";
import { type ResultMap, type ResultRow, type Results, type ResultsOptions, rowsOf } from "../results.js";
import { type Connect, Connection } from "./connection.js";
import { Job } from "./job.js";

/** Starts a worker; for the entries only. */
export let start: (connect: Connect) => Promise<ResultsWorker>;

/**
 * Decrypts result maps in a thread of its own, so that a page keeps its frames and a server its other requests
 * while it reads millions of rows.
 *
 * A thread gets the keys of one context for one call, never a root key, and wipes them at the end of it.
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
   * locked or disposed, it rejects. A call that rejects closes its source and does not wait until that is done.
   *
   * @throws BlindtallyError `bad-count` for a count that is not a whole number from 0 to 2^53 - 1, and
   * `count-overflow` for a sum above it, each with the `index` of the row; `locked` or `disposed` when
   * the cipher is, and `disposed` after `terminate()`.
   */
  async decryptResults(
    cipher: Cipher,
    results: ResultMap | Iterable<ResultRow> | AsyncIterable<ResultRow>,
    options?: ResultsOptions,
  ): Promise<Results> {
    this.#connection.check();
    return new Job(this.#connection, ++this.#jobs, cipher, rowsOf(results), options).run();
  }

  /** Ends the thread. Calls that wait, and later ones, reject with `disposed`. */
  terminate(): void {
    this.#connection.end(new BlindtallyError("disposed", "this worker was terminated; start a new one"));
  }

  /** The same, for `using`. */
  [Symbol.dispose](): void {
    this.terminate();
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
