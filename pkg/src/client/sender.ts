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
  /** The events of the request under way. */
  readonly underWay: readonly QueuedEvent[];
  /** How long until the next attempt, after a failure; in milliseconds. */
  readonly delayMs: number;
  /** Sees to it that what waits is sent in time. */
  plan(): void;
  /** Delivers all that waits, past the backoff, and rejects with what prevents it. */
  flush(): Promise<void>;
  /** Ends the backoff: it may be of use to try now. */
  retry(): void;
  /** Sends what it can at once: the page may be gone after this. */
  leave(): void;
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
/** Of all requests that may outlive a page, a browser takes 64 KiB in all. */
const UNLOAD_BYTES = 60_000;
const UNLOAD_REQUESTS = 6;
/** What may be wrong with a single event: each batch is halved until it is found. */
const isRefusal = (status: number) => status === 400 || status === 413 || status === 422;

export function createSender(parts: SenderParts): Sender {
  const { opened, line, ledger, transport, limits, clock, maySend } = parts;
  let limit = limits.maxBatch;
  /** Failures since the last success. */
  let failures = 0;
  /** The API asked to be left alone until then. */
  let heldUntil = 0;
  let lastError: unknown;
  let running: Promise<void> | undefined;
  let flushing: Promise<void> | undefined;
  let underWay: readonly QueuedEvent[] = [];
  /** The timer, and whether it is that of a failure. */
  let stopTimer: (() => void) | undefined;
  let nextAt: number | undefined;
  /** What was sent by a page that was being left, and is not answered. */
  const leaving = new Map<string, number>();
  let leavingRequests = 0;

  const now = () => clock.monotonic();
  const isHeld = () => now() < heldUntil;

  const clear = () => {
    stopTimer?.();
    stopTimer = nextAt = undefined;
  };

  /** Takes an answer to a batch; gives the error of one that is not the delivery of all. */
  const read = (answer: Answer, batch: readonly QueuedEvent[]): BlindtallyError | undefined => {
    const { status, text } = answer;
    if (status < 200 || status > 299) return httpStatus(PATH, status);
    const duplicates = memberOf(text, "duplicates") ?? 0;
    const isWhole = [memberOf(text, "stored"), duplicates].every((count) => Number.isInteger(count));
    const sum = (memberOf(text, "stored") as number) + (duplicates as number);
    if (!isWhole || sum !== batch.length) return badResponse(PATH);
    limit = Math.min(limit * 2, limits.maxBatch);
    failures = 0;
    const own = ledger.deliver(batch, duplicates as number);
    line.others -= batch.length - own;
    return undefined;
  };

  /** One request. Gives how many events it settled, and throws what should be waited for. */
  const attempt = async (queue: Queue, batch: readonly QueuedEvent[], isUrgent: boolean): Promise<number> => {
    const body = bodyOf(batch);
    ledger.debug({ kind: "sending", count: batch.length, bytes: body.length, unload: false });
    underWay = batch;
    let status = 0;
    let error: unknown;
    let askedMs = 0;
    try {
      const answer = await transport.request("POST", PATH, body);
      ({ status, retryAfterMs: askedMs } = answer);
      error = read(answer, batch);
    } catch (cause) {
      error = cause;
    }
    underWay = [];
    const isDropped = isRefusal(status) && batch.length === 1;
    ledger.attempted(!!error && !isDropped);
    if (!error) {
      await queue.remove(batch);
      return batch.length;
    }
    if (askedMs) heldUntil = Math.max(heldUntil, now() + askedMs);
    lastError = error;
    if (!maySend()) {
      // Consent was withdrawn meanwhile, and the queue forgot them.
      ledger.drop("no-consent", idsOf(batch));
      throw error;
    }
    if (isDropped) {
      const own = ledger.drop(status === 413 ? "too-large" : "refused", idsOf(batch), status);
      line.others -= batch.length - own;
      await queue.remove(batch);
      // One event may be at fault. Where each is refused it is the API, and the queue is not to be emptied in a moment.
      failures += 1;
      if (isHeld() || (failures > 1 && !isUrgent)) throw error;
      return 1;
    }
    if (!isRefusal(status)) failures += 1;
    else limit = Math.ceil(batch.length / 2);
    const isAgain = isRefusal(status) && !isHeld();
    ledger.debug({
      kind: "kept",
      count: batch.length,
      code: (error as Partial<BlindtallyError>).code,
      status: status || undefined,
      delayMs: isAgain ? 0 : backOff(),
    });
    if (isAgain) return 0;
    throw error;
  };

  /** Sets the time of the next attempt, and gives the delay. */
  const backOff = (): number => {
    const { baseMs, capMs } = limits;
    const delay = Math.max(
      backoffMs(Math.max(failures, 1), baseMs, capMs, clock.random()),
      heldUntil - now(),
    );
    nextAt = now() + delay;
    return delay;
  };

  /** Delivers what waits at its beginning; what is logged meanwhile is for the next time. */
  const deliver = async (isUrgent: boolean): Promise<void> => {
    const queue = await opened;
    await queue.exclusively(async () => {
      let left: number | undefined;
      while (maySend() && (left === undefined || left > 0)) {
        const { stored } = line;
        const batch = await queue.peek(limit, limits.maxBatchBytes);
        if (left === undefined) {
          left = await queue.count();
          line.others = left - (ledger.size - line.size);
        }
        if (!batch.length) {
          line.others = 0;
          // Empty, and nothing was put into it meanwhile: another tab has taken what was ours.
          if (stored !== undefined && stored === line.stored) ledger.deliverAll();
          return;
        }
        if (!maySend()) return;
        left -= await attempt(queue, batch, isUrgent);
      }
    });
  };

  const start = (isUrgent = false): Promise<void> => {
    clear();
    const run = deliver(isUrgent);
    running = run
      .catch((error) => {
        lastError = error;
        if (!maySend()) return;
        // A queue that fails is no answer; it is tried again likewise.
        if (nextAt === undefined) {
          failures += 1;
          backOff();
        }
        stopTimer = clock.setTimer(begin, (nextAt as number) - now(), false);
      })
      .then(() => {
        running = undefined;
        sender.plan();
      });
    return run;
  };
  const begin = () => {
    if (!running && maySend()) start().catch(() => {});
  };

  const flush = async (): Promise<void> => {
    while (running) await running;
    flushing = undefined;
    const settled = ledger.settledCount;
    const goal = settled + ledger.size;
    // More than once where events wait for room in the queue.
    for (let before = -1; maySend(); before = ledger.settledCount) {
      if (ledger.settledCount === before) return;
      await line.move();
      while (running) await running;
      if (isHeld()) {
        if (ledger.size) throw lastError;
        return;
      }
      await start(true);
      if (ledger.settledCount >= goal) return;
    }
  };

  const sender: Sender = {
    get state() {
      return running ? "sending" : nextAt === undefined ? "idle" : "waiting";
    },
    get underWay() {
      return underWay;
    },
    get delayMs() {
      return nextAt === undefined ? 0 : Math.max(0, nextAt - now());
    },
    plan() {
      if (running || nextAt !== undefined || !maySend() || !(ledger.size || line.others)) return;
      if (ledger.size >= Math.min(limits.flushAt, limits.maxQueue) || ledger.bytes >= limits.flushBytes)
        begin();
      else stopTimer ??= clock.setTimer(begin, limits.flushIntervalMs, true);
    },
    flush() {
      flushing ??= flush();
      return flushing;
    },
    retry() {
      if (nextAt !== undefined && !isHeld()) begin();
    },
    leave() {},
    stop: clear,
  };
  return sender;
}

const bodyOf = (batch: readonly QueuedEvent[]): string =>
  `{"events":[${batch.map(({ json }) => json).join()}]}`;
