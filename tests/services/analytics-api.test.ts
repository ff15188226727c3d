import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { createAnalytics, type Observation, openStore } from "blindtally-services/analytics";
import { localAnalytics } from "./support/analytics.js";
import { BAD_BODIES, MARK } from "./support/bad-bodies.js";
import { codeOf, entriesOf, exchange, listen, post, results, send } from "./support/http.js";
import { mainOf } from "./support/processes.js";

test("POST /event stores one event and answers 201 with the JSON string of the article", async (t) => {
  const { url } = await localAnalytics(t);
  const answer = await post(`${url}/event`, { event: "plaintext-event-a" });
  assert.equal(answer.status, 201);
  assert.equal(answer.text, '"201 - Created"');
  assert.equal(answer.headers.get("content-type"), "application/json; charset=utf-8");
  assert.deepEqual(await results(url), [["plaintext-event-a", 1]]);
});

test("POST /events stores all its events and answers 201 with their number", async (t) => {
  const { url } = await localAnalytics(t);
  const answer = await post(`${url}/events`, { events: ["a", "b", "a"] });
  assert.equal(answer.status, 201);
  assert.equal(answer.text, '{"stored":3,"duplicates":0}');
  assert.deepEqual(await results(url), [
    ["a", 2],
    ["b", 1],
  ]);
});

test("GET /results of an empty store is an empty map that nobody may keep", async (t) => {
  const { url } = await localAnalytics(t);
  const answer = await send(`${url}/results`);
  assert.equal(answer.status, 200);
  assert.equal(answer.text, '{"results":{}}');
  assert.equal(answer.headers.get("cache-control"), "no-store");
});

test("the article's run ends with 3 and 2", async (t) => {
  const { url } = await localAnalytics(t);
  for (const letter of ["a", "a", "b", "a", "b"])
    await post(`${url}/event`, { event: `plaintext-event-${letter}` });
  assert.deepEqual(await results(url), [
    ["plaintext-event-a", 3],
    ["plaintext-event-b", 2],
  ]);
});

test("names that every object has are counted like any other", async (t) => {
  const { url } = await localAnalytics(t);
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "encrypt"];
  for (const event of names) assert.equal((await post(`${url}/event`, { event })).status, 201);
  await post(`${url}/events`, { events: names });
  const { text } = await send(`${url}/results`);
  assert.ok(text.includes('"__proto__":2'), "the member is missing on the wire");
  assert.deepEqual(
    entriesOf(JSON.parse(text).results),
    [...names].sort().map((name) => [name, 2]),
  );
});

test("names that only look alike are counted apart", async (t) => {
  const { url } = await localAnalytics(t);
  const names = [
    "a",
    "A",
    "a ",
    " a",
    "a\0",
    "a\0b",
    "\ufeffa",
    "\ufeff",
    "caf\u00e9",
    "cafe\u0301",
    "\ufffd",
    "🙂",
    "1",
    "01",
    "NULL",
  ];
  assert.equal((await post(`${url}/events`, { events: names })).status, 201);
  assert.deepEqual(
    await results(url),
    [...names].sort().map((name) => [name, 1]),
  );
});

test("an event has 1 to 1024 characters, counted as code points", async (t) => {
  const { url } = await localAnalytics(t);
  for (const event of ["x", "x".repeat(1024), "🙂".repeat(1024)]) {
    assert.equal((await post(`${url}/event`, { event })).status, 201);
  }
  for (const event of ["", "x".repeat(1025), "🙂".repeat(1025)]) {
    const answer = await post(`${url}/event`, { event });
    assert.deepEqual([answer.status, codeOf(answer)], [400, "bad-name"]);
  }
});

test("one request takes 1 to 1000 events", async (t) => {
  const { url } = await localAnalytics(t);
  assert.equal(
    (await post(`${url}/events`, { events: Array(1000).fill("x") })).text,
    '{"stored":1000,"duplicates":0}',
  );
  for (const length of [0, 1001]) {
    const answer = await post(`${url}/events`, { events: Array(length).fill("x") });
    assert.deepEqual([answer.status, codeOf(answer)], [400, "bad-body"]);
  }
  assert.deepEqual(await results(url), [["x", 1000]]);
});

for (const [claim, path, body, code] of BAD_BODIES) {
  test(`a body ${claim} for ${path} is refused as ${code}, stores nothing and is not repeated`, async (t) => {
    const { url } = await localAnalytics(t);
    const answer = await post(url + path, body);
    assert.deepEqual([answer.status, codeOf(answer)], [400, code]);
    assert.ok(!answer.text.includes(MARK));
    assert.deepEqual(await results(url), []);
  });
}

