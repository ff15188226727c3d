// Reading counts back.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { QueueSource } from "blindtally";
import { memoryQueue } from "blindtally/queue";
import { bench, events, keyset, until } from "./support/client.js";
import { refusal } from "./support/refusal.js";
import { answer, hangUp, serve } from "./support/server.js";

const wards = keyset.cipher(["event", "property", "ward"]);

test("getResults has a null prototype, and getReport has what could not be read", async (t) => {
  const results = { [events.encrypt("secret-event-a")]: 3, [events.encrypt("__proto__")]: 2, "in clear": 1 };
  const server = await serve(t);
  server.otherwise = answer(200, { results });
  const { client } = bench(t, server);
  const counts = await client.getResults();
  assert.equal(Object.getPrototypeOf(counts), null);
  assert.deepEqual(Object.entries(counts), [
    ["secret-event-a", 3],
    ["__proto__", 2],
  ]);
  const report = await client.getReport();
  assert.deepEqual([...report.counts], Object.entries(counts));
  assert.deepEqual(report.unreadable, [{ token: "in clear", count: 1, code: "not-a-token" }]);
  assert.deepEqual(
    server.received.map(({ method, url }) => `${method} ${url}`),
    ["GET /results", "GET /results"],
  );
});

test("by a field, both columns are decrypted, and both levels have a null prototype", async (t) => {
  const server = await serve(t);
  server.otherwise = answer(200, {
    results: [
      { event: events.encrypt("a"), value: wards.encrypt("7b"), count: 2 },
      { event: events.encrypt("a"), value: wards.encrypt("__proto__"), count: 1 },
      { event: events.encrypt("__proto__"), value: wards.encrypt("7b"), count: 4 },
      { event: events.encrypt("a"), value: "in clear", count: 9 },
    ],
  });
  const { client } = bench(t, { ...server, properties: { ward: "deterministic" } });
  const counts = await client.getResults({ by: "ward" });
  assert.deepEqual(JSON.stringify(counts), '{"a":{"7b":2,"__proto__":1},"__proto__":{"7b":4}}');
  for (const object of [counts, ...Object.values(counts)]) assert.equal(Object.getPrototypeOf(object), null);
  const report = await client.getReport({ by: "ward" });
  assert.equal(report.counts.get("__proto__")?.get("7b"), 4);
  assert.equal(report.unreadable.length, 1);
  assert.equal(server.received[0]?.url, "/results?by=ward");
});

test("a field that is none is refused before anything is asked", async (t) => {
  const server = await serve(t);
  const { client } = bench(t, server);
  for (const by of ["", "1", "a b", "a&b=c", "ä", "a".repeat(65), 7 as never])
    await assert.rejects(client.getResults({ by }), refusal("bad-argument"));
  assert.equal(server.received.length, 0);
});

test("what waits is delivered first, and a failure of that is not one of the results", async (t) => {
  const server = await serve(t, (_, store) => store(), answer(200, { results: {} }));
  const { client } = bench(t, server);
  await client.logEvent("a");
  await client.getResults();
  assert.deepEqual(
    server.received.map(({ url }) => url),
    ["/events", "/results"],
  );
  server.answers.push(hangUp, answer(200, { results: {} }));
  await client.logEvent("a");
  assert.deepEqual(Object.keys(await client.getResults()), []);
  assert.equal(client.stats.waiting, 1);
});

test("where what waits cannot be delivered for another tab's sake, results are asked for all the same", async (t) => {
  const server = await serve(t, answer(200, { results: {} }));
  const queue: QueueSource = {
    async open(context) {
      const never = () => new Promise<never>(() => {});
      return { ...(await memoryQueue().open(context)), exclusively: never };
    },
  };
  const { client, clock } = bench(t, { ...server, queue, timeoutMs: 500 });
  await client.logEvent("a");
  const results = client.getResults();
  await until("patience", () => clock.timers.includes(500));
  clock.pass(500);
  assert.deepEqual(Object.keys(await results), []);
});

test("an answer that is no success is an error with its status", async (t) => {
  for (const status of [400, 401, 404, 413, 429, 500, 503]) {
    const server = await serve(t, answer(status, { error: "secret-event-a" }));
    const { client } = bench(t, server);
    await assert.rejects(client.getResults(), refusal("http-status", { status }));
  }
});

test("an answer that is no result is an error, and does not quote the answer", async (t) => {
  const bodies = ['"201"', "null", "[]", "{}", '{"results":null}', '{"results":3}', "secret-event-a", ""];
  for (const body of bodies) {
    const server = await serve(t);
    server.otherwise = answer(200, body);
    const { client } = bench(t, server);
    await assert.rejects(client.getReport(), refusal("bad-response"), body);
    await assert.rejects(client.getReport({ by: "ward" }), refusal("bad-response"), body);
  }
  const server = await serve(t, answer(200, '{"results":[]}'), answer(200, '{"results":{}}'));
  const { client } = bench(t, server);
  await assert.rejects(client.getReport(), refusal("bad-response"));
  await assert.rejects(client.getReport({ by: "ward" }), refusal("bad-response"));
  server.answers.push(answer(200, { results: { [events.encrypt("a")]: -1 } }));
  await assert.rejects(client.getResults(), refusal("bad-count", { index: 0 }));
});
