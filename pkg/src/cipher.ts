import type { TokenCache } from "./cache.js";
import { at, BlindtallyError, isBlindtallyError } from "./errors.js";
import { callWasm, checkSound, memoryBytes, release } from "./instance.js";
import type { AutoLock } from "./lock.js";
import {
  areLater,
  type OpenedRows,
  type ResultMap,
  type ResultRow,
  type Results,
  type ResultsOptions,
  readResults,
  readResultsLater,
  rowsOf,
  unreadableCode,
} from "./results.js";
import {
  entriesOf,
  notAToken,
  packName,
  packNames,
  packTokens,
  readText,
  writeName,
  writeToken,
} from "./text.js";
import type { WasmCipher } from "./wasm/blindtally.js";

/** How a cipher works; what it computes is the same. */
export interface CipherOptions {
  /**
   * How many names `encrypt` remembers with their tokens, so that a repeated name costs a lookup. They stay in
   * memory in clear until the keyset changes or is locked, or the cipher is disposed. From 0, which turns this off, to 1000000, rounded up to an even
   * number. Default 1000.
   */
  readonly cacheSize?: number | undefined;
}

/** Names in one crossing into wasm, so that memory stays bounded for any batch. */
const CHUNK = 512;

/** Makes a cipher; for the keyset only. */
export let createCipher: (
  context: readonly string[],
  handle: WasmCipher,
  cache: TokenCache,
  lock: AutoLock,
  scopeRecord: () => Uint8Array,
) => Cipher;

/** Gives a cipher that is not disposed new derived keys; for the keyset only. */
export let replaceHandle: (cipher: Cipher, derive: (context: readonly string[]) => WasmCipher) => void;

/** Throws what any use of a cipher would that is locked or disposed; for the client only. */
export let checkUsable: (cipher: Cipher) => void;

/** What another thread needs to decrypt as a cipher does; for `worker/` only. */
export let handOver: (cipher: Cipher) => Handover;

/** The keys of a cipher's context, for another thread. */
export interface Handover {
  readonly context: readonly string[];
  /** The record of the scope, a copy, to be moved and not kept. */
  readonly record: Uint8Array;
  /** Throws once the cipher is locked or disposed, and is a use of it before. */
  readonly check: () => void;
  /** Called when the cipher is locked or disposed. */
  readonly onDispose: Set<() => void>;
}

/**
 * Encrypts names and decrypts tokens of one context; made by `keyset.cipher()`.
 *
 * Encryption is deterministic: equal names give equal tokens, which is what lets a vendor count them and what
 * lets it see how often each occurs. A cipher follows its keyset: after `promote()` it encrypts under the new
 * primary key.
 */
export class Cipher {
  /** The labels this cipher is for. */
  readonly context: readonly string[];
  readonly #cache: TokenCache;
  readonly #lock: AutoLock;
  readonly #scopeRecord: () => Uint8Array;
  readonly #onDispose = new Set<() => void>();
  #handle: WasmCipher | undefined;
  /** Where the mailbox of the handle begins in wasm memory. */
  #mailbox: number;
  /** The mailbox, as long as wasm memory has not grown. */
  #view: Uint8Array;

  private constructor(
    context: readonly string[],
    handle: WasmCipher,
    cache: TokenCache,
    lock: AutoLock,
    scopeRecord: () => Uint8Array,
  ) {
    this.context = context;
    this.#cache = cache;
    this.#lock = lock;
    this.#scopeRecord = scopeRecord;
    this.#handle = handle;
    this.#mailbox = handle.mailbox;
    this.#view = viewOf(this.#mailbox);
  }

  /**
   * The token of a name: 74 to 351 characters of `A-Z a-z 0-9 - _`.
   *
   * @throws BlindtallyError `bad-name` unless the name has 1 to 239 bytes of well-formed UTF-8.
   */
  encrypt(name: string): string {
    this.#lock.use();
    const known = this.#cache.get(name);
    if (known !== undefined) {
      // An instance that failed is not to be relied on, nor is what it said.
      checkSound();
      return known;
    }
    const token = this.#seal("encrypt", name);
    this.#cache.set(name, token);
    return token;
  }

