import { BlindtallyError, badOption, isBlindtallyError } from "../errors.js";
import { Keyset } from "../keyset.js";
import type { ResultMap, Results } from "../results.js";
import type {
  EventArguments,
  EventField,
  EventMap,
  EventName,
  EventsLike,
  LoggedEvent,
  Properties,
} from "./events.js";
import { createGate } from "./gate.js";
import type { GroupReport, GroupRow } from "./groups.js";
import { createLedger, quietly } from "./ledger.js";
import { createLine } from "./line.js";
import { type ClientOptions, checkedLimits } from "./options.js";
import { type Platform, platform } from "./platform.js";
import { type ClearEvent, createSealer, entriesOf, type Sealer } from "./sealer.js";
import { createSender } from "./sender.js";
import { badResponse, createTransport, httpStatus, memberOf } from "./transport.js";
import type { ClientStats, Consent, DropReason } from "./types.js";

/**
 * Sends encrypted events to an analytics API and reads its counts back.
 *
 * An event is encrypted when it is logged; what waits holds no name. Once the keyset is locked, every call that needs
 * keys rejects with `locked`; what was encrypted before is still sent.
 */
export interface Client<Events extends EventsLike<Events> = EventMap> {
  /**
   * Encrypts an event and puts it into the queue. Resolves when it is there, as durably as the queue is; delivery goes
   * on by itself, and what cannot be delivered is reported to `onDrop`.
   *
   * @throws BlindtallyError `bad-name`, `bad-property`, `bad-argument`, `locked` or `disposed`; and what the queue
   * refuses, such as `conflict` for a file that another process uses.
   */
  logEvent<Name extends EventName<Events>>(
    name: Name,
    ...properties: EventArguments<Events, Name>
  ): Promise<void>;

  /**
   * The same for many, faster. Resolves to how many went into the queue.
   *
   * @throws BlindtallyError as {@link Client.logEvent}; errors of an event have its `index`, and none was logged then.
   */
  logEvents(events: Iterable<LoggedEvent<Events>>): Promise<number>;

  /**
   * The count of each name, as an object without a prototype, so that a name such as `__proto__` is safe. What waits is
   * delivered first, if it can be. Rows that these keys cannot read are not in it: {@link Client.getReport} has them.
   *
   * @throws BlindtallyError `network`, `timeout`, `http-status`, `bad-response`, `bad-count` or `count-overflow`.
   */
  getResults(): Promise<Record<string, number>>;
  /** The count of each name by the text of the values of a field. */
  getResults(options: { readonly by: EventField<Events> }): Promise<Record<string, Record<string, number>>>;

  /** The same counts, with the rows that could not be read beside them. */
  getReport(): Promise<Results>;
  getReport(options: { readonly by: EventField<Events> }): Promise<GroupReport>;

  /**
   * Tries to deliver now. Resolves when all that was logged before is delivered or dropped. While consent is pending or
   * denied nothing is sent, and it resolves all the same.
   *
   * @throws BlindtallyError `network`, `timeout`, `http-status` or `bad-response`; everything stays in the queue then.
   */
  flush(): Promise<void>;

  /**
   * Takes no more events, delivers what waits, and closes the queue. At the deadline, what is in memory only is reported as
   * dropped (`shutdown`); storage that does not answer is waited for one second longer. A failure of the network does not
   * reject it. Default: 30000 (30 seconds).
   *
   * @throws BlindtallyError `bad-argument` for a `timeoutMs` that is no finite number from 0; the client goes on then.
   */
  shutdown(options?: { readonly timeoutMs?: number | undefined }): Promise<void>;

  /**
   * Events may be stored and sent from now on, and those that were waiting for it.
   *
   * @throws BlindtallyError what the queue refuses, such as `conflict`; what was waiting is not logged then.
   */
  optIn(): Promise<void>;
  /** Nothing is stored or sent any more; what waits is forgotten, also in a persistent queue. */
  optOut(): Promise<void>;
  readonly consent: Consent;

  readonly stats: ClientStats;

