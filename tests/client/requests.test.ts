// What a request holds, and what it does not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ClientOptions, createClient, Keyset } from "blindtally";
import { bench, events, keyset, until } from "./support/client.js";
import { refusal } from "./support/refusal.js";
import { answer, hangUp, serve } from "./support/server.js";

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("a request holds the ids and tokens, and nothing that the caller did not name", async (t) => {
  const server = await serve(t);
  const { client } = bench(t, server);
  await client.logEvent("secret-event-a", { field: "secret-value" });
  await client.flush();
  const [request] = server.received;
  assert.equal(`${request?.method} ${request?.url}`, "POST /events");
  const { id } = JSON.parse(request?.body ?? "").events[0];
  assert.match(id, UUID_V7);
  assert.equal(
    request?.body,
    JSON.stringify({ events: [{ id, event: events.encrypt("secret-event-a") }] }),
    "a property without a policy is not sent",
  );
  assert.deepEqual(
    request?.rawHeaders
      .filter((_, index) => index % 2 === 0)
      .map((name) => name.toLowerCase())
      .sort(),
    [
      "accept",
      "accept-encoding",
      "accept-language",
      "cache-control",
      "connection",
      "content-length",
      "content-type",
      "host",
      "pragma",
      "sec-fetch-mode",
      "user-agent",
    ],
    "what Node sends of itself, a content type, and no cache",
  );
  assert.equal(request?.headers["content-type"], "application/json");
  assert.equal(request?.headers["user-agent"], "node", "what the platform's fetch says, and nothing of ours");
});

test("what fetch is asked for: no referrer, no cookies unless asked for, no redirect, no cache", async () => {
  const inits: RequestInit[] = [];
  const fetch: typeof globalThis.fetch = async (_, init = {}) => {
    inits.push(init);
    return Response.json({ stored: 1, duplicates: 0 });
  };
  for (const credentials of [undefined, "include"] as const) {
    const client = createClient({ endpoint: "https://example.com", keyset, fetch, credentials });
    await client.logEvent("n");
    await client.flush();
    await client.shutdown();
  }
  for (const { method, referrerPolicy, redirect, cache, keepalive } of inits)
    assert.deepEqual(
      [method, referrerPolicy, redirect, cache, keepalive],
      ["POST", "no-referrer", "error", "no-store", undefined],
    );
  assert.deepEqual(
    inits.map(({ credentials }) => credentials),
    ["omit", "include"],
  );
});

test("the given fetch is used, and the context decides the tokens", async () => {
  const bodies: { events: { event: string }[] }[] = [];
  const fetch: typeof globalThis.fetch = async (_, init) => {
    bodies.push(JSON.parse(String(init?.body)));
    return Response.json({ stored: 1 });
  };
  const context = ["acme", "prod", "event"];
  await using client = createClient({ endpoint: "https://example.com", keyset, fetch, context });
  await client.logEvent("a");
  await client.flush();
  assert.equal(bodies[0]?.events[0]?.event, keyset.cipher(context).encrypt("a"));
});

test("a redirect is not followed: tokens and headers go to the named address only", async (t) => {
  const other = await serve(t);
  const server = await serve(t, answer(307, {}, { location: `${other.endpoint}/events` }));
  const { client } = bench(t, server);
  await client.logEvent("a");
  await assert.rejects(client.flush(), { code: "network" });
  assert.equal(other.received.length, 0);
});

test("header fields are sent, and a function is asked for them anew each time", async (t) => {
  const server = await serve(t);
  let calls = 0;
  for (const headers of [
    { authorization: "Bearer 0" },
    new Headers({ authorization: "Bearer 0" }),
    () => ({ authorization: `Bearer ${++calls}` }),
    async () => ({ authorization: `Bearer ${++calls}` }),
  ]) {
    const { client } = bench(t, { ...server, headers });
    for (let count = 0; count < 2; count += 1) {
      await client.logEvent("a");
      await client.flush();
    }
  }
  assert.deepEqual(
    server.received.map(({ headers }) => headers.authorization),
    [0, 0, 0, 0, 1, 2, 3, 4].map((count) => `Bearer ${count}`),
  );
});

