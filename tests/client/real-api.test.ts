// The client with the real analytics API, and with the platform's own clock and queue.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "blindtally";
import { localAnalytics } from "../services/support/analytics.js";
import { keyset, until } from "./support/client.js";
import { serve } from "./support/server.js";

test("what is logged is counted, by name and by field, and nothing of it is readable there", async (t) => {
  const { url, store } = await localAnalytics(t);
  await using client = createClient({
    endpoint: url,
    keyset,
    properties: { ward: "deterministic", note: "randomized", floor: "clear" },
  });
  await client.logEvent("secret-a", { ward: "secret-w1", note: "secret-n", floor: 3, other: "secret-o" });
  await client.logEvents([
    "secret-b",
    { name: "secret-a", properties: { ward: "secret-w1", floor: 4 } },
    { name: "secret-a", properties: { ward: "secret-w2", floor: 3 } },
  ]);
  assert.deepEqual({ ...(await client.getResults()) }, { "secret-a": 3, "secret-b": 1 });
  const byWard = await client.getResults({ by: "ward" });
  assert.equal(JSON.stringify(byWard), '{"secret-a":{"secret-w1":2,"secret-w2":1}}');
  assert.equal(JSON.stringify(await client.getResults({ by: "floor" })), '{"secret-a":{"3":2,"4":1}}');
  const { counts, unreadable } = await client.getReport({ by: "note" });
  assert.deepEqual([[...counts.keys()], unreadable], [["secret-a"], []]);
  const stored = JSON.stringify([...(await store.counts())]);
  assert.doesNotMatch(stored, /secret/);
});

test("an answer that was lost on the way makes nothing count twice", async (t) => {
  const { url } = await localAnalytics(t);
  let isLost = true;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const response = await globalThis.fetch(input, init);
    if (isLost && init?.method === "POST") throw new TypeError("the answer is lost");
    return response;
  };
  await using client = createClient({ endpoint: url, keyset, fetch });
  await client.logEvents(["a", "b", "a"]);
  for (let times = 0; times < 3; times += 1) await assert.rejects(client.flush(), { code: "network" });
  isLost = false;
  await client.flush();
  const { delivered, duplicates, attempts, failures } = client.stats;
  assert.deepEqual([delivered, duplicates, attempts, failures], [3, 3, 4, 3]);
  assert.deepEqual({ ...(await client.getResults()) }, { a: 2, b: 1 });
});

test("by its own clock a client sends after its interval, tries again after a failure, and is done", async (t) => {
  const server = await serve(t, (response) => response.destroy());
  await using client = createClient({
    endpoint: server.endpoint,
    keyset,
    flushIntervalMs: 5,
    retry: { baseMs: 5 },
  });
  await client.logEvent("a");
  await until("delivery", () => client.stats.delivered === 1);
  assert.deepEqual([client.stats.attempts, client.stats.failures], [2, 1]);
});
