// The order in which an event is decided on, and what is told of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type DropReason, Keyset, type QueueSource } from "blindtally";
import { memoryQueue } from "blindtally/queue";
import { assertBalance, bench, settle, until } from "./support/client.js";
import { refusal } from "./support/refusal.js";
import { serve } from "./support/server.js";

/** A queue that notes what is asked of it. */
function watchedQueue(): { queue: QueueSource; calls: string[] } {
  const calls: string[] = [];
  const queue: QueueSource = {
    async open(context) {
      const queue = await memoryQueue().open(context);
      const noting = (name: "append" | "peek" | "clear") => {
        const method = queue[name] as (...values: unknown[]) => Promise<never>;
        return (...values: unknown[]) => {
          calls.push(name);
          return method.apply(queue, values);
        };
      };
      return {
        ...queue,
        persistent: true,
        append: noting("append"),
        peek: noting("peek"),
        clear: noting("clear"),
      };
    },
  };
  return { queue, calls };
}

test("consent, allow-list, beforeSend, the allow-list again, rate limit: in this order, and then encryption", async (t) => {
  const server = await serve(t);
  const seen: string[] = [];
  const { client, drops } = bench(t, {
    ...server,
    allow(name) {
      seen.push(`allow ${name}`);
      return name !== "unlisted";
    },
    beforeSend(event) {
      seen.push(`before ${event.name}`);
      if (event.name === "dropped") return null;
      if (event.name === "renamed") return { name: "unlisted" };
      return event;
    },
    rateLimit: { perSecond: 1, burst: 2 },
  });
  for (const name of ["unlisted", "dropped", "renamed", "a", "b", "c"]) await client.logEvent(name);
  await client.optOut();
  await client.logEvent("a");
  assert.deepEqual(seen, [
    "allow unlisted",
    "allow dropped",
    "before dropped",
    "allow renamed",
    "before renamed",
    "allow unlisted",
    ...["a", "b", "c"].flatMap((name) => [`allow ${name}`, `before ${name}`]),
  ]);
  assert.deepEqual(
    drops.map(({ reason, count }) => [reason, count]),
    [
      ["not-allowed", 1],
      ["before-send", 1],
      ["not-allowed", 1],
      ["rate-limited", 1],
      ["no-consent", 2],
      ["no-consent", 1],
    ],
  );
  assert.equal(server.received.length, 0);
  assertBalance(client);
});

test("logEvents goes the same way, says how many went into the queue, and reports each reason once", async (t) => {
  const server = await serve(t);
  const { client, drops } = bench(t, { ...server, allow: ["a", "b"], rateLimit: { perSecond: 1, burst: 3 } });
  assert.equal(await client.logEvents(["a", "x", "b", { name: "y" }, "a", "b", "a"]), 3);
  assert.deepEqual(drops, [
    { reason: "not-allowed", count: 2, ids: [] },
    { reason: "rate-limited", count: 2, ids: [] },
  ]);
  await client.flush();
  assert.equal(server.stored.size, 3);
  assertBalance(client);
});

test("a refusal says where the caller put the event, and nothing of the call was logged", async (t) => {
  const server = await serve(t);
  const { client, drops } = bench(t, {
    ...server,
    allow: (name) => name !== "x",
    properties: { ward: "deterministic" },
  });
  await assert.rejects(client.logEvents(["x", "a", "x", ""]), refusal("bad-name", { index: 3 }));
  await assert.rejects(client.logEvents(["x", "secret\ud800"]), refusal("bad-name", { index: 1 }));
  await assert.rejects(
    client.logEvents(["x", { name: "a", properties: { ward: "secret".repeat(100) } }]),
    refusal("bad-property", { index: 1 }),
  );
  for (const name of ["", "secret\ud800", 7 as never])
    await assert.rejects(client.logEvent(name), refusal("bad-name"));
  await assert.rejects(client.logEvent("a", { ward: { secret: 1 } as never }), refusal("bad-property"));
  for (const list of ["ab", undefined, null, 7, {}])
    await assert.rejects(client.logEvents(list as never), refusal("bad-argument"));
  for (const entry of [{ event: "secret" }, { name: 7 }, ["secret"], {}]) {
    await assert.rejects(client.logEvents(["a", "x", entry as never]), (error: Error) => {
      assert.match(error.message, /^entry 2: an event is a name or \{ name, properties \}$/);
      return refusal("bad-argument", { index: 2 })(error);
    });
  }
  assert.deepEqual([client.stats.logged, drops.length], [0, 0]);
});