test("header fields cannot double or change the content type", async (t) => {
  const server = await serve(t);
  for (const headers of [
    new Headers({ "Content-Type": "text/html" }),
    { "Content-Type": "application/json" },
  ]) {
    const { client } = bench(t, { ...server, headers });
    await client.logEvent("a");
    await client.flush();
  }
  assert.deepEqual(
    server.received.map(({ headers }) => headers["content-type"]),
    ["application/json", "application/json"],
  );
});

test("a header value that HTTP does not allow is refused without being quoted, and keeps the events", async (t) => {
  const server = await serve(t);
  const { client } = bench(t, { ...server, headers: { authorization: "Bearer secret-event\nsecret" } });
  await client.logEvent("a");
  await assert.rejects(client.flush(), (error: Error) => {
    assert.equal(error.cause, undefined);
    return refusal("bad-argument")(error);
  });
  assert.equal(client.stats.waiting, 1);
  assert.equal(server.received.length, 0);
});

test("what a headers function throws comes out of flush as it is, and the events wait for the next time", async (t) => {
  const server = await serve(t);
  const expired = new Error("login expired");
  let isExpired = true;
  const headers = async () => {
    if (isExpired) throw expired;
    return { authorization: "Bearer 1" };
  };
  const { client, clock, rest } = bench(t, { ...server, headers });
  await client.logEvent("a");
  await assert.rejects(client.flush(), (error) => error === expired);
  await assert.rejects(client.getResults(), (error) => error === expired);
  await rest();
  assert.deepEqual([client.stats.state, client.stats.waiting], ["waiting", 1]);
  isExpired = false;
  clock.pass(2_000);
  await until("delivery", () => client.stats.delivered === 1);
});

test("a headers function or a fetch that never answers is a timeout too", async (t) => {
  const never = () => new Promise<never>(() => {});
  for (const hanging of [{ headers: never }, { fetch: never }]) {
    const { client, clock } = bench(t, { endpoint: "https://example.com", timeoutMs: 50, ...hanging });
    await client.logEvent("a");
    const flushed = assert.rejects(client.flush(), { code: "timeout" });
    await until("the request", () => clock.timers.includes(50));
    clock.pass(50);
    await flushed;
    assert.equal(client.stats.waiting, 1);
  }
});

test("http: is refused unless it stays on this machine", () => {
  const insecure = [
    "http://example.com",
    "http://10.0.0.1",
    "http://localhost.example.com",
    "http://127.0.0.1.example.com",
    "ftp://127.0.0.1",
    "ws://127.0.0.1",
    "file:///tmp",
    "http://[::2]",
    "http://api.localhost",
    "http://0.0.0.0",
  ];
  for (const endpoint of insecure)
    assert.throws(() => createClient({ endpoint, keyset }), refusal("insecure-endpoint"), endpoint);
  const secure = ["https://example.com/a", "http://localhost:9000", "http://127.9.9.9", "http://[::1]:9000"];
  for (const endpoint of [...secure, new URL("https://example.com")])
    createClient({ endpoint, keyset }).dispose();
});

test("an endpoint with a user, a query or a fragment, or that is no URL, is refused", () => {
  for (const endpoint of [
    "https://u:p@example.com",
    "https://example.com?q=1",
    "https://example.com/#f",
    "https://u:secret-event@bad host/",
    "",
    "x",
  ]) {
    assert.throws(
      () => createClient({ endpoint, keyset }),
      (error: Error) => {
        assert.equal(error.cause, undefined, "a cause would quote a password");
        return refusal("bad-argument")(error);
      },
    );
  }
});

test("a path in the endpoint is kept, with or without a slash at its end", async (t) => {
  const server = await serve(t);
  for (const path of ["/api/v1", "/api/v1/"]) {
    const { client } = bench(t, { endpoint: server.endpoint + path });
    await client.logEvent("a");
    await client.flush();
  }
  assert.deepEqual(
    server.received.map(({ url }) => url),
    ["/api/v1/events", "/api/v1/events"],
  );
});

