// When the next attempt is made: SPEC.md, section 21.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { DebugEvent } from "blindtally";
import { bench, settle, until } from "./support/client.js";
import { answer, hangUp, serve } from "./support/server.js";

const delaysOf = (debug: readonly DebugEvent[]) =>
  debug.flatMap((event) => (event.kind === "kept" ? [event.delayMs] : []));

test("the first event waits for the interval, and a program waits with it", async (t) => {
  const server = await serve(t);
  const { client, clock } = bench(t, { ...server, flushIntervalMs: 400 });
  assert.deepEqual(clock.timers, [], "nothing waits, nothing ticks");
  await client.logEvent("n");
  clock.pass(100);
  await client.logEvent("n");
  assert.deepEqual(clock.holdingTimers, [300]);
  clock.pass(299);
  await settle();
  assert.equal(server.received.length, 0);
  clock.pass(1);
  await until("delivery", () => client.stats.delivered === 2);
  assert.equal(server.received.length, 1);
  await until("rest", () => client.stats.state === "idle");
  assert.deepEqual(clock.timers, []);
});

test("so many events, or so many bytes, are sent at once", async (t) => {
  for (const options of [{ flushAt: 3 }, { flushBytes: 300 }, { maxQueue: 3 }]) {
    const server = await serve(t);
    const { client } = bench(t, { ...server, ...options });
    await client.logEvent("n");
    await client.logEvent("n");
    await settle();
    assert.equal(server.received.length, 0);
    await client.logEvent("n");
    await until("delivery", () => client.stats.delivered === 3);
    assert.equal(server.received.length, 1);
  }
});

test("a batch holds no more bytes than asked for, but one event in any case", async (t) => {
  const server = await serve(t);
  const { client } = bench(t, { ...server, maxBatchBytes: 300 });
  await client.logEvents(["a", "b", "c", "d", "e".repeat(200), "f".repeat(200)]);
  await client.flush();
  assert.deepEqual(
    server.batches.map(({ length }) => length),
    [2, 2, 1, 1],
  );
  for (const { body } of server.received.slice(0, 2)) assert.ok(body.length <= 300, String(body.length));
  const tight = bench(t, { ...server, maxBatchBytes: 1 });
  await tight.client.logEvents(["a", "b"]);
  await tight.client.flush();
  assert.equal(server.batches.length, 6);
});

test("each delay is at least half and at most all of base * 2^(failures - 1), up to the cap", async (t) => {
  for (const chance of [0, 0.25, 0.999999]) {
    const server = await serve(t);
    server.otherwise = hangUp;
    const { client, clock, debug, rest } = bench(t, { ...server, retry: { baseMs: 100, capMs: 2_000 } });
    clock.chance = chance;
    await client.logEvent("n");
    clock.pass(1_000);
    for (let failures = 1; failures <= 7; failures += 1) {
      await until("the failure", () => client.stats.failures === failures);
      await rest();
      const whole = Math.min(2_000, 100 * 2 ** (failures - 1));
      const delay = delaysOf(debug).at(-1) as number;
      assert.equal(delay, (0.5 + chance / 2) * whole);
      assert.deepEqual(clock.timers.map(Math.round), [Math.round(delay)]);
      assert.deepEqual(clock.holdingTimers, [], "no program waits for it");
      clock.pass(delay - 0.01);
      await settle();
      assert.equal(server.open, 0);
      clock.pass(0.02);
    }
  }
});

