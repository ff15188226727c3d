// A page that is being left: what is sent at once, within what a browser lets outlive a page.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { QueueSource } from "blindtally";
import { memoryQueue } from "blindtally/queue";
import { assertBalance, bench, settle, until } from "./support/client.js";
import { answer, serve } from "./support/server.js";

/** A `fetch` that keeps what it was asked for, and answers when told. */
function watchedFetch() {
  const requests: { url: string; init: RequestInit; body: { events: { id: string }[] }; bytes: number }[] =
    [];
  const open: (() => void)[] = [];
  const fetch: typeof globalThis.fetch = (url, init = {}) => {
    const text = String(init.body);
    const body = JSON.parse(text);
    requests.push({ url: String(url), init, body, bytes: new TextEncoder().encode(text).length });
    return new Promise((resolve) => {
      open.push(() => resolve(Response.json({ stored: body.events.length, duplicates: 0 })));
    });
  };
  const release = () => {
    for (const one of open.splice(0)) one();
  };
  return { fetch, requests, release };
}

const endpoint = "https://analytics.example";

test("a page that is hidden sends what waits at once, as a request that outlives it and needs no preflight", async (t) => {
  const { fetch, requests, release } = watchedFetch();
  const { client, hide } = bench(t, { endpoint, fetch });
  await client.logEvents(["a", "b"]);
  hide();
  // In the same turn: there may be no other.
  assert.equal(requests.length, 1);
  const { url, init, body } = requests[0] as (typeof requests)[0];
  assert.equal(url, `${endpoint}/events`);
  assert.equal(body.events.length, 2);
  assert.deepEqual(
    [init.method, init.keepalive, init.credentials, init.referrerPolicy, init.redirect],
    ["POST", true, "omit", "no-referrer", "error"],
  );
  assert.deepEqual([...(init.headers as Headers)], [["content-type", "text/plain"]]);
  release();
  await until("delivery", () => client.stats.delivered === 2);
  hide();
  assert.equal(requests.length, 1, "nothing waits");
  assertBalance(client);
});

test("what was logged in this very turn is sent too, also before the queue is open", async (t) => {
  const { fetch, requests } = watchedFetch();
  const { client, hide } = bench(t, { endpoint, fetch });
  void client.logEvent("a");
  hide();
  assert.equal(requests.length, 1);
});

test("all such requests together stay within the budget, and none repeats what another has", async (t) => {
  const { fetch, requests, release } = watchedFetch();
  const { client, hide } = bench(t, { endpoint, fetch, flushAt: 1e6, flushBytes: 1e9, timeoutMs: 60_000 });
  await client.logEvents(Array.from({ length: 1000 }, (_, index) => `n${index}`));
  for (let times = 0; times < 10; times += 1) hide();
  const bytes = () => requests.reduce((sum, request) => sum + request.bytes, 0);
  assert.ok(bytes() <= 60_000 && bytes() > 59_000, String(bytes()));
  release();
  await until("delivery", () => client.stats.delivered > 0);
  await settle();
  hide();
  const ids = requests.flatMap(({ body }) => body.events.map(({ id }) => id));
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(ids.length > 800, "after an answer there is room for more");
  assertBalance(client);
});

test("at most four such requests are under way", async (t) => {
  const { fetch, requests } = watchedFetch();
  const { client, hide } = bench(t, { endpoint, fetch });
  for (let times = 0; times < 8; times += 1) {
    await client.logEvent("n");
    hide();
  }
  assert.equal(requests.length, 4);
});

test("what is not answered stays in the queue, and is the same event when it is sent again", async (t) => {
  const server = await serve(t, answer(503));
  const { client, clock, hide } = bench(t, server);
  await client.logEvents(["a", "b"]);
  hide();
  await until("the failure", () => client.stats.failures === 1);
  assert.equal(client.stats.waiting, 2);
  clock.pass(1_000);
  await until("delivery", () => client.stats.delivered === 2);
  assert.deepEqual(server.batches[0], server.batches[1]);
  assert.equal(server.stored.size, 2);
});

