// SPEC.md, section 21, row by row: what is done with each answer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertBalance, bench, until } from "./support/client.js";
import { type Answer, answer, hangUp, nothing, serve } from "./support/server.js";

const names = (count: number) => Array.from({ length: count }, (_, index) => `n${index}`);

test("2xx that adds up to the number of entries delivers them, new or known", async (t) => {
  const server = await serve(t, answer(200, { stored: 1, duplicates: 2 }));
  const { client } = bench(t, server);
  await client.logEvents(names(3));
  await client.flush();
  const { delivered, duplicates, waiting, failures } = client.stats;
  assert.deepEqual([delivered, duplicates, waiting, failures], [3, 2, 0, 0]);
});

test("an API that does not speak of duplicates had none", async (t) => {
  const server = await serve(t, answer(201, { stored: 3 }));
  const { client } = bench(t, server);
  await client.logEvents(names(3));
  await client.flush();
  assert.deepEqual([client.stats.delivered, client.stats.duplicates], [3, 0]);
});

test("2xx with anything else, as a captive portal answers, keeps every event and its id", async (t) => {
  const portals = [
    "<html>Log in to the network</html>",
    "",
    "null",
    "[]",
    '"201 - Created"',
    { stored: 2, duplicates: 0 },
    { stored: 4, duplicates: 0 },
    { stored: "3", duplicates: 0 },
    { stored: 1.5, duplicates: 1.5 },
    { stored: 3, duplicates: "0" },
    { stored: 3, duplicates: 1 },
    { duplicates: 3 },
    {},
  ];
  for (const portal of portals) {
    const server = await serve(t, answer(200, portal));
    const { client } = bench(t, server);
    await client.logEvents(names(3));
    await assert.rejects(client.flush(), { code: "bad-response" }, JSON.stringify(portal));
    assert.deepEqual([client.stats.delivered, client.stats.waiting], [0, 3], JSON.stringify(portal));
    await client.flush();
    assert.deepEqual(server.batches[0], server.batches[1], "the same events with the same ids");
    assert.equal(server.stored.size, 3);
  }
});

for (const status of [400, 413, 422]) {
  test(`${status} to several halves the next batch, and each success doubles it again`, async (t) => {
    const server = await serve(t, answer(status), answer(status));
    const { client, drops } = bench(t, server, {});
    await client.logEvents(names(20));
    await client.flush();
    assert.deepEqual(
      server.batches.map(({ length }) => length),
      [20, 10, 5, 10, 5],
    );
    assert.deepEqual([client.stats.delivered, client.stats.failures, drops.length], [20, 2, 0]);
    assert.equal(server.stored.size, 20);
  });

  test(`${status} to one event drops it with its id, and all others are delivered`, async (t) => {
    const server = await serve(t);
    let culprit = "";
    server.otherwise = (response, store, { body }) => {
      culprit ||= JSON.parse(body).events[6].id;
      if (body.includes(culprit)) answer(status)(response, store, server.received[0] as never);
      else store();
    };
    const { client, drops } = bench(t, server);
    await client.logEvents(names(16));
    await client.flush();
    const reason = status === 413 ? "too-large" : "refused";
    assert.deepEqual(drops, [{ reason, count: 1, ids: [culprit], status }]);
    assert.equal(client.stats.dropped[reason], 1);
    assert.deepEqual([client.stats.delivered, client.stats.waiting, server.stored.size], [15, 0, 15]);
    assertBalance(client);
  });
}

test("a batch that was halved grows back to the most that one holds, and not beyond", async (t) => {
  const server = await serve(t, answer(413), answer(413));
  const { client } = bench(t, { ...server, maxBatch: 12 });
  await client.logEvents(names(60));
  await client.flush();
  assert.deepEqual(
    server.batches.map(({ length }) => length),
    [12, 6, 3, 6, 12, 12, 12, 12, 3],
  );
});