test("without a word of it, the base is a second and the cap five minutes", async (t) => {
  const server = await serve(t);
  server.otherwise = answer(503);
  const { client, clock, debug, rest } = bench(t, server);
  clock.chance = 1 - Number.EPSILON;
  await client.logEvent("n");
  clock.pass(1_000);
  for (let failures = 1; failures <= 12; failures += 1) {
    await until("the failure", () => client.stats.failures === failures);
    await rest();
    clock.pass(delaysOf(debug).at(-1) as number);
  }
  const seconds = delaysOf(debug).map((delay) => Math.round(delay / 1000));
  assert.deepEqual(seconds.slice(0, 12), [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
});

test("a success begins the delays anew", async (t) => {
  const server = await serve(t, hangUp, hangUp, (_, store) => store(), hangUp);
  const { client, clock, debug, rest } = bench(t, server);
  clock.chance = 0;
  await client.logEvent("n");
  clock.pass(1_000);
  for (const failures of [1, 2]) {
    await until("the failure", () => client.stats.failures === failures);
    await rest();
    clock.pass(10_000);
  }
  await until("delivery", () => client.stats.delivered === 1);
  await rest();
  await client.logEvent("n");
  clock.pass(1_000);
  await until("the failure", () => client.stats.failures === 3);
  await rest();
  assert.deepEqual(delaysOf(debug), [500, 1_000, 500]);
});

const DATE = "Sun, 22 Nov 2026 10:00:00 GMT";
const later = (seconds: number) => new Date(Date.parse(DATE) + seconds * 1000).toUTCString();

/** What Retry-After says, the answer's own Date, and the least delay that follows of it. */
const retryAfters: [value: string, date: string | undefined, ms: number][] = [
  ["120", undefined, 120_000],
  ["0", undefined, 0],
  ["3600", undefined, 3_600_000],
  ["3601", undefined, 3_600_000],
  ["99999999999999999999", undefined, 3_600_000],
  [later(90), DATE, 90_000],
  [later(-90), DATE, 0],
  [later(86_400), DATE, 3_600_000],
  ["soon", DATE, 0],
  ["-5", DATE, 0],
  ["", DATE, 0],
];

for (const [value, date, ms] of retryAfters) {
  test(`Retry-After: ${value || "(empty)"} is a delay of at least ${ms} ms`, async (t) => {
    for (const status of [429, 503, 500]) {
      const headers = { "retry-after": value, ...(date === undefined ? {} : { date }) };
      const server = await serve(t, answer(status, {}, headers));
      const { client, clock, debug, rest } = bench(t, server);
      clock.chance = 0;
      await client.logEvent("n");
      clock.pass(1_000);
      await until("the failure", () => client.stats.failures === 1);
      await rest();
      assert.deepEqual(delaysOf(debug), [Math.max(500, ms)]);
      clock.pass(Math.max(500, ms) - 1);
      await settle();
      assert.equal(server.received.length, 1);
      clock.pass(1);
      await until("delivery", () => client.stats.delivered === 1);
    }
  });
}

test("a date without the answer's own is read by the time of day here", async (t) => {
  const server = await serve(t);
  const { client, clock, debug, rest } = bench(t, server);
  server.answers.push((response) => {
    response.sendDate = false;
    const at = new Date(clock.now() + 40_000).toUTCString();
    response.writeHead(429, { "retry-after": at }).end();
  });
  await client.logEvent("n");
  clock.pass(1_000);
  await until("the failure", () => client.stats.failures === 1);
  await rest();
  const [delay] = delaysOf(debug);
  assert.ok(delay !== undefined && delay > 38_000 && delay <= 40_000, String(delay));
});

test("a longer backoff is not shortened by Retry-After", async (t) => {
  const server = await serve(t);
  server.otherwise = answer(429, {}, { "retry-after": "1" });
  const { client, clock, debug, rest } = bench(t, { ...server, retry: { baseMs: 60_000 } });
  clock.chance = 0;
  await client.logEvent("n");
  clock.pass(1_000);
  await until("the failure", () => client.stats.failures === 1);
  await rest();
  assert.deepEqual(delaysOf(debug), [30_000]);
});

test("a flush goes past the backoff, but not past Retry-After", async (t) => {
  const server = await serve(t, answer(500), answer(429, {}, { "retry-after": "30" }));
  const { client, clock } = bench(t, server);
  await client.logEvent("n");
  await assert.rejects(client.flush(), { code: "http-status", status: 500 });
  await assert.rejects(client.flush(), { code: "http-status", status: 429 });
  for (let again = 0; again < 3; again += 1)
    await assert.rejects(client.flush(), { code: "http-status", status: 429 });
  clock.pass(29_999);
  await assert.rejects(client.flush(), { code: "http-status", status: 429 });
  assert.equal(server.received.length, 2);
  clock.pass(1);
  await client.flush();
  assert.equal(client.stats.delivered, 1);
});

test("a page that is online or looked at again ends a backoff, but not a Retry-After", async (t) => {
  const server = await serve(t, hangUp, answer(429, {}, { "retry-after": "30" }));
  const { client, clock, back, rest } = bench(t, server);
  back();
  await client.logEvent("n");
  clock.pass(1_000);
  await until("the failure", () => client.stats.failures === 1);
  await rest();
  back();
  await until("the second failure", () => client.stats.failures === 2);
  await rest();
  back();
  await settle();
  assert.equal(server.received.length, 2);
  assert.deepEqual([client.stats.state, client.stats.waiting], ["waiting", 1]);
  clock.pass(30_000);
  await until("delivery", () => client.stats.delivered === 1);
});

test("a 413 with Retry-After is not followed by a smaller batch before its time", async (t) => {
  const server = await serve(t, answer(413, {}, { "retry-after": "20" }));
  const { client, clock, rest } = bench(t, server);
  await client.logEvents(["a", "b", "c", "d"]);
  clock.pass(1_000);
  await until("the failure", () => client.stats.failures === 1);
  await rest();
  clock.pass(19_999);
  await settle();
  assert.equal(server.batches.length, 1);
  clock.pass(1);
  await until("delivery", () => client.stats.delivered === 4);
  assert.deepEqual(
    server.batches.map(({ length }) => length),
    [4, 2, 2],
  );
});

test("the time of day may jump by years: nothing is sent early or late, and nothing is lost", async (t) => {
  const server = await serve(t, answer(429, {}, { "retry-after": "30" }));
  const { client, clock, rest } = bench(t, server);
  await client.logEvent("n");
  clock.jump(10 * 365 * 86_400_000);
  clock.pass(1_000);
  await until("the failure", () => client.stats.failures === 1);
  await rest();
  clock.jump(-20 * 365 * 86_400_000);
  clock.pass(29_999);
  await settle();
  assert.equal(server.received.length, 1);
  clock.pass(1);
  await until("delivery", () => client.stats.delivered === 1);
});