  /**
   * The name of a token.
   *
   * @throws BlindtallyError `not-a-token`, `bad-token`, `unknown-key`, `disabled-key` or `destroyed-key`.
   */
  decrypt(token: string): string {
    return this.#unseal("decrypt", token);
  }

  /**
   * A randomized token of a text that is to be read back but not counted: 90 to 367 characters, and others each time.
   *
   * @throws BlindtallyError `bad-name` as {@link Cipher.encrypt}, or `random-unavailable`.
   */
  encryptRandomized(text: string): string {
    this.#lock.use();
    return this.#seal("encryptRandomized", text);
  }

  /**
   * The text of a randomized token.
   *
   * @throws BlindtallyError as {@link Cipher.decrypt}; `not-a-token` for what `encrypt` gives.
   */
  decryptRandomized(token: string): string {
    return this.#unseal("decryptRandomized", token);
  }

  /**
   * The tokens of names, in order. All of them are computed: a batch neither asks the cache of `encrypt` nor
   * fills it.
   *
   * @throws BlindtallyError `bad-name` with the `index` of the first text that is no name. Nothing is returned
   * then.
   */
  encryptAll(names: Iterable<string>): string[] {
    const tokens: string[] = [];
    const copy = entriesOf(names, "names");
    // Only now: the iterable is code of its own, which may have disposed this cipher.
    const handle = this.#used();
    inChunks(copy, (chunk, first) => {
      const packed = packNames(chunk, first);
      let joined: string;
      try {
        joined = callWasm(() => handle.encryptAll(packed, chunk.length), first);
      } finally {
        packed.fill(0);
      }
      for (const token of joined.split("\n")) tokens.push(token);
    });
    return tokens;
  }

  /**
   * The names of tokens, in order.
   *
   * @throws BlindtallyError as {@link Cipher.decrypt}, with the `index` of the first token refused. Nothing is
   * returned then; use {@link Cipher.decryptResults} where some tokens may be unreadable.
   */
  decryptAll(tokens: Iterable<string>): string[] {
    const opened: string[] = [];
    const copy = entriesOf(tokens, "tokens");
    this.#used();
    inStringChunks(copy, (texts, first) => {
      const [names, rows] = this.#open(texts);
      let start = 0;
      rows.forEach((length, index) => {
        if (unreadableCode(length)) this.#refuse(texts[index] as string, first + index);
        opened.push(names.slice(start, start + length));
        start += length;
      });
    });
    return opened;
  }

  /**
   * The token of a name under each enabled key, that of the primary one first: what to ask a vendor for that has
   * tokens from before a rotation too.
   *
   * @throws BlindtallyError `bad-name`.
   */
  tokensFor(name: string): string[] {
    const handle = this.#used();
    const packed = packName(name);
    try {
      return callWasm(() => handle.tokensFor(packed, 1)).split("\n");
    } finally {
      packed.fill(0);
    }
  }

  /**
   * The tokens of the same names under the primary key, in order, whichever enabled key they were made under. No name
   * leaves wasm.
   *
   * @throws BlindtallyError as {@link Cipher.decryptAll}.
   */
  rewrapAll(tokens: Iterable<string>): string[] {
    const rewrapped: string[] = [];
    const copy = entriesOf(tokens, "tokens");
    const handle = this.#used();
    inStringChunks(copy, (texts, first) => {
      const packed = packTokens(texts);
      const joined = callWasm(() => handle.rewrapAll(packed, texts.length), first);
      for (const token of joined.split("\n")) rewrapped.push(token);
    });
    return rewrapped;
  }

  /**
   * Reads a result map. Counts of one name under several keys are added; rows that cannot be read are
   * reported beside the counts, never dropped and never shown as a name. An iterable of rows is read without
   * holding all of them; an async one gives the page its turns.
   *
   * @throws BlindtallyError `bad-count` for a count that is not a whole number from 0 to 2^53 - 1, and
   * `count-overflow` for a sum above it, each with the `index` of the row.
   */
  decryptResults(results: ResultMap | Iterable<ResultRow>, options?: ResultsOptions): Results;
  decryptResults(results: AsyncIterable<ResultRow>, options?: ResultsOptions): Promise<Results>;
  decryptResults(
    results: ResultMap | Iterable<ResultRow> | AsyncIterable<ResultRow>,
    options?: ResultsOptions,
  ): Results | Promise<Results>;
  decryptResults(
    results: ResultMap | Iterable<ResultRow> | AsyncIterable<ResultRow>,
    options?: ResultsOptions,
  ): Results | Promise<Results> {
    const rows = rowsOf(results);
    const open = (tokens: readonly string[]) => this.#open(tokens);
    return areLater(rows) ? readResultsLater(rows, options, open) : readResults(rows, options, open);
  }

