// Time and chance that do as they are told.

import type { Clock } from "../../../pkg/dist/cjs/client/types.js";

interface Timer {
  readonly at: number;
  readonly call: () => void;
  /** Whether a program would wait for it. */
  readonly keepAlive: boolean;
}

/** A clock for a client. */
export class TestClock implements Clock {
  /** What `random` gives. */
  chance = 0.5;
  /** The next timer comes by so much too early, as those of Node may by a millisecond. */
  earlyMs = 0;
  #time = 1_800_000_000_000;
  #monotonic = 5_000;
  #timers: Timer[] = [];

  now = (): number => this.#time;
  monotonic = (): number => this.#monotonic;
  random = (): number => this.chance;
  setTimer = (call: () => void, ms: number, keepAlive: boolean) => {
    if (!(ms <= 2_147_483_647)) throw new RangeError(`no timer can be set to ${ms}`);
    const timer = { at: this.#monotonic + ms, call, keepAlive };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  /** How long until each timer that is set comes. */
  get timers(): number[] {
    return this.#timers.map(({ at }) => at - this.#monotonic).sort((a, b) => a - b);
  }

  /** The same, of those a program would wait for. */
  get holdingTimers(): number[] {
    return this.#timers.filter(({ keepAlive }) => keepAlive).map(({ at }) => at - this.#monotonic);
  }

  /** Time passes and timers come in it. */
  pass(ms: number): void {
    const end = this.#monotonic + ms;
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at - this.earlyMs <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      const at = Math.max(this.#monotonic, next.at - this.earlyMs);
      this.#time += at - this.#monotonic;
      this.#monotonic = at;
      this.earlyMs = 0;
      next.call();
    }
    this.#time += end - this.#monotonic;
    this.#monotonic = end;
  }

  /** Someone sets the time of day. */
  jump(ms: number): void {
    this.#time += ms;
  }
}
