// When keys are locked: on demand, after a time without use, and when the page is left.

import { BlindtallyError, badOption } from "./errors.js";
import { WeakMembers } from "./weak-members.js";

/** Why keys were locked: `lock()` was called, they were not used for a time, or the page was left. */
export type LockReason = "asked" | "idle" | "page-hidden";

/** When keys lock themselves. */
export interface LockOptions {
  /**
   * How long they may go without use, in milliseconds; `false` for any time. Default 300000 (5 minutes) in a browser,
   * its workers included, `false` elsewhere.
   */
  readonly lockAfterIdle?: number | false | undefined;
  /** Whether they lock when the page is left (`pagehide`). Default `true` in a page. */
  readonly lockOnPageHide?: boolean | undefined;
  /** Called once, when the keys are wiped. What it throws is ignored: nobody is there who could use it. */
  readonly onLock?: ((reason: LockReason) => void) | undefined;
  /** @internal What tells the time, for tests. */
  readonly clock?: Clock | undefined;
}

/** @internal What tells the time. */
export interface Clock {
  /** Goes on while the machine sleeps, but may be set back. In milliseconds, as the next. */
  now(): number;
  /** Is never set back, but may stand still while the machine sleeps. */
  monotonic(): number;
  /** Calls later, perhaps much later, and not at all once what it returns was called. */
  setTimer(call: () => void, ms: number): () => void;
}

/**
 * The options with their defaults; for what takes its user's time before it locks anything.
 *
 * @throws BlindtallyError `bad-argument`.
 */
export function checkedLock(options?: LockOptions): LockOptions {
  const inPage = "document" in globalThis;
  const inBrowser = inPage || "WorkerGlobalScope" in globalThis;
  const { lockAfterIdle = inBrowser && FIVE_MINUTES, lockOnPageHide = inPage, onLock, clock } = options ?? {};
  const isTime = typeof lockAfterIdle === "number" && lockAfterIdle > 0 && lockAfterIdle < Infinity;
  if (!isTime && lockAfterIdle !== false) throw badOption("lockAfterIdle", "milliseconds above 0, or false");
  if (typeof lockOnPageHide !== "boolean") throw badOption("lockOnPageHide", "true or false");
  if (onLock !== undefined && typeof onLock !== "function") throw badOption("onLock", "a function");
  return { lockAfterIdle, lockOnPageHide, onLock, clock };
}

/**
 * The lock of a keyset, or of whatever else holds keys. Timers alone would not do: a page in the background gets
 * them late and a machine that sleeps not at all, so every use first looks how long ago the last one was.
 */
export class AutoLock {
  readonly #wipe: () => void;
  #parent: AutoLock | undefined;
  #children: WeakMembers<AutoLock> | undefined;
  #state: "open" | "locked" | "disposed" = "open";
  /** 0 for any time. */
  #idleMs = 0;
  #usedNow = 0;
  #usedMonotonic = 0;
  #clock = platformClock;
  /** While it watches, what was asked for. */
  #options: LockOptions | undefined;
  #stopTimer = () => {};
  readonly #leave = () => this.lock("page-hidden");

  /**
   * @param wipe Wipes the keys; it may be called more than once, and must not throw.
   * @param parent Locks this with itself, and takes a use of this for one of its own.
   * @throws BlindtallyError `locked` or `disposed` if the parent is.
   */
  constructor(wipe: () => void, parent?: AutoLock) {
    this.#wipe = wipe;
    if (!parent) return;
    parent.check();
    parent.#adopt(this);
  }

