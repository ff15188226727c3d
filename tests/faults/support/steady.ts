// The application of a soak: logs the same number of events each second until it is told to end, and tells what its
// heap holds when it is asked.

import { createClient } from "blindtally";
import { importRootKey } from "blindtally/hazard";
import { inClear } from "./identity.js";
import { POLICIES } from "./names.js";

/** What the application of a soak is to do. */
export interface Steady {
  readonly endpoint: string;
  readonly key: Uint8Array;
  /** Events a second. */
  readonly rate: number;
  readonly clear: boolean;
}

/** What it answers: the heap when asked for it, and what it logged at its end. */
export type SteadyReport =
  | { readonly heap: number }
  | { readonly logged: number; readonly delivered: number };

/** Names in use: as many as a product has. */
const NAMES = 300;
const TICK_MS = 100;

function work({ endpoint, key, rate, clear }: Steady): void {
  const keyset = importRootKey(key);
  const client = createClient({
    endpoint,
    keyset: clear ? inClear(keyset) : keyset,
    properties: clear ? { ward: "clear", note: "clear" } : POLICIES,
  });
  let serial = 0;
  let due = 0;
  const timer = setInterval(() => {
    due += (rate * TICK_MS) / 1_000;
    for (; due >= 1; due -= 1, serial += 1) {
      const properties =
        serial % 4 === 0 ? { ward: `ward-${serial % 7}`, note: `note ${serial}` } : undefined;
      void client.logEvent(`event.${serial % NAMES}`, properties);
    }
  }, TICK_MS);
  process.on("message", async (word: "heap" | "end") => {
    if (word === "heap") return tell({ heap: heap() });
    clearInterval(timer);
    await client.shutdown({ timeoutMs: 60_000 });
    tell({ logged: serial, delivered: client.stats.delivered });
    process.disconnect();
  });
}

/** What is alive, in bytes: on the heap, beside it, and in wasm. */
function heap(): number {
  for (let time = 0; time < 2; time += 1) (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const tell = (report: SteadyReport): void => void process.send?.(report);

process.once("message", work);
