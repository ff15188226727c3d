import { at, BlindtallyError, hexadecimal, refusal } from "./errors.js";
import { notAToken, ownCopy } from "./text.js";

/** What a vendor returns: a count for each token. */
export type ResultMap = ReadonlyMap<string, number> | Readonly<Record<string, number>>;

/** A row of a result map: a token and its count. */
export type ResultRow = readonly [token: string, count: number];

/** Why a row of a result map could not be read. */
export type UnreadableCode = "unknown-key" | "disabled-key" | "destroyed-key" | "bad-token" | "not-a-token";

/** A row of a result map that could not be read. */
export interface UnreadableRow {
  /** The text of the row as the vendor returned it. For `not-a-token` it may be a name in clear. */
  readonly token: string;
  /** Its count. */
  readonly count: number;
  /** Why it could not be read. */
  readonly code: UnreadableCode;
  /** For `unknown-key`, `disabled-key` and `destroyed-key`: the id of the key it was made under. */
  readonly keyId?: string;
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
  /** Called after some thousand rows each time, and once at the end. What it throws ends the reading. */
  readonly onProgress?: (progress: ResultsProgress) => void;
}

/** Tokens decrypted: the names as one text, and a byte for each: see {@link unreadableCode}. */
export type OpenedRows = readonly [names: string, rows: Uint8Array];

/** Why a token could not be read; `undefined` if it could, and the byte is the length of its name. */
export function unreadableCode(row: number): UnreadableCode | undefined {
  return UNREADABLE[row - LONGEST_NAME - 1];
}

const LONGEST_NAME = 239;
/** In the order of the binding. */
const UNREADABLE = ["not-a-token", "bad-token", "unknown-key", "disabled-key", "destroyed-key"] as const;

/** Decrypts tokens. */
export type Open = (tokens: readonly string[]) => OpenedRows;

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
    if (isPlain(results)) {
      // Own keys only: `__proto__` is a key like any other in what JSON.parse returns.
      const tokens = Object.keys(results);
      return { source: entries(tokens, results as Record<string, unknown>), total: tokens.length };
    }
  }
  throw new BlindtallyError(
    "bad-argument",
    "a result map is a Map, an object with a count for each token, or an iterable of [token, count] pairs",
  );
}

/** Whether an object is no instance of anything: a promise without its `await` must not pass for an empty map. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Whether rows are still to come. */
export function areLater(rows: Rows | LaterRows): rows is LaterRows {
  return Symbol.asyncIterator in rows.source;
}

/** Reads rows that are there. */
export function readResults(rows: Rows, options: ResultsOptions | undefined, open: Open): Results {
  const tally = new Tally(CHUNK, rows.total, options);
  for (const row of rows.source) {
    const chunk = tally.take(row);
    if (chunk) tally.add(chunk, open(chunk.tokens));
  }
  const rest = tally.rest();
  if (rest) tally.add(rest, open(rest.tokens));
  return tally.results;
}

/** Reads rows as they come, and gives the page or the event loop its turns. */
export async function readResultsLater(
  rows: LaterRows,
  options: ResultsOptions | undefined,
  open: Open,
): Promise<Results> {
  const tally = new Tally(CHUNK, rows.total, options);
  let turn = performance.now();
  for await (const row of rows.source) {
    const chunk = tally.take(row);
    if (!chunk) continue;
    tally.add(chunk, open(chunk.tokens));
    if (performance.now() - turn < TURN_MS) continue;
    await nextTurn();
    turn = performance.now();
  }
  const rest = tally.rest();
  if (rest) tally.add(rest, open(rest.tokens));
  return tally.results;
}

/** By a message: a page in the background is given timers once a second or less. */
function nextTurn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

/** Rows that are decrypted together. */
export interface Chunk {
  /** The position of the first. */
  readonly first: number;
  readonly tokens: string[];
  readonly counts: unknown[];
  /** What came behind them and is no row. */
  refusal: BlindtallyError | undefined;
}

