// flush, shutdown, dispose, waitUntil, and the end of a program.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { createClient, Keyset, type QueueSource } from "blindtally";
import { memoryQueue } from "blindtally/queue";
import { assertBalance, bench, keyset, settle, until } from "./support/client.js";
import { refusal } from "./support/refusal.js";
import { answer, hangUp, nothing, serve } from "./support/server.js";

/** Says of itself that it outlives the program. */
const durable: QueueSource = {
  async open(context) {
    return { ...(await memoryQueue().open(context)), persistent: true, close: async () => [] };
  },
};

test("logEvent resolves when the event is in the queue, which is before it is sent", async (t) => {
  const server = await serve(t);
  const { client } = bench(t, server);
  await client.logEvent("n");
  assert.deepEqual([client.stats.waiting, client.stats.state, server.received.length], [1, "idle", 0]);
});

test("a flush resolves when all that was logged before is delivered, however much that is", async (t) => {
  const server = await serve(t);
  const { client } = bench(t, { ...server, maxBatch: 10 });
  // Not awaited: they are in line when the flush is called.
  void client.logEvents(Array.from({ length: 95 }, () => "n"));
  void client.logEvent("n");
  await client.flush();
  assert.deepEqual([server.stored.size, client.stats.waiting], [96, 0]);
});

test("a flush of nothing asks nobody, and flushes at the same time are one", async (t) => {
  const server = await serve(t);
  const { client } = bench(t, server);
  await client.flush();
  assert.equal(server.received.length, 0);
  await client.logEvent("n");
  await Promise.all([client.flush(), client.flush(), client.flush()]);
  assert.equal(server.received.length, 1);
});

test("a flush that is asked for during a request brings what was logged meanwhile", async (t) => {
  const server = await serve(t);
  let release = () => {};
  server.answers.push((_, store) => {
    release = store;
  });
  const { client } = bench(t, { ...server, flushAt: 1 });
  await client.logEvent("a");
  await until("the request", () => server.received.length === 1);
  await client.logEvent("b");
  const flushed = client.flush();
  release();
  await flushed;
  assert.equal(client.stats.delivered, 2);
});

test("what is left by a former program is sent without being asked for, and counts for nobody here", async (t) => {
  const server = await serve(t);
  const former = bench(t, { ...server });
  const kept = await memoryQueue().open({ endpoint: server.endpoint, onNotice: () => {} });
  await former.client.logEvents(["a", "b"]);
  const queue: QueueSource = { open: async () => ({ ...kept, persistent: true, close: async () => [] }) };
  await kept.append([
    {
      id: "0199a000-0000-7000-8000-000000000001",
      json: '{"id":"0199a000-0000-7000-8000-000000000001","event":"x"}',
    },
    {
      id: "0199a000-0000-7000-8000-000000000002",
      json: '{"id":"0199a000-0000-7000-8000-000000000002","event":"y"}',
    },
  ]);
  const { client, clock } = bench(t, { ...server, queue });
  await until("the plan", () => clock.timers.length > 0);
  clock.pass(1_000);
  await until("delivery", () => server.stored.size === 2);
  assert.deepEqual([client.stats.logged, client.stats.delivered], [0, 0]);
  await client.logEvent("n");
  await client.flush();
  assert.deepEqual([client.stats.delivered, server.stored.size], [1, 3]);
  assert.equal(await kept.count(), 0);
});

test("what another tab has taken over counts as delivered", async (t) => {
  const server = await serve(t);
  const shared = await memoryQueue().open({ endpoint: server.endpoint, onNotice: () => {} });
  const queue: QueueSource = { open: async () => ({ ...shared, persistent: true, close: async () => [] }) };
  const [one, other] = [bench(t, { ...server, queue }), bench(t, { ...server, queue })];
  await one.client.logEvents(["a", "b"]);
  await other.client.logEvent("c");
  await other.client.flush();
  assert.deepEqual([other.client.stats.delivered, server.stored.size], [1, 3]);
  assert.equal(one.client.stats.waiting, 2, "not known yet");
  await one.client.flush();
  assert.deepEqual([one.client.stats.delivered, one.client.stats.waiting], [2, 0]);
  assert.deepEqual(one.debug.at(-1), { kind: "delivered", count: 2, duplicates: 0 });
  assert.equal(server.received.length, 1);
  assertBalance(one.client);
});

