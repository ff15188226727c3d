// Delivery as SPEC.md, section 21, states it: what is done with each answer, and when the next attempt is made.

import type { BlindtallyError } from "../errors.js";
import type { Queue, QueuedEvent } from "../queue/queue.js";
import { backoffMs } from "./delays.js";
import { idsOf, type Ledger } from "./ledger.js";
import type { Line } from "./line.js";
import type { Limits } from "./options.js";
import { type Answer, badResponse, httpStatus, memberOf, type Transport } from "./transport.js";
import type { Clock } from "./types.js";

/** Delivers what waits. */
export interface Sender {
  readonly state: "idle" | "sending" | "waiting";
  /** How long until the next attempt after a failure, in milliseconds; 0 if there is none to come. */
  readonly delayMs: number;
  /**
   * Consent was withdrawn: what is not sent yet is not sent. Gives the ids of the events in requests that are not
   * answered; they are delivered or dropped with the answer.
   */
  withdraw(): Set<string>;
  /** Sees to it that what waits is sent in time; `isLikely` if something may wait that is not known of. */
  plan(isLikely?: boolean): void;
  /** Delivers all that waits, past the backoff, and rejects with what prevents it. */
  flush(): Promise<void>;
  /** Ends the backoff: it may be of use to try now. */
  retry(): void;
  /** Sends what it can at once: the page may be gone after this. */
  leave(): void;
  /** Plans no more. */
  stop(): void;
}

/** What a sender is made of. */
export interface SenderParts {
  readonly opened: Promise<Queue>;
  readonly line: Line;
  readonly ledger: Ledger;
  readonly transport: Transport;
  readonly limits: Limits;
  readonly clock: Clock;
  /** Whether anything may be sent. */
  readonly maySend: () => boolean;
}

const PATH = "/events";
/** In all requests that may outlive a page, a browser takes 64 KiB. */
const UNLOAD_BYTES = 60_000;
const MOST_UNLOADS = 4;
/** What a body has beside its entries, which count with a comma each. */
const AROUND = '{"events":[]}'.length - 1;

