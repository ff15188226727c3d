import { at, BlindtallyError } from "./errors.js";
import { notAToken } from "./text.js";

/** What a vendor returns: a count for each token. */
export type ResultMap = ReadonlyMap<string, number> | Readonly<Record<string, number>>;

/** A row of a result map: a token and its count. */
export type ResultRow = readonly [token: string, count: number];

/** Why a row of a result map could not be read. */
export type UnreadableCode = "unknown-key" | "disabled-key" | "bad-token" | "not-a-token";

/** A row of a result map that could not be read. */
export interface UnreadableRow {
  /** The text of the row as the vendor returned it. For `not-a-token` it may be a name in clear. */
  readonly token: string;
  /** Its count. */
  readonly count: number;
  /** Why it could not be read. */
  readonly code: UnreadableCode;
}

/** A result map, read. Every row is in one of the two. */
export interface Results {
  /** The count of each name, in the order in which names first appear. */
  readonly counts: Map<string, number>;
  /** The rows that could not be read, in their order. */
  readonly unreadable: UnreadableRow[];
}

/** How far reading has come. */
export interface ResultsProgress {
  /** Rows read. */
  readonly rows: number;
  /** Rows there are, where the source tells. */
  readonly total?: number;
}

/** How to read a result map. */
export interface ResultsOptions {
  /** Called after every few thousand rows, and once at the end. What it throws ends the reading. */
  readonly onProgress?: (progress: ResultsProgress) => void;
}

/** Tokens decrypted: the names as one text, the length of each, and a code for each whose length is 0. */
export type OpenedRows = readonly [names: string, lengths: Uint16Array, codes: readonly UnreadableCode[]];

/** Decrypts tokens; `first` is the position of the first of them. */
export type Open<O> = (tokens: readonly string[], first: number) => O;

/** Rows in one crossing into wasm, so that memory stays bounded for any map. */
const CHUNK = 4096;
/** A page that is read to gets a turn this often, in milliseconds. */
const TURN_MS = 8;

/** Rows that are there, and how many if that is known. */
export interface Rows {
  readonly source: Iterable<unknown>;
  readonly total?: number;
}

/** Rows that are still to come. */
export interface LaterRows {
  readonly source: AsyncIterable<unknown>;
  readonly total?: never;
}

/** The rows of whatever may be given as a result map. */
export function rowsOf(results: unknown): Rows | LaterRows {
  if (typeof results === "object" && results !== null) {
    if (results instanceof Map) return { source: results, total: results.size };
    if (Array.isArray(results)) return { source: results, total: results.length };
    if (Symbol.asyncIterator in results) return { source: results as AsyncIterable<unknown> };
    if (Symbol.iterator in results) return { source: results as Iterable<unknown> };
    // Own keys only: `__proto__` is a key like any other in what JSON.parse returns.
    const tokens = Object.keys(results);
    return { source: entries(tokens, results as Record<string, unknown>), total: tokens.length };
  }
  throw new BlindtallyError(
    "bad-argument",
    "a result map is a Map, an object with a count for each token, or an iterable of [token, count] pairs",
  );
}

/** Whether rows are still to come. */
export function areLater(rows: Rows | LaterRows): rows is LaterRows {
  return Symbol.asyncIterator in rows.source;
}

/** Reads rows that are there. */
export function readResults(
  rows: Rows,
  options: ResultsOptions | undefined,
  open: Open<OpenedRows>,
): Results {
  const tally = new Tally(rows.total, options);
  for (const row of rows.source) {
    if (tally.take(row)) tally.add(open(tally.tokens, tally.rows));
  }
  return tally.finish(open(tally.tokens, tally.rows));
}

/** Reads rows as they come, or with what decrypts elsewhere, and gives the page or the event loop its turns. */
export async function readResultsLater(
  rows: Rows | LaterRows,
  options: ResultsOptions | undefined,
  open: Open<OpenedRows | PromiseLike<OpenedRows>>,
): Promise<Results> {
  const tally = new Tally(rows.total, options);
  let turn = performance.now();
  const add = async () => {
    tally.add(await open(tally.tokens, tally.rows));
    if (performance.now() - turn < TURN_MS) return;
    await new Promise((resolve) => setTimeout(resolve));
    turn = performance.now();
  };
  if (areLater(rows)) {
    for await (const row of rows.source) if (tally.take(row)) await add();
  } else {
    // Not `for await`, which would wait for each of a million rows.
    for (const row of rows.source) if (tally.take(row)) await add();
  }
  return tally.finish(await open(tally.tokens, tally.rows));
}

/** Results so far, and the rows that wait to be decrypted together. */
class Tally {
  readonly #results: Results = { counts: new Map(), unreadable: [] };
  readonly #total: number | undefined;
  readonly #onProgress: ResultsOptions["onProgress"];
  #counts: unknown[] = [];
  /** The tokens that wait. */
  tokens: string[] = [];
  /** Rows before those that wait. */
  rows = 0;

  constructor(total: number | undefined, options: ResultsOptions | undefined) {
    this.#total = total;
    this.#onProgress = options?.onProgress;
  }

  /** Takes a row, and says whether it is time to decrypt. */
  take(row: unknown): boolean {
    const index = this.rows + this.tokens.length;
    if (!Array.isArray(row)) {
      const message = "a row of a result map is a pair of a token and a count";
      throw new BlindtallyError("bad-argument", at(message, index), { index });
    }
    const [token, count] = row as unknown[];
    if (typeof token !== "string") throw notAToken(index);
    this.#counts.push(count);
    return this.tokens.push(token) === CHUNK;
  }

  /** Adds up the rows that waited, in their order. */
  add([names, lengths, codes]: OpenedRows): void {
    const { counts, unreadable } = this.#results;
    let start = 0;
    let refused = 0;
    this.#counts.forEach((value, position) => {
      const count = checkedCount(value, this.rows + position);
      const length = lengths[position] as number;
      if (length === 0) {
        const token = this.tokens[position] as string;
        unreadable.push({ token, count, code: codes[refused] as UnreadableCode });
        refused += 1;
        return;
      }
      const name = names.slice(start, start + length);
      start += length;
      const before = counts.get(name);
      counts.set(name, before === undefined ? count : sum(before, count, this.rows + position));
    });
    this.rows += this.tokens.length;
    this.tokens = [];
    this.#counts = [];
    this.#onProgress?.({ rows: this.rows, ...(this.#total === undefined ? {} : { total: this.#total }) });
  }

  /** Adds the last rows. */
  finish(opened: OpenedRows): Results {
    if (this.tokens.length > 0 || this.rows === 0) this.add(opened);
    return this.#results;
  }
}

function* entries(tokens: readonly string[], results: Record<string, unknown>): Iterable<ResultRow> {
  for (const token of tokens) yield [token, results[token] as number];
}

/** A string must not become a number here, nor a half count a whole one. */
function checkedCount(count: unknown, index: number): number {
  // Adding 0 makes 0 of -0.
  if (Number.isSafeInteger(count) && (count as number) >= 0) return (count as number) + 0;
  const message = "a count is a whole number from 0 to 9007199254740991; ask the vendor for plain counts";
  throw new BlindtallyError("bad-count", at(message, index), { index });
}

function sum(before: number, count: number, index: number): number {
  // Two safe integers add up to less than 2^54, where every even number is exact: none of them seems to be safe.
  if (Number.isSafeInteger(before + count)) return before + count;
  const message = "the counts of one name add up to more than 9007199254740991";
  throw new BlindtallyError("count-overflow", at(message, index), { index });
}
