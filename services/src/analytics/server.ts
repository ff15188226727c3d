import type { FastifyInstance } from "fastify";
import { createEventApi, jsonAnswer, resultsRecord, type ServiceOptions } from "../shared/event-api.js";
import { HttpProblem } from "../shared/problem.js";
import { MAX_GROUPS, TooManyGroupsError } from "./group-counts.js";
import { StorageError } from "./storage-error.js";
import type { Store } from "./store.js";

/** The options of {@link createAnalytics}. */
export interface AnalyticsOptions extends ServiceOptions {
  /** Where events are kept. It stays the caller's: close it after the app. */
  readonly store: Store;
}

/**
 * Builds the analytics API: it stores the events it gets and counts them. It knows of no key; to it a token
 * is an event like any other.
 *
 * @example
 * const store = await openStore({ file: "var/analytics.duckdb" });
 * const api = createAnalytics({ store });
 * await api.listen({ host: "127.0.0.1", port: 9000 });
 */
export function createAnalytics(options: AnalyticsOptions): FastifyInstance {
  const { store, observe } = options;
  return createEventApi(
    "analytics",
    {
      async logEvent(entry) {
        observe?.({ type: "received", event: entry.event });
        await stored(store.append([entry]));
        return jsonAnswer(201, "201 - Created");
      },
      async logEvents(entries) {
        for (const { event } of entries) observe?.({ type: "received", event });
        const count = await stored(store.append(entries));
        return jsonAnswer(201, { stored: count, duplicates: entries.length - count });
      },
      async results() {
        const results = resultsRecord(await stored(store.counts()));
        observe?.({ type: "results", results });
        return jsonAnswer(200, { results });
      },
      async resultsBy(field) {
        return jsonAnswer(200, { results: await stored(store.countsBy(field)) });
      },
      async health() {
        try {
          await stored(store.check());
        } catch (cause) {
          if (cause instanceof HttpProblem) throw cause;
          throw new HttpProblem(503, "internal", "The database does not answer.", {}, { cause });
        }
        return jsonAnswer(200, { status: "ok" });
      },
    },
    options,
  );
}

/** What the store gives; a fault of its storage is for the client to wait for, and to send again. */
async function stored<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (cause) {
    if (cause instanceof TooManyGroupsError)
      throw new HttpProblem(400, "bad-request", `By this field there are more than ${MAX_GROUPS} counts.`);
    if (!(cause instanceof StorageError)) throw cause;
    throw new HttpProblem(
      503,
      "storage-unavailable",
      "The storage of the analytics API does not work at the moment.",
      { "retry-after": RETRY_AFTER_S },
      { cause },
    );
  }
}

const RETRY_AFTER_S = "5";
