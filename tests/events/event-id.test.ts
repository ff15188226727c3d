// Ids of events: SPEC.md, section 19. The package `uuid` is the oracle.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import * as uuid from "uuid";
import { newEventId } from "./support/internals.js";

test("an id is a UUID of version 7 in lower case that begins with the time", () => {
  const before = Date.now();
  const id = newEventId();
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.ok(uuid.validate(id));
  assert.equal(uuid.version(id), 7);
  const time = timeOf(id);
  assert.ok(time >= before && time <= Date.now() + 1, `${time} is now`);
});

test("uuid writes the same text of the same bits", () => {
  for (let count = 0; count < 10_000; count += 1) {
    const id = newEventId();
    const bytes = uuid.parse(id);
    const at = (index: number) => bytes[index] as number;
    const counter = ((at(6) & 0xf) << 8) | at(7);
    const seq = (counter << 20) | ((at(8) & 0x3f) << 14) | (at(9) << 6) | (at(10) >> 2);
    assert.equal(uuid.v7({ msecs: timeOf(id), seq, random: bytes }), id);
  }
});

test("a million ids are all different and each is later than the one before", () => {
  let last = newEventId();
  for (let count = 0; count < 1_000_000; count += 1) {
    const id = newEventId();
    // Later as text is later as bits, and later than the last is different from all before.
    if (id <= last) assert.fail(`${id} came after ${last}`);
    last = id;
  }
});

test("a clock that stands still, jumps back or jumps forward leaves ids in order", (context) => {
  const start = Date.now() + 60_000;
  const clock = withClock(context);
  const ids: string[] = [];
  const times = [start, start, start - 3_600_000, start - 1, start + 5, 0, -1, Number.NaN, start + 6];
  for (const time of times) {
    clock.now = time;
    for (let count = 0; count < 10_000; count += 1) ids.push(newEventId());
  }
  assert.deepEqual(ids, [...ids].sort());
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(ids.every((id) => uuid.validate(id) && uuid.version(id) === 7));
  // 10,000 ids in one millisecond need at most 5 that are not there yet: 2048 to 4096 of them fit into each.
  assert.equal(timeOf(ids[0] as string), start);
  assert.ok(timeOf(ids[9_999] as string) <= start + 5);
});

test("after a jump of a thousand years and back, ids go on from there", (context) => {
  const now = Date.now();
  const clock = withClock(context);
  const far = now + 1_000 * 365 * 86_400_000;
  clock.now = far;
  const there = newEventId();
  assert.equal(timeOf(there), far);
  clock.now = now;
  const back = newEventId();
  assert.ok(back > there);
  assert.equal(timeOf(back), far);
});

test("ids of one millisecond begin at random places and share no random bits", () => {
  const ids = Array.from({ length: 20_000 }, newEventId);
  const ends = ids.map((id) => id.slice(19));
  // 62 random bits each: one pair that is equal has a chance of 2^-34.
  assert.equal(new Set(ends).size, ends.length);
  // Each bit is set in about half of them: 10 standard deviations are 707.
  for (let bit = 0n; bit < 62n; bit += 1n) {
    const set = ends.filter((end) => (BigInt(`0x${end.replaceAll("-", "")}`) >> bit) & 1n).length;
    assert.ok(Math.abs(set - 10_000) < 707, `bit ${bit} is set in ${set} of 20000`);
  }
});

test("two copies of the code that begin at one moment make different ids", async () => {
  const copies = await Promise.all(
    [1, 2].map(
      (copy) =>
        import(new URL(`../../../pkg/dist/esm/client/event-id.js?copy=${copy}`, import.meta.url).href),
    ),
  );
  const ids = copies.flatMap((copy) => Array.from({ length: 1_000 }, copy.newEventId as () => string));
  assert.equal(new Set(ids).size, 2_000);
});

const timeOf = (id: string): number => Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);

/** Time that is told, until the test ends. The ids of later tests go on from where it was. */
function withClock(context: TestContext): { now: number } {
  const clock = { now: 0 };
  context.mock.method(Date, "now", () => clock.now);
  return clock;
}