test("what is logged in the moment in which the queue is found empty is not taken for delivered", async (t) => {
  const server = await serve(t);
  const shared = await memoryQueue().open({ endpoint: server.endpoint, onNotice: () => {} });
  let between = async () => {};
  const queue: QueueSource = {
    async open() {
      const peek: typeof shared.peek = async (...limits) => {
        const found = await shared.peek(...limits);
        await between();
        return found;
      };
      return { ...shared, peek, persistent: true, close: async () => [] };
    },
  };
  const { client } = bench(t, { ...server, queue });
  await client.logEvents(["a", "b"]);
  // As another tab does.
  await shared.clear();
  between = async () => {
    between = async () => {};
    await client.logEvent("c");
  };
  await client.flush();
  assert.equal(server.stored.size, 1, "it was sent");
  assert.deepEqual([client.stats.delivered, client.stats.waiting], [3, 0]);
  assertBalance(client);
});

test("a shutdown delivers what waits, takes nothing more, and then is closed", async (t) => {
  const server = await serve(t);
  const { client, clock, listeners } = bench(t, server);
  await client.logEvents(["a", "b"]);
  const ending = client.shutdown();
  await assert.rejects(client.logEvent("c"), refusal("disposed"));
  await assert.rejects(client.logEvents(["c"]), refusal("disposed"));
  await ending;
  assert.equal(server.stored.size, 2);
  assert.deepEqual([client.stats.state, client.stats.delivered], ["closed", 2]);
  for (const call of [
    () => client.logEvent("c"),
    () => client.getResults(),
    () => client.flush(),
    () => client.optIn(),
    () => client.optOut(),
  ])
    await assert.rejects(call(), refusal("disposed"));
  await Promise.all([client.shutdown(), client[Symbol.asyncDispose]()]);
  assert.deepEqual([clock.timers, listeners()], [[], 0], "nothing is left behind");
  assert.equal(server.received.length, 1);
});

test("a shutdown goes on trying until its deadline, and then reports what was in memory only", async (t) => {
  const server = await serve(t);
  server.otherwise = hangUp;
  const { client, clock, drops } = bench(t, server);
  clock.chance = 0;
  await client.logEvents(["a", "b"]);
  const ending = client.shutdown({ timeoutMs: 4_000 });
  // 500, 1000 and 2000 ms of waiting; the next would be too late.
  for (let failures = 1; failures <= 4; failures += 1) {
    await until("the failure", () => client.stats.failures === failures);
    await until("rest", () => client.stats.state !== "sending");
    assert.equal(client.stats.waiting, 2);
    clock.pass(500 * 2 ** (failures - 1));
  }
  await ending;
  assert.equal(server.received.length, 4);
  assert.deepEqual(
    drops.map(({ reason, count, ids }) => [reason, count, ids.length]),
    [["shutdown", 2, 2]],
  );
  assertBalance(client);
});

test("a shutdown delivers as soon as it can again", async (t) => {
  const server = await serve(t, hangUp, hangUp);
  const { client, clock } = bench(t, server);
  await client.logEvents(["a", "b"]);
  const ending = client.shutdown();
  for (const failures of [1, 2]) {
    await until("the failure", () => client.stats.failures === failures);
    await until("rest", () => client.stats.state === "waiting");
    clock.pass(2_000);
  }
  await ending;
  assert.deepEqual([client.stats.delivered, client.stats.dropped.shutdown], [2, 0]);
});

test("a shutdown does not wait for an attempt that would come too late", async (t) => {
  const server = await serve(t, answer(429, {}, { "retry-after": "600" }));
  const { client } = bench(t, server);
  await client.logEvent("a");
  await client.shutdown();
  assert.deepEqual([client.stats.dropped.shutdown, server.received.length], [1, 1]);
});

