// What a client does in a browser whose user asks for privacy, or does not.

import { createClient, init, Keyset } from "blindtally";

/** What was seen. */
export interface Seen {
  readonly globalPrivacyControl: unknown;
  readonly doNotTrack: unknown;
  /** The consent of a client, of one that does not heed signals, and of the first one after `optIn()`. */
  readonly consents: readonly string[];
  /** Requests, databases and drops while consent was what the browser said. */
  readonly before: Traces;
  /** The same after `optIn()` and another event. */
  readonly after: Traces;
}

interface Traces {
  readonly requests: number;
  readonly databases: number;
  readonly dropped: number;
}

async function look(): Promise<Seen> {
  await init();
  const keyset = Keyset.generate();
  let requests = 0;
  const answering: typeof fetch = async () => {
    requests += 1;
    return Response.json({ stored: 1, duplicates: 0 }, { status: 201 });
  };
  const options = { endpoint: location.origin, keyset, fetch: answering, onDrop: () => {} };
  const client = createClient(options);
  const traces = async (): Promise<Traces> => ({
    requests,
    databases: (await indexedDB.databases()).length,
    dropped: client.stats.dropped["no-consent"],
  });
  const consents: string[] = [client.consent];
  const heedless = createClient({ ...options, respectSignals: false, consent: "granted" });
  consents.push(heedless.consent);
  await heedless.optOut();
  await client.logEvent("a");
  await client.flush();
  const before = await traces();
  await client.optIn();
  consents.push(client.consent);
  await client.logEvent("a");
  await client.flush();
  const after = await traces();
  await client.shutdown();
  const { globalPrivacyControl, doNotTrack } = navigator as Navigator & { globalPrivacyControl?: unknown };
  return { globalPrivacyControl: globalPrivacyControl ?? null, doNotTrack, consents, before, after };
}

(globalThis as { seen?: unknown }).seen = await look().catch((error) => String(error.stack ?? error));
