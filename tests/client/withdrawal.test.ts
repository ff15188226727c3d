// Consent that is withdrawn, and given again, at the worst moment.

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertBalance, bench, settle, until } from "./support/client.js";
import { serve } from "./support/server.js";

test("consent that is withdrawn and given again while a request fails: what was withdrawn is dropped, not taken for delivered", async (t) => {
  const server = await serve(t);
  let release = () => {};
  server.answers.push((response) => {
    release = () => response.writeHead(500).end();
  });
  const { client, clock, drops, rest } = bench(t, server);
  await client.logEvents(["a", "b"]);
  clock.pass(1_000);
  await until("the request", () => server.received.length === 1);
  await client.optOut();
  await client.optIn();
  await client.logEvent("c");
  release();
  await rest();
  await client.flush();
  const { delivered, waiting, dropped } = client.stats;
  assert.deepEqual([delivered, waiting, dropped["no-consent"]], [1, 0, 2]);
  assert.deepEqual(
    drops.map(({ reason, ids }) => [reason, ids]),
    [["no-consent", server.batches[0]]],
    "each is reported once",
  );
  assert.deepEqual([...server.stored.keys()], server.batches[1]);
  assertBalance(client);
});

test("what was sent twice, on leaving the page too, is settled once: by the answer that arrives, or the last that fails", async (t) => {
  for (const [first, second] of [
    [500, 201],
    [201, 500],
    [500, 500],
  ]) {
    const server = await serve(t);
    const releases: (() => void)[] = [];
    for (const status of [first, second])
      server.answers.push((response, store) => {
        releases.push(() => (status === 201 ? store() : response.writeHead(status as number).end()));
      });
    const { client, clock, drops, hide, rest } = bench(t, server);
    await client.logEvents(["a", "b"]);
    clock.pass(1_000);
    await until("the request", () => releases.length === 1);
    hide();
    await until("the second request", () => releases.length === 2);
    await client.optOut();
    await client.optIn();
    // The queue is empty, and yet nobody else has delivered them.
    clock.pass(1_000);
    await settle();
    assert.deepEqual([client.stats.delivered, client.stats.waiting], [0, 2]);
    releases[0]?.();
    await until("the first answer", () => client.stats.attempts === 1);
    releases[1]?.();
    await until("the second answer", () => client.stats.attempts === 2);
    await rest();
    const { delivered, waiting, dropped } = client.stats;
    const expected = server.stored.size === 2 ? [2, 0, 0] : [0, 0, 2];
    assert.deepEqual([delivered, waiting, dropped["no-consent"]], expected);
    assert.equal(drops.flatMap(({ ids }) => ids).length, expected[2]);
    assertBalance(client);
  }
});

test("nothing is sent any more when consent is withdrawn while header fields are awaited, also if it is given again", async (t) => {
  for (const isGivenAgain of [false, true]) {
    const server = await serve(t);
    const waiting: (() => void)[] = [];
    const headers = () => new Promise<Record<string, string>>((give) => waiting.push(() => give({})));
    const { client, clock, rest } = bench(t, { ...server, headers });
    await client.logEvents(["a", "b"]);
    clock.pass(1_000);
    await until("the question", () => waiting.length === 1);
    await client.optOut();
    if (isGivenAgain) await client.optIn();
    waiting[0]?.();
    await rest();
    await settle();
    const { delivered, dropped } = client.stats;
    assert.deepEqual([delivered, dropped["no-consent"], server.received.length], [0, 2, 0]);
    assertBalance(client);
  }
});

test("what is logged after consent was given again is not forgotten with what was withdrawn", async (t) => {
  const server = await serve(t);
  const { client, drops } = bench(t, server);
  await client.logEvent("a");
  const choices = [client.optOut(), client.optIn()];
  const logging = client.logEvents(["b", "c"]);
  await Promise.all([...choices, logging]);
  await client.flush();
  assert.deepEqual(
    [client.stats.delivered, client.stats.dropped["no-consent"], server.stored.size],
    [2, 1, 2],
  );
  assert.equal(drops.length, 1);
  assertBalance(client);
});