test("an option that is none of what it may be is refused by its name", () => {
  const wrong: Record<string, unknown[]> = {
    timeoutMs: [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, "10"],
    maxQueue: [0, -1, Number.NaN, "1"],
    flushAt: [0, Number.NaN],
    flushBytes: [0],
    flushIntervalMs: [-1, 2 ** 31],
    maxBatch: [0, Number.POSITIVE_INFINITY],
    maxBatchBytes: [0],
    onUnavailable: ["ignore", null],
    whenFull: ["block", null],
    fetch: [null, "fetch"],
    waitUntil: [1],
    onDrop: ["x"],
    onDebug: [{}],
    queue: [{}, null, "memory"],
    consent: ["yes"],
    beforeSend: [1],
    allow: [1],
    rateLimit: [{ perSecond: 0 }],
    properties: [{ field: "secret" }],
  };
  for (const [option, values] of Object.entries(wrong)) {
    for (const value of values)
      assert.throws(
        () => createClient({ endpoint: "https://example.com", keyset, [option]: value }),
        refusal("bad-argument"),
        `${option}: ${value}`,
      );
  }
  for (const retry of [{ baseMs: 0 }, { capMs: -1 }, { baseMs: "1" as never }])
    assert.throws(
      () => createClient({ endpoint: "https://example.com", keyset, retry }),
      refusal("bad-argument"),
    );
  for (const options of [undefined, null, {}, { endpoint: "https://example.com" }, { keyset: {} }])
    assert.throws(() => createClient(options as never), refusal("bad-argument"));
});

test("an option that there is not is refused by its name, and every one that there is may be left undefined", () => {
  const all: { [Name in keyof Required<ClientOptions>]: ClientOptions[Name] } = {
    endpoint: "https://example.com",
    headers: undefined,
    fetch: undefined,
    timeoutMs: undefined,
    credentials: undefined,
    consent: undefined,
    respectSignals: undefined,
    allow: undefined,
    beforeSend: undefined,
    rateLimit: undefined,
    keyset,
    context: undefined,
    cacheSize: undefined,
    onUnavailable: undefined,
    properties: undefined,
    queue: undefined,
    maxQueue: undefined,
    whenFull: undefined,
    flushAt: undefined,
    flushBytes: undefined,
    flushIntervalMs: undefined,
    maxBatch: undefined,
    maxBatchBytes: undefined,
    retry: { baseMs: undefined, capMs: undefined },
    waitUntil: undefined,
    onDrop: undefined,
    onDebug: undefined,
  };
  createClient(all).dispose();
  const wrong: [string, object][] = [
    ["consents", { consents: "pending" }],
    ["alow", { alow: [] }],
    ["baseMs", { baseMs: 10 }],
    ["toString", { toString: undefined }],
    ["retry.base", { retry: { base: 10 } }],
    ["retry.0", { retry: "1000" }],
  ];
  for (const [name, options] of wrong) {
    assert.throws(
      () => createClient({ ...all, ...options }),
      (error: Error) => {
        assert.ok(error.message.includes(`\`${name}\``), error.message);
        return refusal("bad-argument")(error);
      },
    );
  }
});

test("a request that fails says where to look: at the endpoint, at CORS and at the page's policy", async (t) => {
  const server = await serve(t, hangUp);
  const { client } = bench(t, server);
  await client.logEvent("secret-event");
  await assert.rejects(client.flush(), (error: Error) => {
    assert.match(error.message, /POST \/events failed.*CORS.*connect-src/);
    return refusal("network")(error);
  });
});

test("a keyset of another kind is refused, and a function may give it", () => {
  const endpoint = "https://example.com";
  assert.throws(() => createClient({ endpoint, keyset: (() => ({})) as never }), refusal("bad-argument"));
  const client = createClient({ endpoint, keyset: () => Keyset.generate() });
  client.dispose();
});
