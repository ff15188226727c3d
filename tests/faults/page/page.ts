// The application of a row in a browser: a page that logs the events of an order and tells its account as it goes.

import { createClient, init } from "blindtally";
import { importRootKey } from "blindtally/hazard";
import type { Sending, Stats } from "../support/app.js";
import { delivered } from "../support/delivered.js";
import type { Range } from "../support/ledger.js";
import { eventOf, POLICIES } from "../support/names.js";

/** What a page is to do. */
export interface PageOrder {
  readonly endpoint: string;
  readonly key: readonly number[];
  readonly stem: string;
  readonly events: Range;
  readonly options: Sending;
}

/** How a page ended. */
export interface PageEnd {
  readonly stats: Stats;
  readonly drops: readonly string[];
}

/** How many events are logged between two notes. */
const STEP = 200;

declare const note: (sign: "?" | "+", from: number, to: number) => Promise<void>;

async function work(order: PageOrder): Promise<PageEnd> {
  await init();
  const keyset = importRootKey(Uint8Array.from(order.key));
  const drops: string[] = [];
  const client = createClient({
    endpoint: order.endpoint,
    keyset,
    properties: POLICIES,
    whenFull: "wait",
    onDrop: ({ reason, count, status }) => {
      drops.push(`${count} ${reason}${status === undefined ? "" : ` (${status})`}`);
    },
    onDebug: (event) => event.kind === "logged" || console.log(JSON.stringify(event)),
    ...order.options,
  });
  for (let from = order.events[0]; from < order.events[1]; from += STEP) {
    const to = Math.min(from + STEP, order.events[1]);
    await note("?", from, to);
    await client.logEvents(
      Array.from({ length: to - from }, (_, place) => eventOf(order.stem, from + place)),
    );
    await note("+", from, to);
  }
  await delivered(client);
  await client.shutdown();
  return { stats: client.stats, drops };
}

Object.assign(globalThis, { work });
