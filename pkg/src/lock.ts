// When keys are locked: on demand, after a time without use, and when the page is left.

import { BlindtallyError } from "./errors.js";
import { WeakMembers } from "./weak-members.js";

/** Why keys were locked: `lock()` was called, they were not used for a time, or the page was left. */
export type LockReason = "asked" | "idle" | "page-hidden";

/** When keys lock themselves. */
export interface LockOptions {
  /**
   * How long they may go without use, in milliseconds; `false` for any time. Default 300000 (5 minutes) in a page,
   * `false` elsewhere.
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
 * The lock of a keyset, or of whatever else holds keys. Timers alone would not do: a page in the background gets
 * them late and a machine that sleeps not at all, so every use first looks how long ago the last one was.
 */
export class AutoLock {
  readonly #wipe: () => void;
  readonly #parent: AutoLock | undefined;
  #children: WeakMembers<AutoLock> | undefined;
  #state: "open" | "locked" | "disposed" = "open";
  /** 0 for any time. */
  #idleMs = 0;
  #usedNow = 0;
  #usedMonotonic = 0;
  #clock = platformClock;
  #onLock: LockOptions["onLock"];
  #stopTimer = () => {};
  readonly #leave = () => this.lock("page-hidden");

  /**
   * @param wipe Wipes the keys; it may be called more than once, and must not throw.
   * @param parent Locks this with itself, and takes a use of this for one of its own.
   * @throws BlindtallyError `locked` or `disposed` if the parent is.
   */
  constructor(wipe: () => void, parent?: AutoLock) {
    this.#wipe = wipe;
    this.#parent = parent;
    if (!parent) return;
    parent.check();
    parent.#children ??= new WeakMembers();
    parent.#children.add(this);
  }

  /**
   * Starts to watch, in the place of what was watched before.
   *
   * @throws BlindtallyError `bad-argument`, `locked` or `disposed`.
   */
  start(options: LockOptions = {}): void {
    const inPage = "document" in globalThis;
    const { lockAfterIdle = inPage && FIVE_MINUTES, lockOnPageHide = inPage, onLock, clock } = options ?? {};
    const isTime = typeof lockAfterIdle === "number" && lockAfterIdle > 0 && lockAfterIdle < Infinity;
    if (!isTime && lockAfterIdle !== false)
      throw badOption("lockAfterIdle", "milliseconds above 0, or false");
    if (typeof lockOnPageHide !== "boolean") throw badOption("lockOnPageHide", "true or false");
    if (onLock !== undefined && typeof onLock !== "function") throw badOption("onLock", "a function");
    this.check();
    this.#stop();
    this.#onLock = onLock;
    this.#clock = clock ?? platformClock;
    if (lockAfterIdle) {
      this.#idleMs = lockAfterIdle;
      this.#note(this.#clock.now(), this.#clock.monotonic());
      this.#setTimer(lockAfterIdle);
    }
    if (lockOnPageHide) globalThis.addEventListener?.("pagehide", this.#leave);
  }

  /**
   * Notes a use.
   *
   * @throws BlindtallyError `locked` or `disposed`; locks first if the last use was too long ago.
   */
  use(): void {
    this.#look(true);
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
    if (this.#state !== "open") return undefined;
    const above = this.#parent?.locksAt;
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

  /** Wipes the keys for good and leaves what is below alone. */
  dispose(): void {
    if (this.#state === "open") this.#state = "disposed";
    this.#stop();
    this.#wipe();
  }

  /** Closes this and what is below it; gives what is to be called then. */
  #close(): NonNullable<LockOptions["onLock"]>[] {
    const calls = [...(this.#children ?? [])].flatMap((child) => child.#close());
    if (this.#state !== "open") return calls;
    this.#state = "locked";
    if (this.#onLock) calls.push(this.#onLock);
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
    if (this.#parent) this.#parent.#look(isUse);
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
    this.#onLock = undefined;
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

function badOption(name: string, what: string): BlindtallyError {
  return new BlindtallyError("bad-argument", `\`${name}\` is ${what}`);
}