test("while consent is pending events wait in memory alone: nothing is opened, stored or sent", async (t) => {
  const server = await serve(t);
  const { queue, calls } = watchedQueue();
  const { client, clock, back, hide } = bench(t, { ...server, queue, consent: "pending" });
  assert.equal(client.consent, "pending");
  await client.logEvent("a");
  assert.equal(await client.logEvents(["b", "c"]), 2);
  assert.equal(client.stats.waiting, 3);
  clock.pass(3_600_000);
  hide();
  back();
  await client.flush();
  await settle();
  assert.deepEqual([calls, server.received.length], [[], 0]);
  await client.optIn();
  assert.equal(client.consent, "granted");
  assert.deepEqual(calls, ["peek", "append"]);
  await client.flush();
  assert.deepEqual([server.stored.size, client.stats.delivered], [3, 3]);
});

test("what waited for consent is forgotten when it is refused, and later events are dropped before they are encrypted", async (t) => {
  const server = await serve(t);
  const { queue, calls } = watchedQueue();
  const { client, drops } = bench(t, { ...server, queue, consent: "pending" });
  await client.logEvents(["a", "b"]);
  await client.optOut();
  await client.logEvent("c");
  // No name is looked at.
  await client.logEvent("");
  assert.deepEqual(calls, ["clear"]);
  assert.deepEqual(
    drops.map(({ reason, count, ids }) => [reason, count, ids.length]),
    [
      ["no-consent", 2, 2],
      ["no-consent", 1, 0],
      ["no-consent", 1, 0],
    ],
  );
  assert.deepEqual([client.stats.dropped["no-consent"], client.stats.waiting], [4, 0]);
  await client.optIn();
  await client.logEvent("d");
  await client.flush();
  assert.equal(server.stored.size, 1);
  assertBalance(client);
});

test("what waits for consent is bounded, and at the end dropped for want of it", async (t) => {
  for (const whenFull of ["drop", "wait"] as const) {
    const server = await serve(t);
    const { client, drops } = bench(t, { ...server, consent: "pending", maxQueue: 2, whenFull });
    assert.equal(await client.logEvents(["a", "b", "c"]), 2);
    await client.shutdown();
    assert.deepEqual(
      drops.map(({ reason, count }) => [reason, count]),
      [
        ["queue-full", 1],
        ["no-consent", 2],
      ],
    );
    assertBalance(client);
  }
});

test("Global Privacy Control and Do Not Track mean no, until the visitor says otherwise", async (t) => {
  for (const signals of [{ globalPrivacyControl: true }, { doNotTrack: "1" }]) {
    const server = await serve(t);
    const { client, drops } = bench(t, server, signals);
    assert.equal(client.consent, "denied");
    await client.logEvent("a");
    assert.equal(drops[0]?.reason, "no-consent");
    await client.optIn();
    await client.logEvent("a");
    await client.flush();
    assert.equal(server.stored.size, 1);
    const other = bench(t, { ...server, respectSignals: false }, signals);
    assert.equal(other.client.consent, "granted");
  }
});

test("consent that is withdrawn during a request: what arrived counts as delivered, what did not is dropped", async (t) => {
  for (const [status, inFlight] of [
    [201, 2],
    [500, 2],
    [400, 2],
    [400, 1],
    [413, 1],
  ] as const) {
    const server = await serve(t);
    let release = () => {};
    server.otherwise = (response, store) => {
      release = () => (status === 201 ? store() : response.writeHead(status).end());
    };
    const { client, clock, drops, rest } = bench(t, { ...server, maxBatch: inFlight });
    await client.logEvents(["a", "b", "c"]);
    clock.pass(1_000);
    await until("the request", () => server.received.length === 1);
    await client.optOut();
    assert.deepEqual([client.stats.waiting, client.stats.dropped["no-consent"]], [inFlight, 3 - inFlight]);
    release();
    await rest();
    const { delivered, waiting, dropped } = client.stats;
    assert.deepEqual([delivered, waiting, dropped["no-consent"]], status === 201 ? [2, 0, 1] : [0, 0, 3]);
    assert.ok(drops.every(({ reason }) => reason === "no-consent"));
    assertBalance(client);
    clock.pass(3_600_000);
    await settle();
    assert.equal(server.received.length, 1);
  }
});

