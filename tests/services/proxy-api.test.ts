import assert from "node:assert/strict";
import { test } from "node:test";
import { Keyset } from "blindtally";
import { exportRootKeys, importRootKey } from "blindtally/hazard";
import type { Observation } from "blindtally-services/proxy";
import { localAnalytics } from "./support/analytics.js";
import { BAD_BODIES, MARK } from "./support/bad-bodies.js";
import { codeOf, entriesOf, post, results, send } from "./support/http.js";
import { localProxy } from "./support/proxy.js";

test("the article's run through the proxy ends with 3 and 2, and the API sees two tokens", async (t) => {
  const api = await localAnalytics(t);
  const proxy = await localProxy(t, { upstream: api.url });
  for (const letter of ["a", "a", "b", "a", "b"]) {
    const answer = await post(`${proxy.url}/event`, { event: `secret-event-${letter}` });
    assert.deepEqual([answer.status, answer.text], [201, '"201 - Created"']);
  }
  assert.deepEqual(await results(proxy.url), [
    ["secret-event-a", 3],
    ["secret-event-b", 2],
  ]);
  const stored = await api.store.counts();
  assert.deepEqual([...stored.values()], [3, 2]);
  for (const token of stored.keys()) assert.match(token, /^bt1_[A-Za-z0-9_-]{70}$/);
});

test("POST /events passes on the number stored", async (t) => {
  const api = await localAnalytics(t);
  const proxy = await localProxy(t, { upstream: api.url });
  const answer = await post(`${proxy.url}/events`, { events: ["a", "b", "a"] });
  assert.deepEqual([answer.status, answer.text], [201, '{"stored":3,"duplicates":0}']);
  const read = await send(`${proxy.url}/results`);
  assert.deepEqual([read.status, read.text], [200, '{"results":{"a":2,"b":1}}']);
  assert.equal(read.headers.get("cache-control"), "no-store");
  assert.equal(read.headers.get("content-type"), "application/json; charset=utf-8");
});

test("any name comes back as it was sent, and names that only look alike stay apart", async (t) => {
  const api = await localAnalytics(t);
  const proxy = await localProxy(t, { upstream: api.url });
  const names = [
    "__proto__",
    "constructor",
    "toString",
    "a",
    "A",
    "a ",
    "a\0",
    "\ufeffa",
    "caf\u00e9",
    "cafe\u0301",
    "🙂",
    "1",
  ];
  assert.equal((await post(`${proxy.url}/events`, { events: names })).status, 201);
  await post(`${proxy.url}/event`, { event: "__proto__" });
  const { text } = await send(`${proxy.url}/results`);
  assert.ok(text.includes('"__proto__":2'), "the member is missing on the wire");
  assert.deepEqual(
    entriesOf(JSON.parse(text).results),
    [...names].sort().map((name) => [name, name === "__proto__" ? 2 : 1]),
  );
});

for (const [claim, path, body] of BAD_BODIES) {
  test(`a body ${claim} for ${path} gets the API's own refusal and goes no further`, async (t) => {
    const api = await localAnalytics(t);
    const proxy = await localProxy(t, { upstream: api.url });
    const [ours, theirs] = [await post(proxy.url + path, body), await post(api.url + path, body)];
    assert.equal(ours.status, 400);
    assert.deepEqual([ours.status, ours.text], [theirs.status, theirs.text]);
    assert.ok(!ours.text.includes(MARK));
    assert.equal((await api.store.counts()).size, 0);
  });
}

test("a name has at most 239 bytes, and a batch with a longer one is refused whole", async (t) => {
  const api = await localAnalytics(t);
  const proxy = await localProxy(t, { upstream: api.url });
  const longest = ["x".repeat(239), `${"é".repeat(119)}x`];
  assert.equal((await post(`${proxy.url}/events`, { events: longest })).status, 201);
  for (const event of ["x".repeat(240), "é".repeat(120), "x".repeat(1025)]) {
    const alone = await post(`${proxy.url}/event`, { event });
    const among = await post(`${proxy.url}/events`, { events: ["fine", "fine", event] });
    for (const answer of [alone, among]) assert.deepEqual([answer.status, codeOf(answer)], [400, "bad-name"]);
    assert.ok(among.text.includes("/events/2"), among.text);
  }
  assert.deepEqual(
    await results(proxy.url),
    longest.map((name): [string, number] => [name, 1]),
  );
});

test("a thousand names of the greatest length go through in one request", async (t) => {
  const api = await localAnalytics(t);
  const proxy = await localProxy(t, { upstream: api.url });
  const events = Array.from({ length: 1000 }, (_, index) => String(index).padStart(239, "x"));
  assert.equal((await post(`${proxy.url}/events`, { events })).text, '{"stored":1000,"duplicates":0}');
  assert.equal((await results(proxy.url)).length, 1000);
});

