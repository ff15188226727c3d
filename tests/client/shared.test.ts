// What others have left in a queue, or take out of it, and a queue that does not answer.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { QueueSource } from "blindtally";
import { fileQueue, memoryQueue } from "blindtally/queue";
import { assertBalance, bench, settle, until } from "./support/client.js";
import { refusal } from "./support/refusal.js";
import { answer, serve } from "./support/server.js";

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "blindtally-"));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

/** A queue for two clients, as tabs share one; `taken` says what one of them finds gone. */
async function shared(taken?: (tell: (ids: readonly string[]) => void) => void): Promise<QueueSource> {
  const queue = await memoryQueue().open({ endpoint: "", onNotice: () => {} });
  return {
    async open({ onTaken }) {
      if (onTaken) taken?.(onTaken);
      return { ...queue, persistent: true, close: async () => [] };
    },
  };
}

test("a queue that each program leaves full does not grow from one program to the next", async (t) => {
  const server = await serve(t);
  server.otherwise = answer(500);
  const path = join(await folder(t), "queue");
  for (const [taken, full] of [
    [6, 0],
    [4, 2],
    [0, 6],
  ]) {
    const { client, drops } = bench(t, { ...server, queue: fileQueue(path), maxQueue: 10 });
    await Promise.all([client.logEvents(["a", "b", "c"]), client.logEvents(["d", "e", "f"])]);
    assert.deepEqual([client.stats.waiting, client.stats.dropped["queue-full"]], [taken, full]);
    assert.equal(
      drops.reduce((sum, { ids }) => sum + ids.length, 0),
      full,
    );
    await client.logEvents(Array.from({ length: taken === 6 ? 0 : 2 }, () => "g"));
    assertBalance(client);
    await client.shutdown({ timeoutMs: 0 });
  }
  const lines = (await readFile(path, "utf8")).split("\n").filter((line) => line.startsWith("+"));
  assert.equal(lines.length, 10);
});

test("whoever waits for room gets it when another tab has made it", async (t) => {
  const server = await serve(t, answer(500), answer(500));
  const queue = await shared();
  const one = bench(t, { ...server, queue, maxQueue: 4 });
  const other = bench(t, { ...server, queue, maxQueue: 4, whenFull: "wait" });
  await one.client.logEvents(["a", "b", "c", "d"]);
  await until("the failure", () => one.client.stats.failures === 1);
  await one.rest();
  await assert.rejects(other.client.flush(), refusal("http-status", { status: 500 }));
  let isLogged = false;
  const logging = other.client.logEvents(["e", "f", "g", "h"]).then(() => {
    isLogged = true;
  });
  await settle();
  assert.equal(isLogged, false, "there is no room");
  await one.client.flush();
  other.clock.pass(300_000);
  await logging;
  await other.client.flush();
  assert.deepEqual([server.stored.size, other.client.stats.waiting], [8, 0]);
  assertBalance(other.client);
});

test("what another tab has taken over makes room, although the queue is never seen empty", async (t) => {
  const server = await serve(t);
  server.otherwise = answer(500);
  let tell = (_: readonly string[]) => {};
  const queue = await shared((onTaken) => {
    tell = onTaken;
  });
  const ids: string[] = [];
  const { client, debug } = bench(t, {
    ...server,
    queue,
    maxQueue: 3,
    onDrop: (drop) => ids.push(...drop.ids),
  });
  await client.logEvents(["a", "b", "c", "d"]);
  await until("the failure", () => client.stats.failures === 1);
  const [of] = server.batches;
  tell([...(of as string[]).slice(0, 2), ...ids]);
  assert.deepEqual([client.stats.delivered, client.stats.waiting], [2, 1]);
  assert.deepEqual(debug.at(-1), { kind: "delivered", count: 2, duplicates: 0 });
  tell(of as string[]);
  assert.deepEqual([client.stats.delivered, client.stats.waiting], [3, 0]);
  assertBalance(client);
});

test("what waited for consent and finds a queue that cannot be used is refused by optIn", async (t) => {
  const server = await serve(t);
  const path = join(await folder(t), "none", "queue");
  const { client } = bench(t, { ...server, queue: fileQueue(path), consent: "pending" });
  await client.logEvents(["a", "b"]);
  await assert.rejects(client.optIn(), refusal("file-access"));
  assert.deepEqual([client.stats.logged, client.stats.waiting], [0, 0]);
});

test("a queue that never answers does not hold up the end for longer than a second", async (t) => {
  const server = await serve(t);
  const queue: QueueSource = {
    async open(context) {
      const never = () => new Promise<never>(() => {});
      return { ...(await memoryQueue().open(context)), append: never, close: never };
    },
  };
  const { client, clock } = bench(t, { ...server, queue });
  void client.logEvent("a");
  let isOver = false;
  const ending = client.shutdown({ timeoutMs: 500 }).then(() => {
    isOver = true;
  });
  await settle();
  clock.pass(500);
  await settle();
  assert.equal(isOver, false);
  clock.pass(1_000);
  await ending;
  assert.deepEqual([client.stats.state, clock.timers], ["closed", []]);
});

test("while an API is down, any number of promises of delivery cost nothing", async (t) => {
  const server = await serve(t);
  server.otherwise = answer(500);
  const promises = new Set<Promise<void>>();
  const { client } = bench(t, { ...server, maxQueue: 5, waitUntil: (delivery) => promises.add(delivery) });
  for (let index = 0; index < 100; index += 1) await client.logEvent("a");
  assert.equal(client.stats.dropped["queue-full"], 95);
  assert.equal(promises.size, 5);
  await until("the failure", () => client.stats.failures === 1);
  server.otherwise = (_, store) => store();
  await client.flush();
  await Promise.all(promises);
});
