import { BlindtallyError } from "./errors.js";

/** How many names a cipher remembers unless told otherwise. */
const DEFAULT_SIZE = 1000;

/**
 * The tokens of names used lately: names are few, and a lookup takes a small part of the time of encrypting. It
 * holds names in clear, as JavaScript strings, which nothing can wipe: see THREATS.md.
 */
export class TokenCache {
  readonly #generation: number;
  #young = new Map<string, string>();
  #old = new Map<string, string>();

  constructor(size: number) {
    this.#generation = Math.ceil(size / 2);
  }

  /** The token of a name, if it is remembered. */
  get(name: string): string | undefined {
    const young = this.#young.get(name);
    if (young !== undefined) return young;
    const old = this.#old.get(name);
    if (old !== undefined) this.set(name, old);
    return old;
  }

  /** Remembers a token. What was not asked for while half the size was filled is forgotten. */
  set(name: string, token: string): void {
    if (this.#generation === 0) return;
    if (this.#young.size >= this.#generation) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(name, token);
  }

  /** Forgets everything. */
  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
  }
}

/**
 * Makes a cache for so many names; for 0, one that remembers nothing.
 *
 * @throws BlindtallyError `bad-argument`.
 */
export function createTokenCache(size: number = DEFAULT_SIZE): TokenCache {
  if (Number.isInteger(size) && size >= 0 && size <= 1_000_000) return new TokenCache(size);
  throw new BlindtallyError("bad-argument", "cacheSize is a whole number of names from 0 to 1000000");
}
