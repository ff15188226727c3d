import { type Cipher, checkUsable } from "./cipher.js";
import { BlindtallyError } from "./errors.js";
import { Keyset } from "./keyset.js";
import type { ResultMap, Results } from "./results.js";
import { createTransport, type HeaderFields, type Send } from "./transport.js";

/** How a client reaches its analytics API. */
export interface ClientOptions {
  /** Address of the analytics API: `https:`, or `http:` on this machine. */
  readonly endpoint: string | URL;
  /** The keys. The client does not dispose them. */
  readonly keyset: Keyset;
  /** What the tokens belong to; see `Keyset.cipher`. Default `["event"]`, and for a scope its own. */
  readonly context?: string | readonly string[];
  /** How many names `logEvent` remembers with their tokens; see `CipherOptions.cacheSize`. Default 1000. */
  readonly cacheSize?: number;
  /** Header fields for each request, or a function that gives them, such as a fresh access token. */
  readonly headers?: HeaderFields | (() => HeaderFields | Promise<HeaderFields>);
  /** What to send requests with. Default: the platform's `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  /** How long to wait for an answer, in milliseconds. Default 10000 (10 seconds). */
  readonly timeoutMs?: number;
}

/**
 * Sends encrypted names to an analytics API and reads its counts back.
 *
 * Once its keyset is locked, every call rejects with `locked` and reaches no network; what was encrypted before is
 * still sent.
 */
export interface Client {
  /**
   * Encrypts a name and sends its token. Resolves when the API has stored it.
   *
   * @throws BlindtallyError `bad-name`, `network`, `timeout`, `http-status` (with `status`) or `bad-response`.
   */
  logEvent(name: string): Promise<void>;

  /**
   * Encrypts names and sends their tokens in one request, all or nothing. Resolves to the number stored. How
   * many one request may hold is up to the API; the one beside this package takes 1000.
   *
   * @throws BlindtallyError as {@link Client.logEvent}; `bad-name` has the `index`.
   */
  logEvents(names: Iterable<string>): Promise<number>;

  /**
   * The count of each name, as an object without a prototype, so that a name such as `__proto__` is safe.
   * Rows that these keys cannot read are not in it: {@link Client.getReport} has them.
   *
   * @throws BlindtallyError `network`, `timeout`, `http-status`, `bad-response`, `bad-count` or `count-overflow`.
   */
  getResults(): Promise<Record<string, number>>;

  /** The same counts, with the rows that could not be read beside them. */
  getReport(): Promise<Results>;

  /** Wipes the derived keys. Later use throws `disposed`. */
  dispose(): void;

  /** The same, for `using`. */
  [Symbol.dispose](): void;
}

/**
 * A client of an analytics API that never sees a name.
 *
 * @example
 * ```ts
 * const client = createClient({ endpoint: "https://analytics.example", keyset });
 * await client.logEvent("medication.missed");
 * const results = await client.getResults();
 * ```
 * @throws BlindtallyError `insecure-endpoint` for `http:` to another machine, `bad-context`, `bad-argument`.
 */
export function createClient(options: ClientOptions): Client {
  if (!(options?.keyset instanceof Keyset)) {
    throw new BlindtallyError(
      "bad-argument",
      "createClient needs `{ endpoint, keyset }`, with a Keyset of this package",
    );
  }
  const send = createTransport(options);
  return new AnalyticsClient(send, options.keyset.cipher(options.context, { cacheSize: options.cacheSize }));
}

class AnalyticsClient implements Client {
  readonly #send: Send;
  readonly #cipher: Cipher;

  constructor(send: Send, cipher: Cipher) {
    this.#send = send;
    this.#cipher = cipher;
  }

  async logEvent(name: string): Promise<void> {
    await this.#send("POST", "/event", { event: this.#cipher.encrypt(name) });
  }

  async logEvents(names: Iterable<string>): Promise<number> {
    const events = this.#cipher.encryptAll(names);
    if (events.length === 0) return 0;
    const answer = await this.#send("POST", "/events", { events });
    const stored = member(answer, "stored");
    if (stored !== events.length) throw badResponse("/events does not say that all were stored");
    return stored;
  }

  async getResults(): Promise<Record<string, number>> {
    const { counts } = await this.getReport();
    const results: Record<string, number> = Object.create(null);
    for (const [name, count] of counts) results[name] = count;
    return results;
  }

  async getReport(): Promise<Results> {
    // First: what cannot be read need not be asked for.
    checkUsable(this.#cipher);
    const results = member(await this.#send("GET", "/results"), "results");
    if (typeof results !== "object" || results === null || Array.isArray(results)) {
      throw badResponse("/results has no object `results`");
    }
    return this.#cipher.decryptResults(results as ResultMap);
  }

  dispose(): void {
    this.#cipher.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function member(answer: unknown, key: string): unknown {
  return typeof answer === "object" && answer !== null ? (answer as Record<string, unknown>)[key] : undefined;
}

function badResponse(what: string): BlindtallyError {
  return new BlindtallyError("bad-response", `the answer to ${what}; is the endpoint an analytics API?`);
}