test("callbacks that throw, or give a promise that rejects, break nothing", async (t) => {
  const server = await serve(t);
  const fail = () => {
    throw new Error("of the application");
  };
  const failLater = async () => fail();
  t.mock.method(console, "warn", () => {});
  for (const broken of [fail, failLater as never]) {
    const { client } = bench(t, {
      ...server,
      onDrop: broken,
      onDebug: broken,
      waitUntil: broken,
      maxQueue: 2,
    });
    await client.logEvents(["a", "b", "c"]);
    await client.flush();
    await client.shutdown();
    const { delivered, dropped } = client.stats;
    assert.deepEqual([delivered, dropped["queue-full"]], [2, 1]);
    const { client: closed } = bench(t, { ...server, allow: broken });
    await closed.logEvent("a");
    assert.equal(closed.stats.dropped["not-allowed"], 1, "an allow-list that throws allows nothing");
    const { client: silent } = bench(t, { ...server, beforeSend: broken });
    await silent.logEvent("a");
    assert.equal(silent.stats.dropped["before-send"], 1);
  }
  assert.equal(server.stored.size, 4);
});

test("without onDrop there is one warning for each reason that nobody wished for, without names or ids", async (t) => {
  const server = await serve(t);
  const warnings: string[] = [];
  t.mock.method(console, "warn", (...parts: unknown[]) => warnings.push(parts.join(" ")));
  const { client } = bench(t, {
    ...server,
    onDrop: undefined,
    maxQueue: 1,
    allow: (name) => name !== "secret-x",
    beforeSend: (event) => (event.name === "secret-y" ? null : event),
  });
  for (const name of ["secret-x", "secret-y", "secret-a", "secret-b", "secret-c"])
    await client.logEvent(name);
  await client.optOut();
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? "", /queue-full/);
  assert.doesNotMatch(warnings[0] ?? "", /secret|[0-9a-f]{8}/);
});

test("nothing that is told holds a name, a value, a token or a key", async (t) => {
  const server = await serve(t);
  const { client, debug, drops } = bench(t, {
    ...server,
    properties: { ward: "clear" },
    maxQueue: 3,
    allow: (name) => name !== "secret-x",
  });
  await client.logEvents(["secret-x", "secret-a", { name: "secret-b", properties: { ward: "secret-v" } }]);
  await client.logEvents(["secret-a", "secret-a"]);
  server.answers.push((response) => response.writeHead(500).end("secret-answer"));
  await client.flush().catch(() => {});
  await client.flush();
  await client.optOut();
  await client.shutdown();
  const kinds = new Set(debug.map(({ kind }) => kind));
  assert.deepEqual([...kinds].sort(), [
    "closed",
    "consent",
    "delivered",
    "dropped",
    "kept",
    "logged",
    "sending",
  ]);
  assert.doesNotMatch(JSON.stringify([debug, drops, client.stats]), /secret|bt1_/);
});

test("where there is no WebAssembly the client throws, or drops every event and says so, as asked", async (t) => {
  const { BlindtallyError } = await import("blindtally");
  const unavailable = new BlindtallyError("wasm-unavailable", "no WebAssembly here");
  const keyset = () => {
    throw unavailable;
  };
  const server = await serve(t);
  assert.throws(() => bench(t, { ...server, keyset }), refusal("wasm-unavailable"));
  const { client, drops } = bench(t, {
    ...server,
    keyset,
    onUnavailable: "drop",
    allow: (name) => name !== "x",
  });
  await client.logEvent("secret-a");
  assert.equal(await client.logEvents(["secret-a", "x", "secret-b"]), 0);
  assert.deepEqual(
    drops.map(({ reason, count }) => [reason, count]),
    [
      ["wasm-unavailable", 1],
      ["not-allowed", 1],
      ["wasm-unavailable", 2],
    ] satisfies [DropReason, number][],
  );
  await assert.rejects(client.getResults(), refusal("wasm-unavailable"));
  await client.flush();
  assert.equal(server.received.length, 0);
  assertBalance(client);
  const other = new BlindtallyError("bad-context", "another fault");
  const failing = () => {
    throw other;
  };
  assert.throws(
    () => bench(t, { ...server, keyset: failing, onUnavailable: "drop" }),
    refusal("bad-context"),
  );
});

test("a locked keyset refuses what needs keys; what was encrypted before is delivered", async (t) => {
  const server = await serve(t);
  const keyset = Keyset.generate();
  const { client, clock } = bench(t, { ...server, keyset });
  await client.logEvent("a");
  keyset.lock();
  for (const call of [
    () => client.logEvent("a"),
    () => client.logEvent("b"),
    () => client.logEvents(["a"]),
    () => client.logEvents([]),
    () => client.getResults(),
    () => client.getResults({ by: "ward" }),
    () => client.getReport(),
  ])
    await assert.rejects(call(), refusal("locked"));
  assert.equal(server.received.length, 0);
  clock.pass(1_000);
  await until("delivery", () => client.stats.delivered === 1);
});