test("a body of 1 MiB is read and a longer one refused, whether its length is announced or not", async (t) => {
  const { url } = await localAnalytics(t);
  const body = (bytes: number): string => {
    const frame = '{"event":"x"}';
    return frame + " ".repeat(bytes - frame.length);
  };
  assert.equal((await post(`${url}/event`, body(1_048_576))).status, 201);
  const announced = await post(`${url}/event`, body(1_048_577));
  const chunked = await send(`${url}/event`, {
    method: "POST",
    body: new Blob([body(1_048_577)]).stream(),
    duplex: "half",
    headers: { "content-type": "application/json" },
  } as RequestInit);
  for (const answer of [announced, chunked]) {
    assert.deepEqual([answer.status, codeOf(answer)], [413, "body-too-large"]);
  }
  assert.deepEqual(await results(url), [["x", 1]]);
});

test("JSON is taken as application/json and as text/plain, with parameters, in any case", async (t) => {
  const { url } = await localAnalytics(t);
  const types = [
    "application/json",
    "Application/JSON; charset=utf-8",
    "text/plain",
    "text/plain;charset=UTF-8",
  ];
  for (const type of types)
    assert.equal((await post(`${url}/event`, { event: "x" }, type)).status, 201, type);
  assert.deepEqual(await results(url), [["x", types.length]]);
});

test("any other content type or encoding is refused with 415", async (t) => {
  const { url } = await localAnalytics(t);
  const types = [
    "application/x-www-form-urlencoded",
    "text/html",
    "application/jsonp",
    "application/xml",
    "json",
    "*/*",
  ];
  for (const type of types) {
    const answer = await post(`${url}/event`, { event: MARK }, type);
    assert.deepEqual([answer.status, codeOf(answer)], [415, "unsupported-media-type"], type);
  }
  const compressed = await send(`${url}/event`, {
    method: "POST",
    body: '{"event":"x"}',
    headers: { "content-type": "application/json", "content-encoding": "gzip" },
  });
  assert.deepEqual([compressed.status, codeOf(compressed)], [415, "unsupported-media-type"]);
  assert.deepEqual(await results(url), []);
});

test("an unknown path is 404 and a known one with another method 405 with the methods it takes", async (t) => {
  const { url } = await localAnalytics(t);
  for (const path of ["/", "/event/", "/events/1", `/${MARK}`, `/results/${MARK}`, "/__proto__"]) {
    const answer = await post(url + path, "not even JSON", "application/xml");
    assert.deepEqual([answer.status, codeOf(answer)], [404, "not-found"], path);
    assert.ok(!answer.text.includes(MARK));
  }
  const methods = [
    ["GET", "/event", "POST"],
    ["DELETE", "/event?x=1", "POST"],
    ["PUT", "/events", "POST"],
    ["OPTIONS", "/events", "POST"],
    ["POST", "/results", "GET, HEAD"],
    ["PROPFIND", "/healthz", "GET, HEAD"],
  ] as const;
  for (const [method, path, allowed] of methods) {
    const answer = await send(url + path, { method });
    assert.deepEqual([answer.status, codeOf(answer)], [405, "method-not-allowed"], `${method} ${path}`);
    assert.equal(answer.headers.get("allow"), allowed);
  }
});

test("a URL that cannot be decoded, bytes that are not HTTP and endless headers get a refusal in JSON", async (t) => {
  const { url } = await localAnalytics(t);
  const badUrl = await send(`${url}/%zz${MARK}`);
  assert.deepEqual([badUrl.status, codeOf(badUrl)], [400, "bad-request"]);
  assert.ok(!badUrl.text.includes(MARK));
  const raw = async (bytes: string): Promise<[status: string | undefined, code: string]> => {
    const [head = "", text = ""] = (await exchange(url, bytes)).split("\r\n\r\n");
    assert.ok(!text.includes(MARK));
    return [head.split(" ")[1], codeOf({ text })];
  };
  assert.deepEqual(await raw(`${MARK} is not HTTP\r\n\r\n`), ["400", "bad-request"]);
  const headers = `GET / HTTP/1.1\r\nhost: x\r\nx: ${MARK.repeat(4000)}\r\n\r\n`;
  assert.deepEqual(await raw(headers), ["431", "headers-too-large"]);
});

test("a client that sends nothing, or half a body, is refused soon after its time is over", async (t) => {
  const store = await openStore({ memory: true });
  t.after(() => store.close());
  const app = createAnalytics({ store });
  const { headersTimeout, requestTimeout, keepAliveTimeout, maxConnections } = app.server;
  assert.deepEqual(
    [headersTimeout, requestTimeout, keepAliveTimeout, maxConnections],
    [10_000, 30_000, 10_000, 500],
  );
  Object.assign(app.server, { headersTimeout: 50, requestTimeout: 100 });
  const url = await listen(t, app);
  const began = performance.now();
  const halfBody =
    "POST /event HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 100\r\n\r\n{";
  for (const answer of await Promise.all(
    ["", halfBody].map((bytes) => exchange(url, bytes, { more: true })),
  )) {
    assert.match(answer, /^HTTP\/1\.1 408 [\s\S]+"request-timeout"/);
  }
  // Node's own interval is 30 seconds.
  assert.ok(performance.now() - began < 10_000);
});