  /**
   * Starts to watch, in the place of what was watched before.
   *
   * @throws BlindtallyError `bad-argument`, `locked` or `disposed`.
   */
  start(options?: LockOptions): void {
    const checked = checkedLock(options);
    this.check();
    this.#stop();
    this.#options = checked;
    this.#clock = checked.clock ?? platformClock;
    if (checked.lockAfterIdle) {
      this.#idleMs = checked.lockAfterIdle;
      this.#note(this.#clock.now(), this.#clock.monotonic());
      this.#setTimer(this.#idleMs);
    }
    if (checked.lockOnPageHide) globalThis.addEventListener?.("pagehide", this.#leave);
  }

  /**
   * Puts another in the place of this: with the same parent and the same below it, and watching as this did.
   *
   * @throws BlindtallyError `locked` or `disposed`.
   */
  replaceBy(other: AutoLock): void {
    if (this.#parent) this.#parent.#adopt(other);
    for (const child of this.#children ?? []) other.#adopt(child);
    this.#children = undefined;
    if (this.#options) other.start(this.#options);
  }

  /**
   * Notes a use.
   *
   * @throws BlindtallyError `locked` or `disposed`; locks first if the last use was too long ago.
   */
  use(): void {
    // What was disposed of cannot be used, so its parent is not used either.
    this.#look(this.#state === "open");
    if (this.#state !== "open") throw this.#refusal();
  }

  /** The same, without noting a use. */
  check(): void {
    this.#look(false);
    if (this.#state !== "open") throw this.#refusal();
  }

  /** Whether it is locked. */
  get locked(): boolean {
    this.#look(false);
    return this.#state === "locked";
  }

  /** When it will lock if there is no use before, if it is to lock then. */
  get locksAt(): Date | undefined {
    this.#look(false);
    return this.#state === "open" ? this.#end() : undefined;
  }

  /** The same of this and what is above it, disposed of or not. */
  #end(): Date | undefined {
    const above = this.#parent ? this.#parent.#end() : undefined;
    if (!this.#idleMs) return above;
    const now = this.#clock.now();
    const own = new Date(now + this.#left(now, this.#clock.monotonic()));
    return above && above < own ? above : own;
  }

  /** Locks this and what is below it. The callbacks come when everything is wiped. */
  lock(reason: LockReason = "asked"): void {
    for (const tell of this.#close()) {
      // Asynchronous, so that nothing it throws, now or later, comes out anywhere.
      (async () => tell(reason))().catch(() => {});
    }
  }

  /**
   * Wipes the keys for good. What is below stays and is watched as before, unless it is to be disposed of as well.
   */
  dispose(andBelow = false): void {
    if (andBelow) for (const child of this.#children ?? []) child.dispose(true);
    if (this.#state === "open") this.#state = "disposed";
    if (!this.#holdsKeys()) this.#stop();
    this.#wipe();
    // It may have watched for this one alone.
    if (this.#parent && this.#parent.#state === "disposed") this.#parent.dispose();
  }

  #holdsKeys(): boolean {
    return this.#state === "open" || [...(this.#children ?? [])].some((child) => child.#holdsKeys());
  }

  #adopt(child: AutoLock): void {
    child.#parent = this;
    this.#children ??= new WeakMembers();
    this.#children.add(child);
  }

  /** Closes this and what is below it; gives what is to be called then. */
  #close(): NonNullable<LockOptions["onLock"]>[] {
    if (!this.#holdsKeys()) return [];
    const calls = [...(this.#children ?? [])].flatMap((child) => child.#close());
    if (this.#state === "open") this.#state = "locked";
    if (this.#options?.onLock) calls.push(this.#options.onLock);
    this.#stop();
    this.#wipe();
    return calls;
  }

  #look(isUse: boolean): void {
    if (this.#idleMs) {
      const now = this.#clock.now();
      // Of the uses in one millisecond the first looks further: a clock takes longer to read than a token to look up.
      if (now !== this.#usedNow) {
        const monotonic = this.#clock.monotonic();
        if (this.#left(now, monotonic) <= 0) this.lock("idle");
        else if (isUse) this.#note(now, monotonic);
      }
    }
    if (this.#parent) this.#parent.#look(isUse && this.#state !== "locked");
  }

  #note(now: number, monotonic: number): void {
    this.#usedNow = now;
    this.#usedMonotonic = monotonic;
  }

  /** By the clock that has gone further: neither one that was set back nor one that stood still gives more time. */
  #left(now: number, monotonic: number): number {
    return this.#idleMs - Math.max(now - this.#usedNow, monotonic - this.#usedMonotonic);
  }

  /** One timer for many uses: it looks when the last one was, and is set again for the rest. */
  #setTimer(ms: number): void {
    const look = () => {
      const left = this.#left(this.#clock.now(), this.#clock.monotonic());
      if (left > 0) this.#setTimer(left);
      else this.lock("idle");
    };
    this.#stopTimer = this.#clock.setTimer(look, Math.min(ms, LONGEST_TIMER_MS));
  }

  #stop(): void {
    this.#idleMs = 0;
    this.#options = undefined;
    this.#stopTimer();
    globalThis.removeEventListener?.("pagehide", this.#leave);
  }

  #refusal(): BlindtallyError {
    return this.#state === "locked"
      ? new BlindtallyError("locked", "these keys were locked; unlock them again")
      : new BlindtallyError("disposed", "this keyset was disposed; make, import or open it again");
  }
}

const FIVE_MINUTES = 300_000;
/** A timer that is set to more comes at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

const platformClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(call, ms) {
    const timer = setTimeout(call, ms);
    // In Node, no program waits for its end.
    timer.unref?.();
    return () => clearTimeout(timer);
  },
};