  /** Wipes the derived keys. Later use throws `disposed`. */
  dispose(): void {
    this.#replace(undefined);
  }

  /** The same, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #seal(method: "encrypt" | "encryptRandomized", name: string): string {
    const handle = this.#live();
    const written = writeName(name, this.#openMailbox());
    // Nothing but wasm inside: whatever else is thrown there is taken for the end of the instance.
    const length = callWasm(() => handle[method](written));
    return readText(this.#openMailbox(), length);
  }

  #unseal(method: "decrypt" | "decryptRandomized", token: string): string {
    const handle = this.#used();
    const written = writeToken(token, this.#openMailbox());
    const length = callWasm(() => handle[method](written));
    const mailbox = this.#openMailbox();
    const name = readText(mailbox, length);
    mailbox.fill(0, 0, length);
    return name;
  }

  #open(tokens: readonly string[]): OpenedRows {
    const handle = this.#used();
    const packed = packTokens(tokens);
    return callWasm(() => handle.decryptRows(packed, tokens.length)) as unknown as OpenedRows;
  }

  /** Throws what `decrypt` says of a token that cannot be read, with its position. */
  #refuse(token: string, index: number): void {
    try {
      this.decrypt(token);
    } catch (error) {
      if (!isBlindtallyError(error)) throw error;
      throw new BlindtallyError(error.code, at(error.message, index), { index, cause: error.cause });
    }
  }

  #used(): WasmCipher {
    this.#lock.use();
    return this.#live();
  }

  #live(): WasmCipher {
    checkSound();
    if (this.#handle) return this.#handle;
    throw new BlindtallyError("disposed", "this cipher was disposed; make a new one");
  }

  #openMailbox(): Uint8Array {
    if (this.#view.length === 0) this.#view = viewOf(this.#mailbox);
    return this.#view;
  }

  #replace(handle: WasmCipher | undefined): void {
    const former = this.#handle;
    this.#handle = handle;
    this.#cache.clear();
    if (handle) {
      this.#mailbox = handle.mailbox;
      this.#view = viewOf(this.#mailbox);
    }
    release(former);
    if (!handle) for (const tell of this.#onDispose) tell();
  }

  static {
    createCipher = (...parts) => new Cipher(...parts);
    replaceHandle = (cipher, derive) => {
      if (cipher.#handle) cipher.#replace(derive(cipher.context));
    };
    handOver = (cipher) => {
      if (typeof cipher !== "object" || cipher === null || !(#handle in cipher))
        throw new BlindtallyError("bad-argument", "this is not a Cipher of this copy of the package");
      const check = () => void callWasm(() => cipher.#used());
      check();
      return { context: cipher.context, record: cipher.#scopeRecord(), check, onDispose: cipher.#onDispose };
    };
    checkUsable = (cipher) => void cipher.#used();
  }
}

/** The longest text of a single call, and one more: a name or a token. */
const MAILBOX_BYTES = 368;

const viewOf = (mailbox: number): Uint8Array => memoryBytes().subarray(mailbox, mailbox + MAILBOX_BYTES);

/** Nothing behind the first text that is no string is looked at. */
function inStringChunks(texts: unknown[], convert: (chunk: string[], first: number) => void): void {
  inChunks(texts, (chunk, first) => {
    const wrong = chunk.findIndex((text) => typeof text !== "string");
    const strings = (wrong === -1 ? chunk : chunk.slice(0, wrong)) as string[];
    if (strings.length > 0) convert(strings, first);
    if (wrong !== -1) throw notAToken(first + wrong);
  });
}

function inChunks(texts: unknown[], convert: (chunk: unknown[], first: number) => void): void {
  for (let first = 0; first < texts.length; first += CHUNK) convert(texts.slice(first, first + CHUNK), first);
}