test("a request that hangs at the deadline is ended, and what it held is reported", async (t) => {
  const server = await serve(t, nothing);
  const { client, clock } = bench(t, { ...server, timeoutMs: 60_000 });
  await client.logEvent("a");
  const ending = client.shutdown({ timeoutMs: 1_000 });
  await until("the request", () => server.received.length === 1);
  clock.pass(1_000);
  await ending;
  await until("the end of the request", () => server.open === 0);
  assert.equal(client.stats.dropped.shutdown, 1);
  assert.deepEqual(clock.timers, []);
  assertBalance(client);
});

test("a second shutdown may be in more of a hurry than the first", async (t) => {
  const server = await serve(t, nothing);
  const { client, clock } = bench(t, { ...server, timeoutMs: 60_000 });
  await client.logEvent("a");
  const first = client.shutdown();
  await until("the request", () => server.received.length === 1);
  const second = client.shutdown({ timeoutMs: 10 });
  clock.pass(10);
  await Promise.all([first, second]);
  assert.equal(client.stats.dropped.shutdown, 1);
});

test("a shutdown that is given no time is refused, and the client goes on", async (t) => {
  const server = await serve(t);
  const { client } = bench(t, server);
  for (const timeoutMs of [Number.NaN, Number.POSITIVE_INFINITY, -1, "5"])
    await assert.rejects(client.shutdown({ timeoutMs: timeoutMs as number }), refusal("bad-argument"));
  await client.logEvent("a");
  await client.shutdown({ timeoutMs: undefined });
  assert.equal(server.stored.size, 1);
  await client.shutdown(null as never);
});

test("what is stored for good is neither waited for nor reported: another time it is delivered", async (t) => {
  const server = await serve(t, hangUp);
  const { client, drops } = bench(t, { ...server, queue: durable });
  await client.logEvents(["a", "b"]);
  await client.shutdown();
  assert.deepEqual([client.stats.waiting, drops.length, server.received.length], [2, 0, 1]);
  assertBalance(client);
});

test("dispose wipes the keys at once, and what waits is still delivered", async (t) => {
  const server = await serve(t);
  const keys = Keyset.generate();
  {
    using client = createClient({ endpoint: server.endpoint, keyset: keys });
    await client.logEvent("a");
  }
  await until("delivery", () => server.stored.size === 1);
  const client = createClient({ endpoint: server.endpoint, keyset: keys });
  await client.logEvent("a");
  client.dispose();
  client.dispose();
  await assert.rejects(client.logEvent("a"), refusal("disposed"));
  await assert.rejects(client.getResults(), refusal("disposed"));
  await client.shutdown();
  assert.equal(client.stats.delivered, 1);
  assert.equal(keys.cipher().decrypt(keys.cipher().encrypt("a")), "a", "the keyset stays");
});

test("await using delivers at the end of the block", async (t) => {
  const server = await serve(t);
  {
    await using client = createClient({ endpoint: server.endpoint, keyset });
    await client.logEvent("a");
  }
  assert.equal(server.stored.size, 1);
});

test("waitUntil is given the delivery of what was logged, which ends in any case and never rejects", async (t) => {
  const server = await serve(t, hangUp, answer(413), answer(413));
  const deliveries: Promise<void>[] = [];
  let ended = 0;
  const { client, clock, rest } = bench(t, {
    ...server,
    waitUntil(delivery) {
      const end = () => {
        ended += 1;
      };
      deliveries.push(delivery.then(end));
    },
  });
  await client.logEvent("a");
  await client.logEvents(["b", "c"]);
  assert.equal(deliveries.length, 2);
  clock.pass(1_000);
  await rest();
  await settle();
  assert.equal(ended, 0, "not while it waits for the next attempt");
  clock.pass(2_000);
  await until("the drop", () => client.stats.dropped["too-large"] === 1);
  await rest();
  clock.pass(5_000);
  await until("delivery", () => client.stats.waiting === 0);
  await Promise.all(deliveries);
  assert.deepEqual([client.stats.delivered, client.stats.dropped["too-large"]], [2, 1]);
  await client.logEvent("d");
  await client.shutdown({ timeoutMs: 0 });
  await Promise.all(deliveries);
  assert.equal(ended, 3);
});