test("GET /healthz is 200 while the database answers and 503 when it does not", async (t) => {
  const { url, store } = await localAnalytics(t);
  const well = await send(`${url}/healthz`);
  assert.deepEqual([well.status, well.text], [200, '{"status":"ok"}']);
  await store.close();
  const ill = await send(`${url}/healthz`);
  assert.deepEqual([ill.status, codeOf(ill)], [503, "internal"]);
  const lost = await post(`${url}/event`, { event: MARK });
  assert.deepEqual([lost.status, codeOf(lost)], [500, "internal"]);
});

test("no page of another origin may read answers unless its origin was allowed", async (t) => {
  const origin = "https://portal.example";
  const closed = await localAnalytics(t);
  const refused = await send(`${closed.url}/results`, { headers: { origin } });
  assert.equal(refused.headers.get("access-control-allow-origin"), null);
  const preflight = { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } };
  assert.equal((await send(`${closed.url}/event`, preflight)).status, 405);

  const open = await localAnalytics(t, { allowOrigins: [origin] });
  const allowed = await send(`${open.url}/event`, preflight);
  assert.equal(allowed.status, 204);
  assert.equal(allowed.headers.get("access-control-allow-origin"), origin);
  assert.equal(allowed.headers.get("access-control-allow-headers"), "authorization, content-type");
  const read = await send(`${open.url}/results`, { headers: { origin } });
  assert.equal(read.headers.get("access-control-allow-origin"), origin);
  const exposed = (answer: typeof read) => answer.headers.get("access-control-expose-headers");
  assert.equal(exposed(read), "retry-after, date");
  assert.equal(exposed(await send(`${open.url}/results?a=b`, { headers: { origin } })), "retry-after, date");
  const other = await send(`${open.url}/results`, { headers: { origin: "https://other.example" } });
  assert.equal(exposed(other), null);
  assert.equal(other.headers.get("access-control-allow-origin"), null);
  assert.equal(other.headers.get("vary"), "Origin");
});

test("an observer sees every accepted event and every answered map", async (t) => {
  const seen: Observation[] = [];
  const { url } = await localAnalytics(t, { observe: (observation) => seen.push(observation) });
  await post(`${url}/event`, { event: "__proto__" });
  await post(`${url}/events`, { events: ["b", "c"] });
  await post(`${url}/event`, { event: 1 });
  await send(`${url}/results`);
  assert.deepEqual(
    seen.slice(0, 3),
    ["__proto__", "b", "c"].map((event) => ({ type: "received", event })),
  );
  assert.equal(seen.length, 4);
  const last = seen[3];
  assert.ok(last?.type === "results");
  assert.deepEqual(entriesOf(last.results), [
    ["__proto__", 1],
    ["b", 1],
    ["c", 1],
  ]);
});

test("appends at once are all counted, also when one transaction cannot hold them", async (t) => {
  const store = await openStore({ memory: true });
  t.after(() => store.close());
  await Promise.all(
    Array.from({ length: 1000 }, (_, index) => store.append([`event-${index % 10}`, "every"])),
  );
  await Promise.all(Array.from({ length: 45 }, () => store.append(Array(1000).fill("many"))));
  const counts = await store.counts();
  assert.equal(counts.get("every"), 1000);
  assert.equal(counts.get("event-3"), 100);
  assert.equal(counts.get("many"), 45_000);
  assert.equal(counts.size, 12);
});

test("the analytics API imports nothing that knows of keys", async () => {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const visit = async (file: URL): Promise<void> => {
    if (seen.has(file.href)) return;
    seen.add(file.href);
    for (const [, specifier = ""] of (await readFile(file, "utf8")).matchAll(
      /(?:from|import)\s*\(?\s*"([^"]+)"/g,
    )) {
      if (specifier.startsWith(".")) await visit(new URL(specifier, file));
      else packages.add(specifier);
    }
  };
  await visit(new URL(`file://${mainOf("analytics")}`));
  await visit(new URL("index.js", `file://${mainOf("analytics")}`));
  const expected = [
    "@duckdb/node-api",
    "fastify",
    "node:crypto",
    "node:fs/promises",
    "node:path",
    "node:util",
  ];
  assert.deepEqual([...packages].sort(), expected);
  assert.ok(![...seen].some((href) => href.includes("/proxy/")), "it reaches into the proxy");
});
