// A bounded queue, and a queue that cannot be used.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BlindtallyError, type Notice, type QueueSource } from "blindtally";
import { memoryQueue } from "blindtally/queue";
import { assertBalance, bench, settle, until } from "./support/client.js";
import { refusal } from "./support/refusal.js";
import { answer, hangUp, serve, store } from "./support/server.js";

test("the newest are dropped when as many wait as may, and there is room again after a delivery", async (t) => {
  const server = await serve(t, hangUp);
  const { client, drops } = bench(t, { ...server, maxQueue: 5 });
  assert.equal(await client.logEvents(["a", "b", "c", "d"]), 4);
  assert.equal(await client.logEvents(["e", "f", "g"]), 1);
  await client.logEvent("h");
  assert.deepEqual(
    drops.map(({ reason, count, ids }) => [reason, count, ids.length]),
    [
      ["queue-full", 2, 2],
      ["queue-full", 1, 1],
    ],
  );
  await until("the failure", () => client.stats.failures === 1);
  assertBalance(client);
  await client.flush();
  assert.equal(server.stored.size, 5);
  assert.equal(await client.logEvents(["a", "b", "c", "d", "e", "f"]), 5);
  assertBalance(client);
});

test("events of one turn are bounded too", async (t) => {
  const server = await serve(t);
  const { client } = bench(t, { ...server, maxQueue: 3 });
  await Promise.all(Array.from({ length: 10 }, () => client.logEvent("n")));
  assert.equal(client.stats.dropped["queue-full"], 7);
  await client.flush();
  assert.equal(server.stored.size, 3);
});

