// One call of `decryptResults`: reads the source some messages ahead of the thread and adds up each answer as it comes.

import { type Cipher, type Handover, handOver } from "../cipher.js";
import {
  areLater,
  type Chunk,
  type LaterRows,
  type OpenedRows,
  type Results,
  type ResultsOptions,
  type Rows,
  Tally,
} from "../results.js";
import { packTokens } from "../text.js";
import type { Connection } from "./connection.js";

/** Rows in one message: few enough that packing them and adding up the answer leaves a page time for a frame. */
const CHUNK = 1024;
/** Messages on their way, so that the thread has work while the page adds up. */
const AHEAD = 2;

export class Job {
  readonly #connection: Connection;
  readonly #id: number;
  readonly #rows: Rows | LaterRows;
  readonly #tally: Tally;
  readonly #handover: Handover;
  /** Nothing more is read or added up. */
  #over = false;
  /** Rejects what `run` waits for. */
  #reject: (error: unknown) => void = () => {};
  /** Closes the source, once it is open and until it has ended by itself. */
  #close: (() => unknown) | undefined;
  #underWay = 0;
  /** Lets the reader go on that waits for an answer. */
  #wake = () => {};
  /** The adding up of all answers so far, in their order. */
  #added: Promise<unknown> = Promise.resolve();

  constructor(
    connection: Connection,
    id: number,
    cipher: Cipher,
    rows: Rows | LaterRows,
    options: ResultsOptions | undefined,
  ) {
    this.#connection = connection;
    this.#id = id;
    this.#rows = rows;
    this.#tally = new Tally(CHUNK, rows.total, options);
    // Last: nothing between this and sending the keys can throw.
    this.#handover = handOver(cipher);
  }

  /** Does it, once. Rejects as soon as something fails, even while the source gives no row. */
  async run(): Promise<Results> {
    const { onDispose } = this.#handover;
    const { onEnd } = this.#connection;
    const stopped = new Promise<never>((_, reject) => {
      this.#reject = reject;
    });
    const end = (error: unknown) => this.#stop(error);
    const dispose = () => {
      try {
        this.#handover.check();
      } catch (error) {
        this.#stop(error);
      }
    };
    onEnd.add(end);
    onDispose.add(dispose);
    try {
      return await Promise.race([stopped, this.#read()]);
    } finally {
      this.#over = true;
      onEnd.delete(end);
      onDispose.delete(dispose);
      this.#connection.tell({ kind: "end", job: this.#id });
      // Not waited for: an async generator closes only when what it waits for has come.
      void this.#closeSource();
    }
  }

  async #read(): Promise<Results> {
    const { context, record } = this.#handover;
    const begin = { kind: "begin", job: this.#id, context, record } as const;
    await this.#connection.ask(begin, [record.buffer as ArrayBuffer]);
    if (!this.#over) await this.#readRows();
    await this.#added;
    return this.#tally.results;
  }

  /** By hand: `for await` would wait for each row that is there, and for a quiet source when all is over. */
  async #readRows(): Promise<void> {
    const later = areLater(this.#rows);
    const iterator = later ? this.#rows.source[Symbol.asyncIterator]() : this.#rows.source[Symbol.iterator]();
    this.#close = () => iterator.return?.();
    while (!this.#over) {
      let step: IteratorResult<unknown>;
      try {
        const next = iterator.next();
        step = later ? await next : (next as IteratorResult<unknown>);
      } catch (error) {
        this.#close = undefined;
        // What is wrong with an earlier row comes first.
        await this.#added;
        throw error;
      }
      if (step.done) this.#close = undefined;
      if (this.#over) return;
      const chunk = step.done ? this.#tally.rest() : this.#tally.take(step.value);
      if (chunk) this.#send(chunk);
      // No row behind a wrong one is read; adding up throws.
      if (step.done || chunk?.refusal) return;
      if (this.#underWay > AHEAD) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  #send(chunk: Chunk): void {
    const packed = packTokens(chunk.tokens);
    const request = { kind: "open", job: this.#id, packed, count: chunk.tokens.length } as const;
    const opened = this.#connection.ask(request, [packed.buffer]);
    // Looked at in its turn, which does not come if an earlier chunk ends the reading.
    opened.catch(() => {});
    this.#underWay += 1;
    this.#added = this.#added
      .then(() => opened)
      .then((rows) => {
        if (this.#over) return;
        this.#handover.check();
        this.#tally.add(chunk, rows as OpenedRows);
        this.#underWay -= 1;
        this.#wake();
      });
    this.#added.catch((error) => this.#stop(error));
  }

  #stop(error: unknown): void {
    this.#over = true;
    this.#reject(error);
    this.#wake();
  }

  async #closeSource(): Promise<void> {
    try {
      await this.#close?.();
    } catch {
      // The call has failed of something else.
    }
  }
}