test("with nothing else to do, what is in memory only is tried once more, and then reported", async (t) => {
  const server = await serve(t);
  server.otherwise = hangUp;
  const { client, clock, drops, exit, rest } = bench(t, server);
  await client.logEvent("a");
  clock.pass(1_000);
  await until("the failure", () => client.stats.failures === 1);
  await rest();
  exit();
  await until("the end", () => client.stats.state === "closed");
  assert.equal(server.received.length, 2);
  assert.deepEqual(
    drops.map(({ reason, count }) => [reason, count]),
    [["shutdown", 1]],
  );
  assertBalance(client);
});

test("with nothing else to do, a last try that succeeds leaves the client open", async (t) => {
  const server = await serve(t, hangUp);
  const { client, clock, exit, listeners, rest } = bench(t, server);
  await client.logEvent("a");
  clock.pass(1_000);
  await until("the failure", () => client.stats.failures === 1);
  await rest();
  assert.equal(listeners(), 3);
  exit();
  await until("delivery", () => client.stats.delivered === 1);
  await until("rest", () => client.stats.state === "idle");
  assert.equal(listeners(), 2, "nothing waits, so nobody need be told of the end");
  await client.logEvent("b");
  await client.flush();
  assert.equal(client.stats.delivered, 2);
});

/** Runs a program with a client, and gives what it prints. */
async function run(endpoint: string, program: string): Promise<string> {
  const source = `
    import { createClient, Keyset } from "blindtally";
    const drops = [];
    const client = createClient({
      endpoint: ${JSON.stringify(endpoint)},
      keyset: Keyset.generate(),
      onDrop: ({ reason, count }) => console.log(reason, count),
      retry: { baseMs: 60_000 },
    });
    process.on("exit", () => console.log(client.stats.delivered, client.stats.waiting));
    ${program}`;
  const cwd = new URL("../../..", import.meta.url).pathname;
  const args = ["--input-type=module", "--eval", source];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, timeout: 60_000 });
  return stdout.trim();
}

test("a program that ends without a word has delivered what it logged", async (t) => {
  const server = await serve(t);
  assert.equal(await run(server.endpoint, 'client.logEvent("a"); client.logEvent("b");'), "2 0");
  assert.equal(server.stored.size, 2);
});

test("a program whose API is down ends all the same, after one more attempt, and says what is lost", async (t) => {
  const server = await serve(t);
  server.otherwise = answer(503);
  assert.equal(await run(server.endpoint, 'client.logEvent("a"); client.logEvent("b");'), "shutdown 2\n0 0");
  assert.equal(server.received.length, 2);
});

test("a program whose API asks to be left alone ends without asking again", async (t) => {
  const server = await serve(t);
  server.otherwise = answer(429, {}, { "retry-after": "3600" });
  assert.equal(await run(server.endpoint, 'client.logEvent("a");'), "shutdown 1\n0 0");
  assert.equal(server.received.length, 1);
});

test("a client that logged nothing keeps no program alive", async (t) => {
  const server = await serve(t);
  assert.equal(await run(server.endpoint, ""), "0 0");
});

test("hundreds of clients bring no warning about listeners", async (t) => {
  const server = await serve(t);
  const program = `
    process.on("warning", (warning) => console.log(warning.name));
    const all = Array.from({ length: 200 }, () => createClient({
      endpoint: ${JSON.stringify(server.endpoint)}, keyset: Keyset.generate() }));
    await Promise.all(all.map((one) => one.logEvent("a")));
    await Promise.all(all.map((one) => one.shutdown()));`;
  assert.equal(await run(server.endpoint, program), "0 0");
  assert.equal(server.stored.size, 200);
});