test("where asked for, logEvent waits for room instead, in order, and nothing is dropped", async (t) => {
  const server = await serve(t, hangUp);
  const { client, clock, drops, rest } = bench(t, { ...server, maxQueue: 3, whenFull: "wait" });
  const logged: number[] = [];
  const all = Array.from({ length: 10 }, (_, index) =>
    client.logEvent(`n${index}`).then(() => logged.push(index)),
  );
  await until("the failure", () => client.stats.failures === 1);
  await rest();
  assert.deepEqual(logged, [0, 1, 2], "there is room for three");
  assert.equal(client.stats.waiting, 10);
  assertBalance(client);
  clock.pass(2_000);
  await Promise.all(all);
  assert.deepEqual(logged, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await client.flush();
  assert.deepEqual([server.stored.size, drops.length], [10, 0]);
  const ids = [...server.stored.keys()];
  assert.deepEqual(ids, [...ids].sort());
});

test("a program that waits for room does not end for want of anything to do, and one that does not wait may", async (t) => {
  const server = await serve(t);
  server.otherwise = hangUp;
  const { client, clock, rest } = bench(t, { ...server, maxQueue: 2, whenFull: "wait", flushIntervalMs: 0 });
  await client.logEvent("a");
  clock.pass(0);
  await until("the failure", () => client.stats.failures === 1);
  await rest();
  assert.deepEqual(clock.holdingTimers, []);
  await client.logEvent("b");
  await settle();
  assert.deepEqual(clock.holdingTimers, [], "there was room");
  const logging = client.logEvent("c");
  await settle();
  assert.equal(clock.holdingTimers.length, 1);
  clock.pass(2_000);
  await until("the second failure", () => client.stats.failures === 2);
  await rest();
  assert.equal(clock.holdingTimers.length, 1);
  server.otherwise = store;
  clock.pass(5_000);
  await logging;
  await client.flush();
  assert.deepEqual(clock.holdingTimers, []);
});

test("a program that waits for room waits on where the timer of a Retry-After comes too early", async (t) => {
  const server = await serve(t);
  server.otherwise = answer(429, {}, { "retry-after": "10" });
  const { client, clock, rest } = bench(t, { ...server, maxQueue: 1, whenFull: "wait", flushIntervalMs: 0 });
  await client.logEvent("a");
  const logging = client.logEvent("b");
  clock.pass(0);
  await until("the failure", () => client.stats.failures === 1);
  await rest();
  clock.earlyMs = 0.5;
  clock.pass(9_999.5);
  await settle();
  assert.deepEqual([clock.holdingTimers, client.stats.attempts], [[0.5], 1]);
  server.otherwise = store;
  clock.pass(1);
  await logging;
  await client.flush();
  assert.equal(server.stored.size, 2);
});

test("a batch larger than the whole queue waits for room part by part, and a flush delivers all of it", async (t) => {
  const server = await serve(t);
  const { client } = bench(t, { ...server, maxQueue: 4, whenFull: "wait" });
  const logging = client.logEvents(Array.from({ length: 30 }, () => "n"));
  await client.flush();
  assert.equal(await logging, 30);
  assert.deepEqual([server.stored.size, client.stats.waiting], [30, 0]);
  assert.ok(server.batches.every(({ length }) => length <= 4));
});

test("what waits for room at the end is reported like what is in the queue", async (t) => {
  const server = await serve(t);
  server.otherwise = hangUp;
  const { client, drops } = bench(t, { ...server, maxQueue: 2, whenFull: "wait" });
  const logging = client.logEvents(["a", "b", "c", "d", "e"]);
  await settle();
  await client.shutdown({ timeoutMs: 0 });
  await logging;
  const lost = drops.reduce((sum, { count }) => sum + count, 0);
  assert.deepEqual(
    [lost, client.stats.dropped.shutdown, new Set(drops.flatMap(({ ids }) => ids)).size],
    [5, 5, 5],
  );
  assertBalance(client);
});

test("events of other tabs take up room as well", async (t) => {
  const server = await serve(t, hangUp);
  const shared = await memoryQueue().open({ endpoint: server.endpoint, onNotice: () => {} });
  const queue: QueueSource = { open: async () => ({ ...shared, persistent: true, close: async () => [] }) };
  const [one, other] = [
    bench(t, { ...server, queue, maxQueue: 6 }),
    bench(t, { ...server, queue, maxQueue: 6 }),
  ];
  await one.client.logEvents(["a", "b", "c", "d"]);
  await assert.rejects(other.client.flush(), { code: "network" });
  assert.equal(await other.client.logEvents(["e", "f", "g"]), 2);
  await other.client.flush();
  assert.equal(server.stored.size, 6);
  assert.equal(await other.client.logEvents(["a", "b", "c", "d", "e", "f", "g"]), 6);
});

test("what a queue refuses comes out of logEvent and flush, and nothing counts as logged", async (t) => {
  const server = await serve(t);
  const conflict = new BlindtallyError("conflict", "another process uses this file");
  const broken: QueueSource[] = [
    { open: () => Promise.reject(conflict) },
    {
      async open(context) {
        const fail = () => Promise.reject(conflict);
        return { ...(await memoryQueue().open(context)), append: fail, peek: fail, clear: fail };
      },
    },
  ];
  for (const queue of broken) {
    const { client, drops } = bench(t, { ...server, queue });
    await assert.rejects(client.logEvent("secret"), refusal("conflict"));
    await assert.rejects(client.logEvents(["secret", "secret"]), refusal("conflict"));
    await assert.rejects(client.flush(), refusal("conflict"));
    await assert.rejects(client.optOut(), refusal("conflict"));
    await client.shutdown();
    assert.deepEqual([client.stats.logged, client.stats.waiting, drops.length], [0, 0, 0]);
  }
});

test("a queue that recovers is used again", async (t) => {
  const server = await serve(t);
  let isBroken = true;
  const queue: QueueSource = {
    async open(context) {
      const queue = await memoryQueue().open(context);
      const fault = new BlindtallyError("conflict", "another process uses this file");
      return { ...queue, append: (events) => (isBroken ? Promise.reject(fault) : queue.append(events)) };
    },
  };
  const { client } = bench(t, { ...server, queue });
  await assert.rejects(client.logEvent("n"), refusal("conflict"));
  isBroken = false;
  await client.logEvent("n");
  await client.flush();
  assert.deepEqual([client.stats.logged, client.stats.delivered], [1, 1]);
});

test("what a queue has to say comes out of onDebug", async (t) => {
  const server = await serve(t);
  const notice: Notice = { kind: "memory-only", reason: "quota" };
  const queue: QueueSource = {
    async open(context) {
      context.onNotice(notice);
      assert.equal(context.endpoint, server.endpoint);
      return memoryQueue().open(context);
    },
  };
  const { debug } = bench(t, { ...server, queue });
  await settle();
  assert.deepEqual(debug, [notice]);
});
