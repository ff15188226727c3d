import { BlindtallyError, badOption } from "../errors.js";
import type { Keyset } from "../keyset.js";
import type { QueueSource } from "../queue/queue.js";
import type { EventMap, PropertyPolicies } from "./events.js";
import type { GateOptions } from "./gate.js";
import type { TransportOptions } from "./transport.js";
import type { DebugEvent, Drop } from "./types.js";

/** How a client reaches its analytics API, and what it sends. */
export interface ClientOptions<Events = EventMap> extends TransportOptions, GateOptions<Events> {
  /** The keys, which the client does not dispose; or a function that gives them, for `onUnavailable`. */
  readonly keyset: Keyset | (() => Keyset);
  /** What the tokens belong to; see `Keyset.cipher`. Default `["event"]`, and for a scope its own. */
  readonly context?: string | readonly string[] | undefined;
  /** How many names `logEvent` remembers with their tokens; see `CipherOptions.cacheSize`. Default 1000. */
  readonly cacheSize?: number | undefined;
  /**
   * What to do where there is no WebAssembly, so that the function `keyset` throws `wasm-unavailable`. `"throw"`:
   * `createClient` throws it. `"drop"`: the client drops each event and reports it. Default `"throw"`. No name is sent in
   * clear, ever.
   */
  readonly onUnavailable?: "throw" | "drop" | undefined;
  /** What is sent of each property. One that is not named here is dropped. */
  readonly properties?: PropertyPolicies<Events> | undefined;

  /** Where events wait. Default: IndexedDB where there is one, otherwise memory. See `blindtally/queue`. */
  readonly queue?: QueueSource | undefined;
  /** Events that may wait; those of other tabs with the same queue included. Default 10000. */
  readonly maxQueue?: number | undefined;
  /** What becomes of an event that finds the queue full: dropped, or `logEvent` waits for room. Default `"drop"`. */
  readonly whenFull?: "drop" | "wait" | undefined;

  /** Events are sent when so many wait. Default 100. */
  readonly flushAt?: number | undefined;
  /** Or when they have so many bytes. Default 60000. */
  readonly flushBytes?: number | undefined;
  /** Or so long after the first of them was logged, in milliseconds. Default 1000. */
  readonly flushIntervalMs?: number | undefined;
  /** Events in one request. Default 1000, which is the most that the API beside this package takes. */
  readonly maxBatch?: number | undefined;
  /** Bytes in one request, unless a single event has more. Default 500000. */
  readonly maxBatchBytes?: number | undefined;
  /** How long to wait after failures: at first, and at most, in milliseconds. Default 1000 and 300000. */
  readonly retry?: { readonly baseMs?: number | undefined; readonly capMs?: number | undefined } | undefined;

  /** Called with a promise of the delivery of what was just logged, for platforms that end a program which looks idle. */
  readonly waitUntil?: ((delivery: Promise<void>) => void) | undefined;
  /**
   * Called when events will not be delivered. Default: a warning on the console, once for each reason that is not the
   * application's or the visitor's own wish.
   */
  readonly onDrop?: ((drop: Drop) => void) | undefined;
  /** Called with what the client does: states and counts, never a name. */
  readonly onDebug?: ((event: DebugEvent) => void) | undefined;
}

/** The numbers among the options, with their defaults. */
export type Limits = { readonly [Name in keyof typeof NUMBERS]: number };

/** @throws BlindtallyError `bad-argument`. */
export function checkedLimits(options: ClientOptions): Limits {
  const { onUnavailable = "throw", whenFull = "drop", retry } = options;
  checkNames(options, "", OPTIONS);
  checkNames(retry ?? {}, "retry.", RETRY);
  if (!/^(throw|drop)$/.test(onUnavailable)) throw badOption("onUnavailable", '"throw" or "drop"');
  if (!/^(drop|wait)$/.test(whenFull)) throw badOption("whenFull", '"drop" or "wait"');
  for (const name of ["fetch", "waitUntil", "onDrop", "onDebug"] as const) {
    if (options[name] !== undefined && typeof options[name] !== "function")
      throw badOption(name, "a function");
  }
  if (options.queue !== undefined && typeof options.queue?.open !== "function")
    throw badOption("queue", "a queue of `blindtally/queue`");
  const given: Partial<Record<string, unknown>> = { ...options, ...retry };
  return Object.fromEntries(
    Object.entries(NUMBERS).map(([name, [usual, least]]) => {
      const value = given[name] ?? usual;
      if (Number.isInteger(value) && (value as number) >= least && (value as number) <= MOST)
        return [name, value];
      throw badOption(name, `a whole number from ${least} to ${MOST}`);
    }),
  ) as Limits;
}

/** A misspelt option must not be ignored: without its `allow` or `consent`, a client sends everything. */
function checkNames(given: object, of: string, known: RegExp): void {
  for (const name of Object.keys(given)) {
    if (!known.test(name))
      throw new BlindtallyError("bad-argument", `createClient has no option \`${of}${name}\``);
  }
}

/** The longest that a timer can be set to, which is more than enough for counts too. */
const MOST = 2_147_483_647;

/** Default and least. */
const NUMBERS = {
  timeoutMs: [10_000, 1],
  maxQueue: [10_000, 1],
  flushAt: [100, 1],
  flushBytes: [60_000, 1],
  flushIntervalMs: [1_000, 0],
  maxBatch: [1_000, 1],
  maxBatchBytes: [500_000, 1],
  baseMs: [1_000, 1],
  capMs: [300_000, 1],
} as const;

const RETRY = /^(baseMs|capMs)$/;
const OPTIONS =
  /^(endpoint|headers|fetch|timeoutMs|credentials|consent|respectSignals|allow|beforeSend|rateLimit|keyset|context|cacheSize|onUnavailable|properties|queue|maxQueue|whenFull|flushAt|flushBytes|flushIntervalMs|maxBatch|maxBatchBytes|retry|waitUntil|onDrop|onDebug)$/;