test("a token sent as a name is just a name: it is encrypted, and opens nothing", async (t) => {
  const api = await localAnalytics(t);
  const proxy = await localProxy(t, { upstream: api.url });
  await post(`${proxy.url}/event`, { event: "secret-event-a" });
  const [token = ""] = (await api.store.counts()).keys();
  assert.equal((await post(`${proxy.url}/event`, { event: token })).status, 201);
  const stored = await api.store.counts();
  assert.equal(stored.get(token), 1);
  assert.equal(stored.size, 2);
  assert.ok(!stored.has("secret-event-a"));
  assert.deepEqual(await results(proxy.url), [
    [token, 1],
    ["secret-event-a", 1],
  ]);
});

test("rows that cannot be read are answered beside the results, each with its count and reason", async (t) => {
  const api = await localAnalytics(t);
  const keyset = Keyset.generate();
  t.after(() => keyset.dispose());
  const proxy = await localProxy(t, { upstream: api.url, keyset });
  const stranger = Keyset.generate();
  t.after(() => stranger.dispose());
  const disabledKey = keyset.primaryKeyId;
  const rows = {
    disabled: keyset.cipher().encrypt("under a key that is disabled later"),
    unknown: stranger.cipher().encrypt("under another key"),
    otherContext: "",
    plain: "sent in clear",
  };
  keyset.promote(keyset.generateKey());
  keyset.disable(disabledKey);
  rows.otherContext = keyset.cipher("other").encrypt("for another context");
  await post(`${api.url}/events`, { events: Object.values(rows) });
  await post(`${api.url}/event`, { event: rows.plain });
  await post(`${proxy.url}/event`, { event: "readable" });

  const { status, text } = await send(`${proxy.url}/results`);
  assert.equal(status, 200);
  const answer = JSON.parse(text);
  assert.deepEqual(Object.keys(answer), ["results", "unreadable"]);
  assert.deepEqual(answer.results, { readable: 1 });
  const byToken = (a: { token: string }, b: { token: string }): number => (a.token < b.token ? -1 : 1);
  assert.deepEqual(
    answer.unreadable.sort(byToken),
    [
      { token: rows.disabled, count: 1, code: "disabled-key", keyId: disabledKey },
      { token: rows.unknown, count: 1, code: "unknown-key", keyId: stranger.primaryKeyId },
      { token: rows.otherContext, count: 1, code: "bad-token" },
      { token: rows.plain, count: 2, code: "not-a-token" },
    ].sort(byToken),
  );
});

test("counts of one name under an older and a newer key add", async (t) => {
  const api = await localAnalytics(t);
  const older = Keyset.generate();
  t.after(() => older.dispose());
  const first = await localProxy(t, { upstream: api.url, keyset: older });
  await post(`${first.url}/events`, { events: ["a", "a", "b"] });
  const both = Keyset.generate();
  t.after(() => both.dispose());
  const [exported] = exportRootKeys(older);
  assert.ok(exported !== undefined);
  importRootKey(exported.key, both);
  const second = await localProxy(t, { upstream: api.url, keyset: both });
  await post(`${second.url}/event`, { event: "a" });
  assert.equal((await api.store.counts()).size, 3);
  assert.deepEqual(await results(second.url), [
    ["a", 3],
    ["b", 1],
  ]);
});

test("tokens of one context are of no use in another", async (t) => {
  const api = await localAnalytics(t);
  const keyset = Keyset.generate();
  t.after(() => keyset.dispose());
  const here = await localProxy(t, { upstream: api.url, keyset, context: ["tenant-1", "event"] });
  const there = await localProxy(t, { upstream: api.url, keyset, context: ["tenant-2", "event"] });
  await post(`${here.url}/event`, { event: "a" });
  await post(`${there.url}/event`, { event: "a" });
  assert.equal((await api.store.counts()).size, 2);
  for (const { url } of [here, there]) {
    const answer = JSON.parse((await send(`${url}/results`)).text);
    assert.deepEqual(answer.results, { a: 1 });
    assert.equal(answer.unreadable[0].code, "bad-token");
  }
});

test("an observer sees names as they came and results as they went", async (t) => {
  const api = await localAnalytics(t);
  const seen: Observation[] = [];
  const proxy = await localProxy(t, { upstream: api.url, observe: (observation) => seen.push(observation) });
  await post(`${proxy.url}/event`, { event: "a" });
  await post(`${proxy.url}/events`, { events: ["b", "a"] });
  await send(`${proxy.url}/results`);
  assert.deepEqual(
    seen.slice(0, 3),
    ["a", "b", "a"].map((event) => ({ type: "received", event })),
  );
  const last = seen[3];
  assert.ok(last?.type === "results" && seen.length === 4);
  assert.deepEqual(entriesOf(last.results), [
    ["a", 2],
    ["b", 1],
  ]);
});
