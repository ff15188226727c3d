import { at, BlindtallyError } from "./errors.js";
import { callWasm, release } from "./instance.js";
import { boundedToken, checkedName, entriesOf, pack, utf8 } from "./text.js";
import type { WasmCipher } from "./wasm/blindtally.js";

/** What a vendor returns: a count for each token. */
export type ResultMap = ReadonlyMap<string, number> | Readonly<Record<string, number>>;

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

/** Names in one crossing into wasm, so that memory stays bounded for any batch. */
const CHUNK = 4096;

/** Makes a cipher; for the keyset only. */
export let createCipher: (context: readonly string[], handle: WasmCipher) => Cipher;

/** Gives a cipher that is not disposed new derived keys; for the keyset only. */
export let replaceHandle: (cipher: Cipher, derive: (context: readonly string[]) => WasmCipher) => void;

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
  #handle: WasmCipher | undefined;

  private constructor(context: readonly string[], handle: WasmCipher) {
    this.context = context;
    this.#handle = handle;
  }

  /**
   * The token of a name: 74 to 351 characters of `A-Z a-z 0-9 - _`.
   *
   * @throws BlindtallyError `bad-name` unless the name has 1 to 239 bytes of well-formed UTF-8.
   */
  encrypt(name: string): string {
    const bytes = utf8(checkedName(name));
    return callWasm(() => this.#live().encrypt(bytes));
  }

  /**
   * The name of a token.
   *
   * @throws BlindtallyError `not-a-token`, `bad-token`, `unknown-key` or `disabled-key`.
   */
  decrypt(token: string): string {
    const bytes = utf8(boundedToken(token));
    return callWasm(() => this.#live().decrypt(bytes));
  }

  /**
   * The tokens of names, in order.
   *
   * @throws BlindtallyError `bad-name` with the `index` of the first text that is no name. Nothing is returned
   * then.
   */
  encryptAll(names: Iterable<string>): string[] {
    const checked = entriesOf(names, "names").map(checkedName);
    return this.#inChunks(checked, (handle, bytes, ends) => handle.encryptAll(bytes, ends).split("\n"));
  }

  /**
   * The names of tokens, in order.
   *
   * @throws BlindtallyError as {@link Cipher.decrypt}, with the `index` of the first token refused. Nothing is
   * returned then; use {@link Cipher.decryptResults} where some tokens may be unreadable.
   */
  decryptAll(tokens: Iterable<string>): string[] {
    const bounded = entriesOf(tokens, "tokens").map(boundedToken);
    return this.#inChunks(bounded, (handle, bytes, ends) => handle.decryptAll(bytes, ends) as string[]);
  }

  /**
   * Reads a result map. Counts of one name under several keys are added; rows that cannot be read are
   * reported beside the counts, never dropped and never shown as a name.
   *
   * @throws BlindtallyError `bad-count` for a count that is not a whole number from 0 to 2^53 - 1, and
   * `count-overflow` for a sum above it, each with the `index` of the row.
   */
  decryptResults(results: ResultMap): Results {
    const rows = rowsOf(results);
    const { bytes, ends } = pack(rows.map(([token]) => boundedToken(token)));
    const counted = Float64Array.from(rows, ([, count]) => count);
    const read = callWasm(() => this.#live().decryptResults(bytes, ends, counted));
    const [names, counts, positions, codes] = read as [string[], Float64Array, Uint32Array, UnreadableCode[]];

    return {
      counts: new Map(names.map((name, index) => [name, counts[index] as number])),
      unreadable: codes.map((code, index) => {
        const [token, count] = rows[positions[index] as number] as Row;
        return { token, count, code };
      }),
    };
  }

  /** Wipes the derived keys. Later use throws `disposed`. */
  dispose(): void {
    const handle = this.#handle;
    this.#handle = undefined;
    release(handle);
  }

  /** The same, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #inChunks(
    texts: string[],
    convert: (handle: WasmCipher, bytes: Uint8Array, ends: Uint32Array) => string[],
  ): string[] {
    const converted: string[] = [];
    const handle = callWasm(() => this.#live());
    for (let start = 0; start < texts.length; start += CHUNK) {
      const { bytes, ends } = pack(texts.slice(start, start + CHUNK));
      for (const text of callWasm(() => convert(handle, bytes, ends), start)) converted.push(text);
      bytes.fill(0);
    }
    return converted;
  }

  #live(): WasmCipher {
    if (this.#handle) return this.#handle;
    throw new BlindtallyError("disposed", "this cipher or its keyset was disposed; make a new one");
  }

  static {
    createCipher = (context, handle) => new Cipher(context, handle);
    replaceHandle = (cipher, derive) => {
      if (!cipher.#handle) return;
      const former = cipher.#handle;
      cipher.#handle = derive(cipher.context);
      release(former);
    };
  }
}

type Row = readonly [token: string, count: number];

function rowsOf(results: ResultMap): Row[] {
  const isMap = results instanceof Map;
  if (typeof results !== "object" || results === null || (!isMap && Symbol.iterator in results)) {
    throw new BlindtallyError(
      "bad-argument",
      "a result map is a Map or an object with a count for each token",
    );
  }
  // Own keys only: `__proto__` is a key like any other in what JSON.parse returns.
  const rows: [string, unknown][] = isMap ? [...results] : Object.entries(results);
  rows.forEach(([, count], index) => {
    // Whether the number is whole and in range is decided in wasm. A string must not become a number here.
    if (typeof count === "number") return;
    const message = "a count is a number; ask the vendor for plain counts";
    throw new BlindtallyError("bad-count", at(message, index), { index });
  });
  return rows as Row[];
}
