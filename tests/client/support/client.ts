// A client with a clock and a page of the test's own, on the code of the package as it is built.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import type { TestContext } from "node:test";
import { type Client, type ClientOptions, type DebugEvent, type Drop, Keyset } from "blindtally";
import { memoryQueue } from "blindtally/queue";
import { TestClock } from "./clock.js";

const require = createRequire(import.meta.url);
const built = "../../../../pkg/dist/cjs/client";

export const { createClientOn } = require(
  `${built}/client.js`,
) as typeof import("../../../pkg/dist/cjs/client/client.js");

export const keyset = Keyset.generate();
export const events = keyset.cipher();

/** A client, and what it is told and tells. */
export interface Bench {
  readonly client: Client;
  readonly clock: TestClock;
  readonly drops: Drop[];
  readonly debug: DebugEvent[];
  /** The page is hidden or left; it is back or online; the program has nothing else to do. */
  readonly hide: () => void;
  readonly back: () => void;
  readonly exit: () => void;
  /** How many of the three the client listens to. */
  readonly listeners: () => number;
  /** Ends with nothing to do but to wait for the time. */
  readonly rest: () => Promise<void>;
}

/** Makes a client that is shut down when the test ends; `signals` is what its browser says. */
export function bench(
  t: TestContext,
  options: Partial<ClientOptions> & Pick<ClientOptions, "endpoint">,
  signals: object = {},
): Bench {
  const clock = new TestClock();
  const drops: Drop[] = [];
  const debug: DebugEvent[] = [];
  const hooks = { hide: new Set<() => void>(), back: new Set<() => void>(), exit: new Set<() => void>() };
  const hook = (name: keyof typeof hooks) => (run: () => void) => {
    hooks[name].add(run);
    return () => hooks[name].delete(run);
  };
  const call = (name: keyof typeof hooks) => () => {
    for (const run of [...hooks[name]]) run();
  };
  const client = createClientOn(
    {
      clock,
      signals,
      defaultQueue: memoryQueue,
      onHide: hook("hide"),
      onReturn: hook("back"),
      onExit: hook("exit"),
    },
    {
      keyset,
      onDrop: (drop) => drops.push(drop),
      onDebug: (event) => debug.push(event),
      ...options,
    },
  );
  t.after(() => client.shutdown({ timeoutMs: 0 }));
  return {
    client,
    clock,
    drops,
    debug,
    hide: call("hide"),
    back: call("back"),
    exit: call("exit"),
    listeners: () => hooks.hide.size + hooks.back.size + hooks.exit.size,
    rest: () => until("the client to rest", () => client.stats.state !== "sending"),
  };
}

/** Waits until something is so, one turn of the event loop after the other. */
export async function until(what: string, isSo: () => unknown): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!isSo()) {
    if (performance.now() > deadline) assert.fail(`waited in vain for ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Lets everything happen that needs neither time nor the network. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** That no event is unaccounted for. */
export function assertBalance({ stats }: Client): void {
  const dropped = Object.values(stats.dropped).reduce((sum, count) => sum + count, 0);
  assert.equal(stats.logged, stats.delivered + stats.waiting + dropped, JSON.stringify(stats));
}
