// Preloaded into an application: a clock that jumps by years and back each time it has been asked a number of times, as
// a machine's does that wakes, is set, or has lost its battery. What runs steadily (`performance.now`) is left alone.

/** Where the clock is from now on, and for how many questions. */
const JUMPS = [
  { to: (now: number) => now, for: 200 },
  { to: (now: number) => now + 400 * 86_400_000, for: 150 },
  { to: (now: number) => now - 3 * 86_400_000, for: 150 },
  // A battery that was empty: the first day of all, running on from there.
  { to: (now: number) => now % 86_400_000, for: 150 },
  { to: (now: number) => now + 70 * 365 * 86_400_000, for: 150 },
  { to: (now: number) => now - 5_000, for: 150 },
] as const;

const RealDate = Date;
let asked = 0;
let place = 0;

function now(): number {
  let jump = JUMPS[place % JUMPS.length] as (typeof JUMPS)[number];
  asked += 1;
  if (asked > jump.for) {
    asked = 0;
    place += 1;
    jump = JUMPS[place % JUMPS.length] as (typeof JUMPS)[number];
  }
  return jump.to(RealDate.now());
}

globalThis.Date = new Proxy(RealDate, {
  apply: () => new RealDate(now()).toString(),
  construct: (_target, args: unknown[]) =>
    args.length === 0 ? new RealDate(now()) : Reflect.construct(RealDate, args),
  get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
});
