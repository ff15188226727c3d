// The token bucket, at its edges.

import assert from "node:assert/strict";
import { test } from "node:test";
import { refusal } from "../client/support/refusal.js";
import { randomFrom } from "../suite/random.js";
import { createRateLimit } from "./support/internals.js";

/** A bucket with a clock that is told, and how many of so many events it lets through. */
function bucket(limit: { perSecond: number; burst?: number }, start = 0) {
  const clock = { now: start };
  const passes = createRateLimit(limit, () => clock.now);
  const of = (events: number) => Array.from({ length: events }, passes).filter(Boolean).length;
  return { clock, passes, of };
}

test("a full bucket lets through its burst and not one more", () => {
  assert.equal(bucket({ perSecond: 1, burst: 5 }).of(100), 5);
  assert.equal(bucket({ perSecond: 1000, burst: 1 }).of(100), 1);
  assert.equal(bucket({ perSecond: 0.001, burst: 100 }).of(1000), 100);
});

test("without a burst it is what a second lets through, and at least one", () => {
  assert.equal(bucket({ perSecond: 20 }).of(100), 20);
  assert.equal(bucket({ perSecond: 0.1 }).of(100), 1);
});

test("the next event passes exactly when its time has come, and not a millisecond before", () => {
  const { clock, passes } = bucket({ perSecond: 2, burst: 1 });
  assert.equal(passes(), true);
  clock.now = 499;
  assert.equal(passes(), false);
  clock.now = 500;
  assert.equal(passes(), true);
  assert.equal(passes(), false);
  clock.now = 999;
  assert.equal(passes(), false);
  clock.now = 1000;
  assert.equal(passes(), true);
});

test("what was refused takes nothing out of the bucket", () => {
  const { clock, of } = bucket({ perSecond: 1, burst: 1 });
  assert.equal(of(1_000_000), 1);
  clock.now = 1000;
  assert.equal(of(1_000_000), 1);
});

test("asking often in small steps gives as much as asking once", () => {
  for (const perSecond of [1, 3, 7, 10, 0.3]) {
    const { clock, of } = bucket({ perSecond, burst: 2 });
    let passed = 0;
    // In tenths of a millisecond, whose sums are never quite exact.
    for (let step = 0; step <= 100_000; step += 1) {
      clock.now = step / 10;
      passed += of(1);
    }
    assert.equal(passed, Math.floor(10 * perSecond) + 2, `${perSecond} a second for ten seconds`);
  }
});

test("however long nothing happens, no more than the burst is saved up", () => {
  const { clock, of } = bucket({ perSecond: 1, burst: 3 });
  for (const time of [1e6, 1e9, 1e12, Number.MAX_SAFE_INTEGER]) {
    clock.now = time;
    assert.equal(of(100), 3);
  }
});

test("a clock that jumps back neither fills the bucket nor stops it", () => {
  const { clock, of } = bucket({ perSecond: 1, burst: 3 }, 1e9);
  assert.equal(of(100), 3);
  clock.now -= 1e8;
  assert.equal(of(100), 0);
  clock.now += 1000;
  assert.equal(of(100), 1);
  clock.now += 2000;
  assert.equal(of(100), 2);
});

test("in no stretch of time more pass than the burst and the rate allow, and none are withheld", () => {
  const random = randomFrom(20_261_122);
  for (let round = 0; round < 200; round += 1) {
    const perSecond = 1 + random.below(50);
    const burst = 1 + random.below(20);
    const { clock, passes } = bucket({ perSecond, burst });
    // The same bucket in whole numbers: thousandths of an event.
    let held = BigInt(burst * 1000);
    for (let step = 0; step < 500; step += 1) {
      const elapsed = random.below(3) ? random.below(5) : random.below(2000);
      clock.now += elapsed;
      held += BigInt(elapsed * perSecond);
      if (held > BigInt(burst * 1000)) held = BigInt(burst * 1000);
      const expected = held >= 1000n;
      if (expected) held -= 1000n;
      assert.equal(passes(), expected, `${perSecond} a second, burst ${burst}, step ${step}`);
    }
  }
});

test("a limit that is none is refused", () => {
  const wrong: unknown[] = [0, -1, Number.NaN, Number.POSITIVE_INFINITY, "10", null, undefined, 1n];
  for (const perSecond of wrong) {
    assert.throws(() => bucket({ perSecond: perSecond as number }), refusal("bad-argument"));
  }
  for (const burst of [0, 0.5, -1, Number.NaN, Number.POSITIVE_INFINITY, "10", null]) {
    assert.throws(() => bucket({ perSecond: 1, burst: burst as number }), refusal("bad-argument"));
  }
});