const others: Record<string, [Answer, object]> = {
  "a refused connection": [hangUp, { code: "network" }],
  "a redirect": [answer(307, {}, { location: "/other" }), { code: "network" }],
  "a body that breaks off": [
    (response) => {
      response.writeHead(201, { "content-length": "100" }).write('{"stored"');
      response.destroy();
    },
    { code: "network" },
  ],
};
for (const status of [401, 403, 404, 408, 409, 429, 500, 502, 503, 504])
  others[status] = [answer(status), { code: "http-status", status }];

for (const [what, [given, refusal]] of Object.entries(others)) {
  test(`${what} keeps everything in its order`, async (t) => {
    const server = await serve(t, given);
    const { client, drops } = bench(t, server);
    await client.logEvents(names(5));
    await assert.rejects(client.flush(), refusal);
    const { waiting, attempts, failures } = client.stats;
    assert.deepEqual([waiting, attempts, failures, drops.length], [5, 1, 1, 0]);
    await client.flush();
    assert.deepEqual(server.batches[0], server.batches[1]);
    assert.equal(client.stats.delivered, 5);
    assertBalance(client);
  });
}

test("no answer in time keeps everything, before and after the head of the answer", async (t) => {
  const half: Answer = (response) => response.writeHead(200).write('{"stored":');
  for (const silence of [nothing, half]) {
    const server = await serve(t, silence);
    const { client, clock } = bench(t, { ...server, timeoutMs: 700 });
    await client.logEvent("n");
    const flushed = assert.rejects(client.flush(), { code: "timeout" });
    await until("the request", () => server.received.length === 1);
    clock.pass(699);
    assert.equal(client.stats.failures, 0);
    clock.pass(1);
    await flushed;
    await client.flush();
    assert.deepEqual([server.stored.size, client.stats.delivered], [1, 1]);
  }
});

test("where each single event is refused, the queue is not emptied in a moment", async (t) => {
  const server = await serve(t);
  server.otherwise = answer(400);
  const { client, clock, drops, rest } = bench(t, server);
  await client.logEvents(names(8));
  clock.pass(1_000);
  await rest();
  // 8, 4, 2, 1, and one more; then it waits as after any other failure.
  assert.equal(server.batches.length, 5);
  assert.deepEqual([drops.length, client.stats.waiting, client.stats.state], [2, 6, "waiting"]);
  clock.pass(5_000);
  await until("the next", () => drops.length === 3);
  await rest();
  assert.equal(client.stats.state, "waiting");
  // A flush is asked for, and does not wait.
  await client.flush();
  assert.deepEqual([client.stats.dropped.refused, client.stats.waiting], [8, 0]);
  assertBalance(client);
});

test("one request is under way at a time, whatever is logged and asked for meanwhile", async (t) => {
  const server = await serve(t);
  const held: (() => void)[] = [];
  server.otherwise = (_, store) => held.push(store);
  const { client, clock } = bench(t, { ...server, flushAt: 10 });
  const flushes: Promise<void>[] = [];
  for (let round = 1; round <= 5; round += 1) {
    await client.logEvents(names(30));
    flushes.push(client.flush(), client.flush());
    clock.pass(1_000);
    await until("a request", () => held.length > 0);
    assert.equal(held.length, 1);
    held.shift()?.();
  }
  server.otherwise = (_, store) => store();
  const answering = setInterval(() => held.shift()?.(), 1);
  await Promise.all(flushes);
  clearInterval(answering);
  assert.equal(server.mostOpen, 1);
  assert.deepEqual([client.stats.delivered, server.stored.size], [150, 150]);
});

test("events arrive in the order in which they were logged", async (t) => {
  const server = await serve(t, answer(500), answer(413));
  const { client, clock, rest } = bench(t, { ...server, maxBatch: 7 });
  for (const name of names(40)) await client.logEvent(name);
  clock.pass(1_000);
  await rest();
  clock.pass(2_000);
  await until("all", () => client.stats.waiting === 0);
  const ids = [...server.stored.keys()];
  assert.equal(ids.length, 40);
  assert.deepEqual(ids, [...ids].sort());
});