test("events that are sent both ways count once", async (t) => {
  const server = await serve(t);
  const stores: (() => void)[] = [];
  server.otherwise = (_, store) => stores.push(store);
  const { client, clock, hide } = bench(t, server);
  await client.logEvents(["a", "b"]);
  clock.pass(1_000);
  await until("the request", () => stores.length === 1);
  hide();
  await until("the other request", () => stores.length === 2);
  for (const store of stores) store();
  await until("both answers", () => client.stats.duplicates === 2);
  await until("rest", () => client.stats.state === "idle");
  assert.deepEqual([client.stats.delivered, client.stats.logged, server.stored.size], [2, 2, 2]);
  assertBalance(client);
});

test("a headers function that is not done at once gives what it gave last, and without that nothing is sent", async (t) => {
  const { fetch, requests, release } = watchedFetch();
  let calls = 0;
  const headers = async () => ({ authorization: `Bearer ${++calls}` });
  const { client, hide } = bench(t, { endpoint, fetch, headers });
  await client.logEvent("a");
  hide();
  assert.equal(requests.length, 0);
  const flushed = client.flush();
  await until("the request", () => requests.length === 1);
  release();
  await flushed;
  await client.logEvent("b");
  hide();
  assert.equal(new Headers(requests[1]?.init.headers).get("authorization"), "Bearer 2");
  const now = bench(t, { endpoint, fetch, headers: () => ({ authorization: "Bearer now" }) });
  await now.client.logEvent("a");
  now.hide();
  assert.equal(new Headers(requests[2]?.init.headers).get("authorization"), "Bearer now");
  release();
});

test("a headers function that throws takes nothing else down with it", async (t) => {
  const { fetch, requests } = watchedFetch();
  const fail = () => {
    throw new Error("of the application");
  };
  for (const headers of [fail, async () => fail()]) {
    const { client, hide } = bench(t, { endpoint, fetch, headers });
    await client.logEvent("a");
    hide();
  }
  await settle();
  assert.equal(requests.length, 0);
});

test("an API that asked to be left alone is left alone by a page that is left", async (t) => {
  const server = await serve(t, answer(429, {}, { "retry-after": "60" }));
  const { client, hide } = bench(t, server);
  await client.logEvent("a");
  await assert.rejects(client.flush(), { status: 429 });
  hide();
  await settle();
  assert.equal(server.received.length, 1);
});

test("an API that asks a page that was hidden to leave it alone is left alone by all that follows", async (t) => {
  const server = await serve(t, answer(429, {}, { "retry-after": "60" }));
  const { client, clock, hide, back } = bench(t, server);
  await client.logEvent("a");
  hide();
  await until("the failure", () => client.stats.failures === 1);
  clock.pass(1_000);
  back();
  hide();
  await client.logEvent("b");
  clock.pass(58_990);
  await settle();
  assert.deepEqual([server.received.length, client.stats.state], [1, "waiting"]);
  clock.pass(10);
  await until("delivery", () => client.stats.delivered === 2);
});

test("without consent nothing is sent by a page that is left", async (t) => {
  for (const consent of ["pending", "denied"] as const) {
    const { fetch, requests } = watchedFetch();
    const { client, hide } = bench(t, { endpoint, fetch, consent });
    await client.logEvent("a");
    hide();
    assert.equal(requests.length, 0);
  }
});

test("what a persistent queue has not stored yet is sent, and nothing of other tabs", async (t) => {
  const { fetch, requests } = watchedFetch();
  const queue: QueueSource = {
    async open(context) {
      const shared = await memoryQueue().open(context);
      const own = await memoryQueue().open(context);
      await shared.append([{ id: "of another tab", json: '{"id":"of another tab"}' }]);
      return {
        ...shared,
        persistent: true,
        close: async () => [],
        peekNow: (bytes) => own.peekNow(bytes),
        async append(events) {
          await own.append(events);
          await shared.append(events);
        },
      };
    },
  };
  const { client, hide } = bench(t, { endpoint, fetch, queue });
  await client.logEvent("a");
  void client.logEvent("b");
  hide();
  assert.equal(requests[0]?.body.events.length, 2);
});
