// The application of a run, a process of its own: logs the events of an order through the package's client, writes its
// ledger, ends the client and then ends because nothing is left to do. What the client tells it goes to its log.

import { openSync } from "node:fs";
import { type ClientOptions, createClient } from "blindtally";
import { importRootKey } from "blindtally/hazard";
import { fileQueue } from "blindtally/queue";
import { delivered } from "./delivered.js";
import { inClear } from "./identity.js";
import { noteBegun, noteKept, type Range } from "./ledger.js";
import { eventOf, POLICIES } from "./names.js";

/** How a client sends: the options that can be told to another process. */
export type Sending = Pick<ClientOptions, "maxBatch" | "maxQueue" | "retry" | "timeoutMs" | "whenFull">;

/** What an application is to do. */
export interface Order {
  readonly endpoint: string;
  readonly key: Uint8Array;
  readonly stem: string;
  readonly events: Range;
  readonly ledger: string;
  /** A file for the queue; without one it is in memory. */
  readonly queue?: string;
  /** Sends names as they are, as an application in front of the proxy does. */
  readonly clear?: boolean;
  readonly options: Sending;
}

/** What an application tells while it works. */
export type Report =
  | { readonly failures: number }
  | { readonly logged: number }
  | { readonly end: { readonly stats: Stats; readonly drops: readonly string[] } };

/** What the run needs to know of `client.stats`. */
export interface Stats {
  readonly logged: number;
  readonly delivered: number;
  readonly duplicates: number;
  readonly waiting: number;
  readonly failures: number;
  readonly dropped: Readonly<Record<string, number>>;
}

/** How many events are logged between two notes in the ledger. */
const STEP = 50;
const SHUTDOWN_MS = 600_000;

const tell = (report: Report): void => void process.send?.(report);

async function work(order: Order): Promise<void> {
  const { stem, events, queue } = order;
  const keyset = importRootKey(order.key);
  order.key.fill(0);
  const drops: string[] = [];
  const client = createClient({
    endpoint: order.endpoint,
    keyset: order.clear ? inClear(keyset) : keyset,
    // Whoever encrypts decides: behind this application it is the proxy.
    properties: order.clear ? { ward: "clear", note: "clear", secret: "clear", area: "clear" } : POLICIES,
    whenFull: "wait",
    ...(queue !== undefined && { queue: fileQueue(queue) }),
    onDrop: ({ reason, count, status }) => {
      drops.push(`${count} ${reason}${status === undefined ? "" : ` (${status})`}`);
      console.log("dropped", reason, count);
    },
    onDebug(event) {
      if (event.kind === "logged") return;
      console.log(JSON.stringify(event));
      if (event.kind === "kept") tell({ failures: client.stats.failures });
    },
    ...order.options,
  });
  const ledger = openSync(order.ledger, "a");
  for (let from = events[0]; from < events[1]; from += STEP) {
    const range: Range = [from, Math.min(from + STEP, events[1])];
    noteBegun(ledger, range);
    const batch = Array.from({ length: range[1] - from }, (_, place) => eventOf(stem, from + place));
    if ((from / STEP) % 2 === 0) await client.logEvents(batch);
    else await Promise.all(batch.map(({ name, properties }) => client.logEvent(name, properties)));
    noteKept(ledger, range);
    tell({ logged: range[1] });
  }
  if (queue !== undefined) await delivered(client);
  await client.shutdown({ timeoutMs: SHUTDOWN_MS });
  tell({ end: { stats: client.stats, drops } });
  keyset.dispose();
  // The channel to the run alone would keep this process alive.
  process.disconnect();
}

process.once("message", (order: Order) => {
  work(order).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