  /** Wipes the derived keys at once, and goes on as {@link Client.shutdown}. Later use throws `disposed`. */
  dispose(): void;
  /** The same, for `using`. */
  [Symbol.dispose](): void;
  /** {@link Client.shutdown}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
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
export function createClient<Events extends EventsLike<Events> = EventMap>(
  options: ClientOptions<Events>,
): Client<Events> {
  return createClientOn(platform, options as unknown as ClientOptions) as unknown as Client<Events>;
}

const SHUTDOWN_MS = 30_000;
/** How long a queue may take to close: storage may never answer. */
const CLOSING_MS = 1_000;
const LONGEST_TIMER_MS = 2_147_483_647;

/** The same, anywhere. */
export function createClientOn(place: Platform, options: ClientOptions): Client {
  if (typeof options !== "object" || options === null)
    throw badArgument("createClient needs `{ endpoint, keyset }`");
  const { clock } = place;
  const limits = checkedLimits(options);
  const transport = createTransport(options, limits.timeoutMs, clock);
  const gate = createGate(options, clock, place.signals);
  const { sealer, unavailable } = sealerOf(options);
  let closing: Promise<void> | undefined;
  let isClosed = false;
  /** Keys are gone, or events are no longer taken. */
  let isDisposed = false;
  /** When `shutdown` gives up. */
  let deadline = Infinity;
  /** While the queue forgets what consent was withdrawn for. */
  let forgetting: Promise<void> | undefined;
  let giveUp = () => {};
  const late = new Promise<void>((resolve) => {
    giveUp = resolve;
  });
  const stopTimers: (() => void)[] = [];
  let stopWaitingForExit: (() => void) | undefined;

  const ledger = createLedger(options.onDrop, options.onDebug, () => {
    if (line.events.length) void line.move();
    sender.plan();
    // Only while something waits: a client that is forgotten is then held by nothing.
    if (ledger.size && !isClosed) stopWaitingForExit ??= place.onExit(() => void lastTry());
    else {
      stopWaitingForExit?.();
      stopWaitingForExit = undefined;
    }
  });
  const source = options.queue ?? place.defaultQueue();
  const opened = source.open({
    endpoint: transport.endpoint,
    onNotice: ledger.debug,
    onTaken: (ids) => ledger.takenOver(ids),
  });
  const maySend = () => !isClosed && !forgetting && gate.consent === "granted";
  const line = createLine({
    opened,
    ledger,
    maxQueue: limits.maxQueue,
    waits: options.whenFull === "wait",
    mayStore: maySend,
    stored: () => sender.plan(),
  });
  const sender = createSender({ opened, line, ledger, transport, limits, clock, maySend });
  const stopListening = [place.onHide(() => sender.leave()), place.onReturn(() => sender.retry())];
  // A former visit, or program, may have left something.
  opened.then(
    ({ persistent }) => sender.plan(persistent),
    () => {},
  );

  const check = () => {
    if (isDisposed)
      throw new BlindtallyError("disposed", "this client was disposed or shut down; make a new one");
  };
  const usable = (): Sealer => {
    check();
    if (!sealer) throw unavailable;
    sealer.check();
    return sealer;
  };

  /** Puts into the queue what the gate let through. */
  const store = async (events: Parameters<typeof line.put>[0]): Promise<number> => {
    const taking = line.put(events);
    if (options.waitUntil) quietly(() => options.waitUntil?.(ledger.settled()));
    return taking;
  };

  const logEvents = async (events: Iterable<string | ClearEvent>): Promise<number> => {
    check();
    const passed: ClearEvent[] = [];
    /** Where each of them stood. */
    const positions: number[] = [];
    const refused = new Map<DropReason, number>();
    const refuse = (reason: DropReason, count: number) =>
      refused.set(reason, count + (refused.get(reason) ?? 0));
    for (const [index, { name, properties }] of entriesOf(events).entries()) {
      const event = gate.pass(name, properties);
      if (typeof event === "string") refuse(event, 1);
      else positions[passed.push(event) - 1] = index;
    }
    let sealed: ReturnType<Sealer["sealAll"]> = [];
    if (sealer) {
      try {
        sealed = sealer.sealAll(passed);
      } catch (error) {
        throw movedTo(error, positions);
      }
    } else if (passed.length) refuse("wasm-unavailable", passed.length);
    for (const [reason, count] of refused) ledger.refuse(reason, count);
    return sealed.length ? store(sealed) : 0;
  };

  const report = async (options?: { readonly by: string }): Promise<Results | GroupReport> => {
    const by = options?.by;
    // First: what cannot be read need not be asked for.
    const keys = usable();
    if (by !== undefined) keys.checkField(by);
    const query = by === undefined ? "" : `?by=${encodeURIComponent(by)}`;
    // Not for ever: another tab may be sending, and slowly.
    let stop = () => {};
    const patience = new Promise<void>((resolve) => {
      stop = clock.setTimer(resolve, limits.timeoutMs, true);
    });
    await Promise.race([sender.flush().catch(() => {}), patience]);
    stop();
    const { status, text } = await transport.request("GET", `/results${query}`);
    if (status < 200 || status > 299) throw httpStatus("/results", status);
    const results = memberOf(text, "results");
    if (typeof results !== "object" || results === null || Array.isArray(results) !== (by !== undefined))
      throw badResponse("/results");
    usable();
    return by === undefined
      ? keys.openResults(results as ResultMap)
      : keys.openGroups(by, results as GroupRow[]);
  };

  /** The program has nothing else to do: what is in memory only is tried once more. */
  const lastTry = async (): Promise<void> => {
    const queue = await opened.catch(() => undefined);
    if (queue?.persistent && !line.size) return;
    await sender.flush().catch(() => {});
    if (ledger.size) await shutdown(0);
  };

  const shutdown = (timeoutMs: number): Promise<void> => {
    isDisposed = true;
    const ms = Math.min(timeoutMs, LONGEST_TIMER_MS);
    deadline = Math.min(deadline, clock.monotonic() + ms);
    if (!isClosed) stopTimers.push(clock.setTimer(giveUp, ms, true));
    closing ??= close(ms);
    return closing;
  };

  const close = async (timeoutMs: number): Promise<void> => {
    const queue = await opened.catch(() => undefined);
    if (timeoutMs > 0 && maySend()) {
      const delivered = sender.flush().catch(() => {
        // What is stored is delivered another time, and where the next attempt comes too late there is none.
        const isOver = (queue?.persistent && !line.size) || clock.monotonic() + sender.delayMs >= deadline;
        return isOver ? undefined : ledger.settled();
      });
      await Promise.race([delivered, late]);
    }
    isClosed = true;
    sender.stop();
    transport.abort();
    for (const stop of stopListening) stop();
    line.drop(gate.consent === "granted" ? "shutdown" : "no-consent");
    const closed = queue?.close().then((lost) => ledger.drop("shutdown", lost));
    const patience = new Promise<void>((resolve) => {
      stopTimers.push(clock.setTimer(resolve, CLOSING_MS, true));
    });
    await Promise.race([closed?.catch(() => {}), patience]);
    for (const stop of stopTimers) stop();
    sealer?.dispose();
    stopWaitingForExit?.();
    ledger.debug({ kind: "closed" });
  };

  const forget = async (): Promise<void> => {
    const underWay = sender.withdraw();
    line.drop("no-consent", underWay);
    const queue = await opened;
    await line.move();
    const ids = await queue.clear();
    // What is just being sent may arrive.
    ledger.drop(
      "no-consent",
      ids.filter((id) => !underWay.has(id)),
    );
  };

  const dispose = () => {
    sealer?.dispose();
    void shutdown(SHUTDOWN_MS);
  };

  return {
    async logEvent(name: string, properties?: Properties) {
      check();
      const event = gate.pass(name, properties);
      if (typeof event === "string") return ledger.refuse(event, 1);
      if (!sealer) return ledger.refuse("wasm-unavailable", 1);
      await store([sealer.seal(event.name, event.properties)]);
    },
    logEvents,
    getReport: report as Client["getReport"],
    getResults: (async (by?: { readonly by: string }) =>
      plain((await report(by)).counts)) as Client["getResults"],
    async flush() {
      check();
      await sender.flush();
    },
    async shutdown(options) {
      const timeoutMs = options?.timeoutMs ?? SHUTDOWN_MS;
      if (!Number.isFinite(timeoutMs) || timeoutMs < 0)
        throw badOption("timeoutMs", "a finite number from 0");
      await shutdown(timeoutMs);
    },
    async optIn() {
      check();
      gate.optIn();
      ledger.debug({ kind: "consent", consent: gate.consent });
      // Who changes their mind at once: what is logged from here on is not what is forgotten.
      await forgetting?.catch(() => {});
      const refusal = await line.move();
      if (refusal) throw refusal;
      sender.plan(true);
    },
    async optOut() {
      check();
      gate.optOut();
      ledger.debug({ kind: "consent", consent: gate.consent });
      const done = forget().finally(() => {
        if (forgetting === done) forgetting = undefined;
      });
      forgetting = done;
      await done;
    },
    get consent() {
      return gate.consent;
    },
    get stats() {
      return ledger.stats(isClosed ? "closed" : sender.state);
    },
    dispose,
    [Symbol.dispose]: dispose,
    [Symbol.asyncDispose]: () => shutdown(SHUTDOWN_MS),
  };
}

/** The keys; or why there are none, where the application has asked for events to be dropped then. */
function sealerOf(options: ClientOptions): { sealer?: Sealer; unavailable?: BlindtallyError } {
  try {
    const { keyset: given } = options;
    const keyset = typeof given === "function" ? given() : given;
    if (!(keyset instanceof Keyset))
      throw badArgument("createClient needs `{ endpoint, keyset }`, with a Keyset of this package");
    return { sealer: createSealer(keyset, options) };
  } catch (error) {
    if (options.onUnavailable !== "drop" || !isBlindtallyError(error) || error.code !== "wasm-unavailable")
      throw error;
    return { unavailable: error };
  }
}

/** Counts as objects without a prototype. */
function plain(counts: Map<string, unknown>): Record<string, unknown> {
  const object: Record<string, unknown> = Object.create(null);
  for (const [key, value] of counts) object[key] = value instanceof Map ? plain(value) : value;
  return object;
}

/** The same refusal, of the entry as the caller counts them. */
function movedTo(error: unknown, positions: readonly number[]): unknown {
  if (!isBlindtallyError(error) || error.index === undefined) return error;
  const index = positions[error.index] as number;
  if (index === error.index) return error;
  return new BlindtallyError(error.code, error.message.replace(/^entry \d+/, `entry ${index}`), { index });
}

const badArgument = (message: string) => new BlindtallyError("bad-argument", message);
