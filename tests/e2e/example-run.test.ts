import assert from "node:assert/strict";
import { test } from "node:test";
import { BenchPage } from "./support/bench-page.js";
import { visit } from "./support/browser.js";
import { deploy } from "./support/deployment.js";

const SECRETS = [
  ["secret-event-a", 3],
  ["secret-event-b", 2],
];

interface Entry {
  readonly id: string;
  readonly event: string;
}

test("the example through the SDK ends with 3 and 2, and the vendor stores two tokens", async (t) => {
  const { url, taps } = await deploy(t);
  const bench = await BenchPage.open(await visit(t), url);
  await bench.runExample();

  assert.deepEqual(await bench.counts(), SECRETS);
  assert.deepEqual(await bench.unreadable(), {});
  assert.deepEqual(await bench.said(), [
    "Results: {}",
    ...["a", "a", "a", "b", "b"].map((letter) => `Sending event: secret-event-${letter}`),
    'Results: {"secret-event-a":3,"secret-event-b":2}',
  ]);

  const stored = await bench.stored();
  assert.deepEqual(
    stored.map(([, count]) => count),
    [3, 2],
  );
  for (const [row] of stored) assert.match(row, /^bt1_[\w-]{70}$/);
  const bodies = bench.posted().map(({ body }) => body);
  const [a, b] = stored.map(([row]) => row);
  const entries = bodies.flatMap((body) => (JSON.parse(body) as { events: Entry[] }).events);
  assert.deepEqual(
    entries.map(({ event }) => event),
    [a, a, a, b, b],
  );
  assert.equal(new Set(entries.map(({ id }) => id)).size, 5);
  for (const entry of entries)
    assert.deepEqual(Object.keys(entry), ["id", "event"], "nothing beside these is sent");
  for (const body of bodies)
    assert.ok(taps.pageToApi.sent().includes(String(body)), "the API received this body");
  assert.equal(taps.pageToProxy.sent().length, 0);
  assert.deepEqual(bench.faults, []);
});

test("the example through the proxy ends with 3 and 2, and the vendor stores two tokens", async (t) => {
  const { url, taps } = await deploy(t);
  const bench = await BenchPage.open(await visit(t), url);
  await bench.choose("proxy");
  await bench.runExample();

  assert.deepEqual(await bench.counts(), SECRETS);
  assert.deepEqual(await bench.unreadable(), {});
  const stored = await bench.stored();
  assert.deepEqual(
    stored.map(([, count]) => count),
    [3, 2],
  );
  for (const [row] of stored) {
    assert.match(row, /^bt1_[\w-]{70}$/);
    assert.ok(taps.proxyToApi.sent().includes(row), "this token came from the proxy");
  }
  assert.deepEqual([...new Set(bench.posted().map(({ path }) => path))], ["/proxy/event"]);
  assert.deepEqual(bench.faults, []);
});

test("the example in clear ends with 3 and 2, and the vendor stores the names", async (t) => {
  const { url } = await deploy(t);
  const bench = await BenchPage.open(await visit(t), url);
  await bench.choose("clear");
  await bench.runExample();

  const names = [
    ["plaintext-event-a", 3],
    ["plaintext-event-b", 2],
  ];
  assert.deepEqual(await bench.counts(), names);
  assert.deepEqual(await bench.stored(), names);
  assert.match(
    (await bench.page.locator("#learnt").textContent()) ?? "",
    /Names it can readplaintext-event-a, plaintext-event-b/,
  );
  assert.deepEqual(bench.faults, []);
});

test("what is shown as sent and as stored is what was sent and what is stored", async (t) => {
  const { url } = await deploy(t);
  const bench = await BenchPage.open(await visit(t), url);
  for (const way of ["sdk", "proxy", "clear"] as const) {
    const before = bench.posted().length;
    await bench.choose(way);
    await bench.runExample();
    const shown = (await bench.wire()).filter(({ line }) => line.startsWith("POST"));
    assert.deepEqual(
      shown.map(({ line, body }) => ({ path: line.slice("POST ".length), body })),
      bench.posted().slice(before),
    );
    assert.deepEqual([...new Set(shown.map(({ status }) => status))], ["201"]);
    const answer = await (await bench.page.request.get(new URL("api/results", url).href)).json();
    assert.deepEqual(Object.fromEntries(await bench.stored()), answer.results);
  }
  assert.equal((await bench.stored()).length, 6);
});

test("each way reads its own rows and reports those of the others", async (t) => {
  const { url } = await deploy(t);
  const bench = await BenchPage.open(await visit(t), url);
  for (const way of ["clear", "proxy", "sdk"] as const) {
    await bench.choose(way);
    await bench.runExample();
  }
  const twoRows = { rows: 2, events: 5 };
  assert.deepEqual(await bench.counts(), SECRETS);
  assert.deepEqual(await bench.unreadable(), { "unknown-key": twoRows, "not-a-token": twoRows });
  await bench.choose("proxy");
  assert.deepEqual(await bench.counts(), SECRETS);
  assert.deepEqual(await bench.unreadable(), { "unknown-key": twoRows, "not-a-token": twoRows });
  await bench.choose("clear");
  assert.deepEqual(await bench.unreadable(), { sealed: { rows: 4, events: 10 } });
});

test("a name is shown as text, whatever it holds", async (t) => {
  const { url } = await deploy(t);
  const bench = await BenchPage.open(await visit(t), url);
  const names = [
    "<img src=x onerror=alert(1)>",
    "__proto__",
    "constructor",
    'quote " backslash \\ </script>',
    "naïve événement 💊",
    "x".repeat(239),
  ];
  for (const way of ["sdk", "proxy", "clear"] as const) {
    await bench.choose(way);
    for (const name of names) await bench.send(name);
    assert.deepEqual(
      Object.entries(Object.fromEntries(await bench.counts())).sort(),
      names.map((name) => [name, 1]).sort(),
      `sent ${way}`,
    );
  }
  assert.equal(await bench.page.locator("main img").count(), 0);
  assert.equal(await bench.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
  assert.deepEqual(bench.faults, []);
});
