import { Tokenizer, TokenizerError, TokenType } from "@streamparser/json";
import type { Refusal } from "../failure.js";
import { badRow, MAX_ROW_BYTES } from "./format.js";

/** A row of a result map as it came; whether its count is one is seen when it is read. */
export type MapRow = readonly [token: string, count: unknown];

/**
 * Reads `{"token": count, …}`, or the same as the member `results` of an object as analytics APIs answer it, of any
 * size, in batches.
 */
export async function* resultMap(source: AsyncIterable<Uint8Array>): AsyncIterable<readonly MapRow[]> {
  const reader = new MapReader();
  for await (const chunk of source) {
    reader.write(chunk);
    if (reader.pending >= BATCH_ROWS) yield reader.take();
  }
  reader.end();
  yield reader.take();
}

const BATCH_ROWS = 4_096;
const TOKEN_PREFIX = "bt1_";
/** Members that may stand in front of `results`. */
const MOST_HELD = 1_000;

/** What has to come next. */
type Expected = "object" | "first" | "key" | "colon" | "value" | "more" | "end";

/** Whether the outer object holds the counts itself, or its member `results` does; not known at first. */
type Shape = "unknown" | "outer" | "inner";

class MapReader {
  readonly #tokenizer = new Tokenizer();
  #rows: MapRow[] = [];
  /** Members that are counts, or stand beside `results`: that is not known yet. */
  #held: MapRow[] = [];
  #shape: Shape = "unknown";
  #expected: Expected = "object";
  #key = "";
  /** 1 within the outer object, 2 within `results`. */
  #depth = 0;
  /** How deep within an object or a list beside `results`. */
  #skipped = 0;
  /** Whether there was such a one. */
  #beside = false;
  /** Bytes since the last sign of the grammar. */
  #bytes = 0;

  constructor() {
    this.#tokenizer.onToken = ({ token, value }) => {
      this.#bytes = 0;
      if (this.#skipped > 0) this.#skip(token);
      else this.#take(token, value);
    };
    this.#tokenizer.onError = (error) => {
      // Its own words quote what it found.
      throw error instanceof TokenizerError ? malformed() : error;
    };
  }

  get pending(): number {
    return this.#rows.length;
  }

  write(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    try {
      this.#tokenizer.write(chunk);
    } catch (error) {
      // Its decoder's word for bytes that are not UTF-8.
      throw error instanceof TypeError ? malformed() : error;
    }
    if (this.#bytes > MAX_ROW_BYTES + chunk.length) throw fault("a text in it has more than 16 MiB");
  }

  end(): void {
    if (!this.#tokenizer.isEnded) this.#tokenizer.end();
    if (this.#expected !== "end") throw fault("it ends too early");
  }

  take(): readonly MapRow[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  #take(token: TokenType, value: unknown): void {
    switch (this.#expected) {
      case "object":
        if (token !== TokenType.LEFT_BRACE) throw fault("it is not an object of tokens and counts");
        this.#depth = 1;
        this.#expected = "first";
        return;
      case "first":
        if (token === TokenType.RIGHT_BRACE) this.#close();
        else this.#name(token, value);
        return;
      case "key":
        this.#name(token, value);
        return;
      case "colon":
        if (token !== TokenType.COLON) throw malformed();
        this.#expected = "value";
        return;
      case "value":
        this.#expected = "more";
        if (OPENING.has(token)) this.#open(token);
        else this.#count(token, value);
        return;
      case "more":
        if (token === TokenType.RIGHT_BRACE) this.#close();
        else if (token === TokenType.COMMA) this.#expected = "key";
        else throw malformed();
        return;
      case "end":
        throw fault("something follows the object");
    }
  }

  #name(token: TokenType, value: unknown): void {
    if (token !== TokenType.STRING) throw malformed();
    this.#key = value as string;
    this.#expected = "colon";
  }

  #open(token: TokenType): void {
    const isResults = this.#depth === 1 && this.#key === "results" && token === TokenType.LEFT_BRACE;
    if (isResults && this.#shape === "unknown") {
      this.#shape = "inner";
      this.#held = [];
      this.#depth = 2;
      this.#expected = "first";
      return;
    }
    // A token may not be taken for something else, nor something else for a count.
    if (isResults || this.#depth === 2 || this.#shape === "outer" || this.#key.startsWith(TOKEN_PREFIX))
      throw fault("one of its members is no count");
    this.#beside = true;
    this.#skipped = 1;
  }

  #count(token: TokenType, value: unknown): void {
    if (SIGNS.has(token)) throw malformed();
    const row: MapRow = [this.#key, value];
    if (this.#depth === 2 || this.#shape === "outer") {
      this.#rows.push(row);
    } else if (this.#shape === "unknown") {
      this.#held.push(row);
      if (this.#key.startsWith(TOKEN_PREFIX) || this.#held.length > MOST_HELD) this.#outer();
    } else if (this.#key.startsWith(TOKEN_PREFIX)) {
      throw fault("it has tokens beside `results`");
    }
  }

  /** The outer object is the map. */
  #outer(): void {
    if (this.#beside) throw fault("one of its members is no count");
    this.#shape = "outer";
    this.#rows.push(...this.#held);
    this.#held = [];
  }

  #close(): void {
    this.#depth -= 1;
    this.#expected = this.#depth === 0 ? "end" : "more";
    if (this.#depth === 0 && this.#shape === "unknown") this.#outer();
  }

  #skip(token: TokenType): void {
    if (OPENING.has(token)) this.#skipped += 1;
    if (CLOSING.has(token)) this.#skipped -= 1;
  }
}

const OPENING: ReadonlySet<TokenType> = new Set([TokenType.LEFT_BRACE, TokenType.LEFT_BRACKET]);
const CLOSING: ReadonlySet<TokenType> = new Set([TokenType.RIGHT_BRACE, TokenType.RIGHT_BRACKET]);
/** What is no value. */
const SIGNS: ReadonlySet<TokenType> = new Set([...CLOSING, TokenType.COMMA, TokenType.COLON]);

const fault = (why: string): Refusal => badRow("the result map", why);
const malformed = (): Refusal => fault("it is not well-formed JSON in UTF-8");
