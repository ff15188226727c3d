import type { PropertyPolicies } from "blindtally";
import type { FastifyInstance } from "fastify";
import { createEventApi, jsonAnswer, type ServiceOptions } from "../shared/event-api.js";
import { CurrentCipher, type KeysetSource } from "./current-cipher.js";
import { encryptedEntries, encryptedEntry } from "./encrypted-entries.js";
import { hostCheck } from "./hosts.js";
import { readableGroups, readableResults } from "./readable-results.js";
import { Upstream } from "./upstream.js";

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
  /** What is sent of each property; one that is not named here is dropped. */
  readonly properties?: PropertyPolicies;
  /**
   * Host names, beside those of the loopback interface, under which clients reach the proxy; default none.
   */
  readonly allowHosts?: readonly string[];
  /** The time the upstream has for an answer, in milliseconds; default 10000 (10 seconds). */
  readonly timeoutMs?: number;
}

/**
 * Builds the secure proxy: the endpoints of the analytics API, with names and properties encrypted on the way in
 * and results decrypted on the way out. It holds nothing but its keys, so it may be restarted or run many times
 * over.
 *
 * Throws an `UpstreamUrlError` for an upstream, and a `BlindtallyError` for a context or a policy, that cannot be.
 *
 * @example
 * const keyset = await readKeyFile("proxy.key");
 * const proxy = createProxy({ upstream: "http://127.0.0.1:9000", keyset });
 * await proxy.listen({ host: "127.0.0.1", port: 9999 });
 */
export function createProxy(options: ProxyOptions): FastifyInstance {
  const { observe } = options;
  const upstream = new Upstream(options.upstream, options.timeoutMs);
  const cipher = new CurrentCipher(options.keyset, {
    context: options.context,
    properties: options.properties,
  });
  const app = createEventApi(
    "proxy",
    {
      admit: hostCheck(options.allowHosts ?? []),
      async logEvent(entry, { headers }) {
        observe?.({ type: "received", event: entry.event });
        return upstream.post("/event", encryptedEntry(cipher.get(), entry), headers.authorization);
      },
      async logEvents(entries, { headers }) {
        for (const { event } of entries) observe?.({ type: "received", event });
        const events = encryptedEntries(cipher.get(), entries);
        return upstream.post("/events", { events }, headers.authorization);
      },
      async results({ headers }) {
        const answer = await upstream.getResults(headers.authorization);
        return readableResults(cipher.get(), answer, observe);
      },
      async resultsBy(field, { headers }) {
        const answer = await upstream.getResults(headers.authorization, field);
        return readableGroups(cipher.get(), answer, field);
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
