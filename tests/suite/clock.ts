// Time that passes when it is told to.

import type { Lib } from "./check.js";

type LockOptions = import("blindtally").LockOptions;
type LockReason = import("blindtally").LockReason;

const LONGEST_TIMER_MS = 2_147_483_647;
const MOST_TIMERS = 1_000;

/** A clock for automatic locking. */
export class TestClock {
  #now = 1_800_000_000_000;
  #monotonic = 1_000;
  #timers: { readonly at: number; readonly call: () => void }[] = [];

  /** How many timers were ever set. */
  timersSoFar = 0;

  /** Options that go by this clock. */
  options(options: LockOptions = {}): LockOptions {
    const clock = {
      now: () => this.#now,
      monotonic: () => this.#monotonic,
      setTimer: (call: () => void, ms: number) => {
        // One that is set to more than a platform's timers take comes at once, as there.
        const timer = { at: this.#monotonic + (ms > LONGEST_TIMER_MS ? 1 : ms), call };
        this.#timers.push(timer);
        this.timersSoFar += 1;
        return () => {
          this.#timers = this.#timers.filter((other) => other !== timer);
        };
      },
    };
    return { ...options, ...{ clock } };
  }

  /** What the time of day is, in milliseconds. */
  get now(): number {
    return this.#now;
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.length;
  }

  /** Time passes and timers come in it. */
  pass(ms: number): void {
    const end = this.#monotonic + ms;
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      if (this.timersSoFar > MOST_TIMERS) throw new Error("timers are set without end");
      this.#timers = this.#timers.filter((timer) => timer !== next);
      // A timer never comes too early, but it may come late.
      this.#advance(Math.max(0, next.at - this.#monotonic));
      next.call();
    }
    this.#advance(end - this.#monotonic);
  }

  /** Time passes and timers are held back, as by a busy thread or in a page in the background. */
  hold(ms: number): void {
    this.#advance(ms);
  }

  /** The machine sleeps: only the time of day goes on. */
  sleep(ms: number): void {
    this.#now += ms;
  }

  /** Someone sets the time of day back, or on. */
  set(ms: number): void {
    this.#now += ms;
  }

  #advance(ms: number): void {
    this.#now += ms;
    this.#monotonic += ms;
  }
}

/** A keyset that locks after so long, the clock it goes by, and why it was locked. */
export function lockingAfter(lib: Lib, lockAfterIdle: number) {
  const clock = new TestClock();
  const reasons: LockReason[] = [];
  const keyset = lib.main.Keyset.generate();
  const onLock = (reason: LockReason) => reasons.push(reason);
  keyset.autoLock(clock.options({ lockAfterIdle, lockOnPageHide: false, onLock }));
  return { keyset, clock, reasons };
}
