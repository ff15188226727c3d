import { type Cipher, isBlindtallyError, type Results } from "blindtally";
import type { FastifyInstance } from "fastify";
import type { Entry } from "../shared/entries.js";
import {
  type Answer,
  createEventApi,
  jsonAnswer,
  type Observer,
  resultsRecord,
  type ServiceOptions,
} from "../shared/event-api.js";
import { HttpProblem } from "../shared/problem.js";
import { CurrentCipher, type KeysetSource } from "./current-cipher.js";
import { hostCheck } from "./hosts.js";
import { badResponse, Upstream, type UpstreamAnswer } from "./upstream.js";

/** The options of {@link createProxy}. */
export interface ProxyOptions extends ServiceOptions {
  /** The analytics API: https, or http to this machine; a path is a prefix of the endpoints. */
  readonly upstream: string | URL;
  /**
   * The keys. The keyset stays the caller's: dispose of it after the app is closed. A function is asked each time keys
   * are needed, and may give another keyset than before.
   */
  readonly keyset: KeysetSource;
  /** What the tokens belong to, one to eight labels; default `["event"]`, or the context of a scoped keyset. */
  readonly context?: string | readonly string[];
  /**
   * Host names, beside those of the loopback interface, under which clients reach the proxy; default none.
   */
  readonly allowHosts?: readonly string[];
  /** The time the upstream has for an answer, in milliseconds; default 10000 (10 seconds). */
  readonly timeoutMs?: number;
}

/**
 * Builds the secure proxy: the endpoints of the analytics API, with names encrypted on the way in and
 * results decrypted on the way out. It holds nothing but its keys, so it may be restarted or run many times
 * over.
 *
 * Throws an `UpstreamUrlError` for an upstream, and a `BlindtallyError` for a context, that cannot be.
 *
 * @example
 * const keyset = await readKeyFile("proxy.key");
 * const proxy = createProxy({ upstream: "http://127.0.0.1:9000", keyset });
 * await proxy.listen({ host: "127.0.0.1", port: 9999 });
 */
export function createProxy(options: ProxyOptions): FastifyInstance {
  const { observe } = options;
  const upstream = new Upstream(options.upstream, options.timeoutMs);
  const cipher = new CurrentCipher(options.keyset, options.context);
  const app = createEventApi(
    "proxy",
    {
      admit: hostCheck(options.allowHosts ?? []),
      async logEvent(entry, { headers }) {
        observe?.({ type: "received", event: entry.event });
        const event = encrypted(() => cipher.get().encrypt(entry.event));
        return upstream.post("/event", sealed(entry, event), headers.authorization);
      },
      async logEvents(entries, { headers }) {
        for (const { event } of entries) observe?.({ type: "received", event });
        return upstream.post(
          "/events",
          { events: encrypted(() => sealedEntries(cipher.get(), entries)) },
          headers.authorization,
        );
      },
      async results({ headers }) {
        const answer = await upstream.getResults(headers.authorization);
        return decrypted(cipher.get(), answer, observe);
      },
      async resultsBy() {
        throw new HttpProblem(400, "bad-request", "This proxy encrypts no property.");
      },
      async health() {
        return jsonAnswer(200, { status: "ok", upstream: (await upstream.answers()) ? "ok" : "unavailable" });
      },
    },
    options,
  );
  app.addHook("onClose", async () => cipher.dispose());
  return app;
}

/** The entries as the vendor gets them; one with nothing beside its name is text, as it was before there were ids. */
function sealedEntries(cipher: Cipher, entries: readonly Entry[]): (Entry | string)[] {
  const tokens = cipher.encryptAll(entries.map(({ event }) => event));
  return entries.map((entry, index) => {
    const token = tokens[index] as string;
    return entry.id === undefined ? token : sealed(entry, token);
  });
}

/** The entry under its own id, so that the vendor knows it again when it is sent twice. */
function sealed({ id }: Entry, event: string): Entry {
  return { event, ...(id === undefined ? {} : { id }) };
}

/** The schema has seen to all other faults of a name before: what remains is its length in bytes. */
function encrypted<Tokens>(encrypt: () => Tokens): Tokens {
  try {
    return encrypt();
  } catch (error) {
    if (!isBlindtallyError(error) || error.code !== "bad-name") throw error;
    const where = error.index === undefined ? "/event" : `/events/${error.index}`;
    throw new HttpProblem(400, "bad-name", `The value at ${where} must have at most 239 bytes in UTF-8.`);
  }
}

/** The upstream's answer with the names in clear; an answer that is a refusal goes on as it is. */
function decrypted(cipher: Cipher, answer: UpstreamAnswer, observe: Observer | undefined): Answer {
  if (answer.status >= 400) return answer;
  const { value } = answer;
  if (answer.status !== 200 || !isObject(value) || !isObject(value.results)) {
    throw badResponse("The answer of the analytics API is not a result map.");
  }
  const { counts, unreadable } = opened(cipher, value.results);
  const results = resultsRecord(counts);
  observe?.({ type: "results", results });
  // What else the upstream says stays, except that only the proxy can know what it could not read.
  const { results: _tokens, unreadable: _claimed, ...rest } = value;
  return jsonAnswer(200, { ...rest, results, ...(unreadable.length === 0 ? {} : { unreadable }) });
}

function opened(cipher: Cipher, results: Readonly<Record<string, unknown>>): Results {
  try {
    // The cipher itself checks that every count is one; entries rather than the object, for the sake of
    // `__proto__`.
    return cipher.decryptResults(new Map(Object.entries(results) as [string, number][]));
  } catch (error) {
    if (isBlindtallyError(error) && (error.code === "bad-count" || error.code === "count-overflow")) {
      throw badResponse(
        "The analytics API answered a count that is not a whole number from 0 to 2^53 - 1.",
        error,
      );
    }
    throw error;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