export function createSender(parts: SenderParts): Sender {
  const { opened, line, ledger, transport, limits, clock, maySend } = parts;
  let queue: Queue | undefined;
  let limit = limits.maxBatch;
  /** Failures since the last success. */
  let failures = 0;
  /** The API asked to be left alone until then. */
  let heldUntil = 0;
  let lastError: unknown;
  let running: Promise<void> | undefined;
  /** A flush that has not begun: nothing else begins before it. */
  let flushing: Promise<void> | undefined;
  let stopTimer: (() => void) | undefined;
  /** When the next attempt after a failure is made. */
  let nextAt: number | undefined;
  let holdsProgram = false;
  const underWay = new Set<readonly QueuedEvent[]>();
  /** Of those, what the queue has forgotten since; and the own events in them that neither arrived nor failed. */
  const withdrawn = new WeakSet<readonly QueuedEvent[]>();
  const forgotten = new Set<string>();
  /** And what a page that was being left has sent. */
  const unloads = new Set<readonly QueuedEvent[]>();

  const isHeld = () => clock.monotonic() < heldUntil;
  const idsIn = (batches: Iterable<readonly QueuedEvent[]>) => new Set([...batches].flatMap(idsOf));

  /** One request, and what it has settled: gives the error and the status of one that was not a delivery. */
  const exchange = async (
    batch: readonly QueuedEvent[],
    answered: Promise<Answer>,
  ): Promise<Failure | undefined> => {
    underWay.add(batch);
    let status: number | undefined;
    let askedMs = 0;
    let error: unknown;
    try {
      const answer = await answered;
      ({ status, retryAfterMs: askedMs } = answer);
      const duplicates = duplicatesOf(answer, batch.length);
      limit = Math.min(limit * 2, limits.maxBatch);
      failures = 0;
      line.others -= batch.length - ledger.deliver(batch, duplicates);
    } catch (cause) {
      error = cause;
    }
    underWay.delete(batch);
    ledger.attempted(error !== undefined);
    if (error === undefined) {
      for (const { id } of batch) forgotten.delete(id);
      await queue?.remove(batch);
      return undefined;
    }
    lastError = error;
    if (askedMs) heldUntil = Math.max(heldUntil, clock.monotonic() + askedMs);
    if (withdrawn.has(batch)) {
      // What a page that was being left has sent as well may still arrive that way.
      const sent = idsIn(underWay);
      const lost = idsOf(batch).filter((id) => !sent.has(id) && forgotten.delete(id));
      ledger.drop("no-consent", lost);
    }
    return { error, status };
  };

  /** Sends a batch; gives how many events left the queue, and throws what should be waited for. */
  const attempt = async (batch: readonly QueuedEvent[], isUrgent: boolean): Promise<number> => {
    const body = bodyOf(batch);
    ledger.debug({ kind: "sending", count: batch.length, bytes: body.length, unload: false });
    const isWanted = () => maySend() && !withdrawn.has(batch);
    const failure = await exchange(batch, transport.request("POST", PATH, body, isWanted));
    if (!failure) return batch.length;
    const { error, status } = failure;
    if (!isWanted()) throw error;
    if (status !== 400 && status !== 413 && status !== 422) {
      failures += 1;
      throw error;
    }
    if (batch.length > 1) {
      limit = batch.length >> 1;
      if (isHeld()) throw error;
      kept(batch.length, error, 0);
      return 0;
    }
    line.others -= batch.length - ledger.drop(status === 413 ? "too-large" : "refused", idsOf(batch), status);
    await queue?.remove(batch);
    // One event may be at fault. Where each is refused it is the API, and the queue is not to be emptied in a moment.
    failures += 1;
    if (isHeld() || (failures > 1 && !isUrgent)) throw error;
    return 1;
  };

  /** Delivers what waits at its beginning; what is logged meanwhile is for the next time. */
  const deliver = async (isUrgent: boolean): Promise<void> => {
    const from = await opened;
    await from.exclusively(async () => {
      for (let left: number | undefined; maySend() && left !== 0; ) {
        const isStored = line.size === 0;
        const { entered } = ledger;
        const batch = await from.peek(limit, limits.maxBatchBytes - AROUND);
        if (!batch.length) {
          line.others = 0;
          // Another tab has taken what was ours, unless something came in between.
          if (isStored && entered === ledger.entered) ledger.takenOver(undefined, forgotten);
          return;
        }
        left ??= await from.count();
        if (line.size === 0) line.others = left - ledger.size;
        if (maySend()) left = Math.max(0, left - (await attempt(batch, isUrgent)));
      }
    });
  };

  const kept = (count: number, error: unknown, delayMs: number) => {
    const { code, status } = error as Partial<BlindtallyError>;
    ledger.debug({ kind: "kept", count, code, status, delayMs });
  };

  const clear = () => {
    stopTimer?.();
    stopTimer = nextAt = undefined;
  };

  const start = (isUrgent: boolean): Promise<void> => {
    clear();
    const run = deliver(isUrgent);
    running = run
      .catch((error) => {
        lastError = error;
        if (!maySend()) return;
        const now = clock.monotonic();
        // Of the first failure, if it was none of the network: a queue that cannot be read is tried again likewise.
        const backoff = backoffMs(failures || 1, limits.baseMs, limits.capMs, clock.random());
        const delay = Math.max(backoff, heldUntil - now);
        nextAt = now + delay;
        wait(false);
        kept(ledger.size, error, delay);
      })
      .then(() => {
        running = undefined;
        sender.plan();
      });
    return run;
  };

  const begin = () => {
    clear();
    if (running || flushing || !maySend()) return;
    if (isHeld()) {
      // A timer may be early; whoever waits for room waits on.
      nextAt = heldUntil;
      wait(line.size > 0);
    } else start(false).catch(() => {});
  };

  /** Until the next attempt. A program waits with it only if it waits for room in the queue. */
  const wait = (isWaitedFor: boolean) => {
    stopTimer?.();
    stopTimer = clock.setTimer(begin, sender.delayMs, isWaitedFor);
    holdsProgram = isWaitedFor;
  };

  const flush = async (): Promise<void> => {
    const goal = ledger.entered;
    try {
      await line.move();
      while (running) await running;
    } finally {
      flushing = undefined;
    }
    // More than once where events stand in line for room in the queue.
    for (let rests = 0; maySend() && rests < 2; ) {
      if (isHeld()) {
        if (ledger.size || line.others) throw lastError;
        return;
      }
      const { left } = ledger;
      await start(true);
      if (ledger.left >= goal) return;
      if (ledger.left === left) rests += 1;
      await line.move();
      while (running) await running;
    }
  };

  const sender: Sender = {
    get state() {
      return running ? "sending" : nextAt === undefined ? "idle" : "waiting";
    },
    get delayMs() {
      return nextAt === undefined ? 0 : Math.max(0, nextAt - clock.monotonic());
    },
    withdraw() {
      clear();
      for (const batch of underWay) withdrawn.add(batch);
      for (const id of idsIn(underWay)) if (ledger.has(id)) forgotten.add(id);
      return new Set(forgotten);
    },
    plan(isLikely = false) {
      if (running || flushing || !maySend()) return;
      if (nextAt !== undefined) {
        const isWaitedFor = line.size > 0;
        if (isWaitedFor !== holdsProgram) wait(isWaitedFor);
        return;
      }
      const size = ledger.size - forgotten.size;
      if (!isLikely && !size && !line.others) return;
      const { flushAt, flushBytes, flushIntervalMs, maxQueue } = limits;
      if (size && (size >= Math.min(flushAt, maxQueue) || ledger.bytes >= flushBytes)) begin();
      else stopTimer ??= clock.setTimer(begin, flushIntervalMs, true);
    },
    flush() {
      flushing ??= flush().finally(() => sender.plan());
      return flushing;
    },
    retry() {
      if (nextAt !== undefined && !isHeld()) begin();
    },
    leave() {
      if (!maySend() || isHeld() || unloads.size >= MOST_UNLOADS) return;
      let free = UNLOAD_BYTES;
      for (const batch of unloads) free -= bodyOf(batch).length;
      free -= AROUND;
      const batch: QueuedEvent[] = [];
      const sent = idsIn(unloads);
      for (const event of [...(queue?.peekNow(UNLOAD_BYTES) ?? []), ...line.events]) {
        if (sent.has(event.id)) continue;
        free -= event.json.length + 1;
        if (free < 0 || batch.length >= limit) break;
        batch.push(event);
      }
      const body = bodyOf(batch);
      const answered = batch.length ? transport.requestNow(PATH, body) : undefined;
      if (!answered) return;
      ledger.debug({ kind: "sending", count: batch.length, bytes: body.length, unload: true });
      unloads.add(batch);
      const done = () => unloads.delete(batch);
      void exchange(batch, answered).then(done, done);
    },
    stop: clear,
  };
  void opened.then(
    (result) => {
      queue = result;
    },
    () => {},
  );
  return sender;
}

interface Failure {
  readonly error: unknown;
  readonly status: number | undefined;
}

/** What an answer says of events that the API had; throws for one that is not the delivery of all. */
function duplicatesOf({ status, text }: Answer, count: number): number {
  if (status < 200 || status > 299) throw httpStatus(PATH, status);
  const stored = memberOf(text, "stored") as number;
  const duplicates = (memberOf(text, "duplicates") ?? 0) as number;
  if (Number.isInteger(stored) && Number.isInteger(duplicates) && stored + duplicates === count)
    return duplicates;
  throw badResponse(PATH);
}

const bodyOf = (batch: readonly QueuedEvent[]): string =>
  `{"events":[${batch.map(({ json }) => json).join()}]}`;