/** Makes chunks of rows, and adds up what is decrypted of them. The error is that of the first row that has one. */
export class Tally {
  readonly results: Results = { counts: new Map(), unreadable: [] };
  readonly #size: number;
  readonly #total: number | undefined;
  readonly #onProgress: ResultsOptions["onProgress"];
  #chunk = chunkFrom(0);

  constructor(size: number, total: number | undefined, options: ResultsOptions | undefined) {
    this.#size = size;
    this.#total = total;
    this.#onProgress = options?.onProgress;
    if (this.#onProgress !== undefined && typeof this.#onProgress !== "function") {
      throw new BlindtallyError("bad-argument", "`onProgress` is a function");
    }
  }

  /** Takes a row; gives back a chunk when it is time to decrypt one. */
  take(row: unknown): Chunk | undefined {
    const chunk = this.#chunk;
    const index = chunk.first + chunk.tokens.length;
    const [token, count] = Array.isArray(row) ? (row as unknown[]) : [];
    if (!Array.isArray(row)) {
      const message = "a row of a result map is a pair of a token and a count";
      chunk.refusal = new BlindtallyError("bad-argument", at(message, index), { index });
    } else if (typeof token !== "string") {
      chunk.refusal = notAToken(index);
    } else {
      chunk.counts.push(count);
      if (chunk.tokens.push(token) < this.#size) return undefined;
    }
    this.#chunk = chunkFrom(index + 1);
    return chunk;
  }

  /** The last rows, if there are some; one chunk for no rows at all. */
  rest(): Chunk | undefined {
    return this.#chunk.tokens.length > 0 || this.#chunk.first === 0 ? this.#chunk : undefined;
  }

  /** Adds up the rows of a chunk; chunks are added in their order. */
  add({ first, tokens, counts: values, refusal }: Chunk, [names, opened]: OpenedRows): void {
    const { counts, unreadable } = this.results;
    const added: string[] = [];
    let start = 0;
    values.forEach((value, position) => {
      const count = checkedCount(value, first + position);
      const length = opened[position] as number;
      const code = unreadableCode(length);
      if (code) {
        const token = tokens[position] as string;
        unreadable.push({ token, count, code, ...(code.endsWith("-key") ? { keyId: keyIdOf(token) } : {}) });
        return;
      }
      const name = names.slice(start, start + length);
      start += length;
      const before = counts.get(name);
      if (before === undefined) added.push(name);
      counts.set(name, before === undefined ? count : sum(before, count, first + position));
    });
    // An engine keeps the text of a whole chunk for each part of it. Where little of a chunk is kept, copies are.
    if (2 * added.length < tokens.length) {
      for (const name of added) {
        const count = counts.get(name) as number;
        counts.delete(name);
        counts.set(ownCopy(name), count);
      }
    }
    if (refusal) throw refusal;
    const rows = first + tokens.length;
    this.#onProgress?.({ rows, ...(this.#total === undefined ? {} : { total: this.#total }) });
  }
}

/** The id that a well-formed token begins with: six characters of six bits, of which the last has four too many. */
export function keyIdOf(token: string): string {
  let bits = 0;
  for (let at = 4; at < 10; at += 1) bits = bits * 64 + BASE64URL.indexOf(token[at] as string);
  return hexadecimal(Math.floor(bits / 16));
}

const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const chunkFrom = (first: number): Chunk => ({ first, tokens: [], counts: [], refusal: undefined });

function* entries(tokens: readonly string[], results: Record<string, unknown>): Iterable<ResultRow> {
  for (const token of tokens) yield [token, results[token] as number];
}

/** A string must not become a number here, nor a half count a whole one. */
export function checkedCount(count: unknown, index: number): number {
  // Adding 0 makes 0 of -0.
  if (Number.isSafeInteger(count) && (count as number) >= 0) return (count as number) + 0;
  throw refusal(["bad-count", undefined, index]);
}

export function sum(before: number, count: number, index: number): number {
  // Two safe integers add up to less than 2^54, where every even number is exact: none of them seems to be safe.
  if (Number.isSafeInteger(before + count)) return before + count;
  throw refusal(["count-overflow", undefined, index]);
}
