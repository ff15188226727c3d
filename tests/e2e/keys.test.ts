import assert from "node:assert/strict";
import { test } from "node:test";
import { BenchPage } from "./support/bench-page.js";
import { visit } from "./support/browser.js";
import { deploy } from "./support/deployment.js";

const ONCE = [
  ["secret-event-a", 3],
  ["secret-event-b", 2],
];
const TWICE = [
  ["secret-event-a", 6],
  ["secret-event-b", 4],
];
const TWO_ROWS = { rows: 2, events: 5 };

test("under a second key made primary the tokens change and the counts of a name add up", async (t) => {
  const { url } = await deploy(t);
  const bench = await BenchPage.open(await visit(t), url);
  await bench.runExample();
  const [first] = await bench.keyIds();

  await bench.press("Generate a second key");
  const [primary, second] = await bench.keyIds();
  assert.equal(primary, first, "a new key is not primary");
  await bench.press(`Make primary key ${second}`);
  assert.deepEqual(await bench.keyIds(), [second, first]);
  assert.deepEqual(await bench.counts(), ONCE, "rows under the former key still open");

  await bench.runExample();
  assert.deepEqual(await bench.counts(), TWICE);
  assert.deepEqual(await bench.unreadable(), {});
  const stored = await bench.stored();
  assert.deepEqual(
    stored.map(([, count]) => count),
    [3, 3, 2, 2],
  );
  assert.deepEqual(new Set(stored.map(([row]) => keyIdOf(row))), new Set([first, second]));
  assert.deepEqual(bench.faults, []);
});

test("rows under a disabled key are reported as disabled-key until it is enabled again", async (t) => {
  const { url } = await deploy(t);
  const bench = await BenchPage.open(await visit(t), url);
  await bench.runExample();
  const [first] = await bench.keyIds();
  await bench.press("Generate a second key");
  const second = (await bench.keyIds())[1];
  await bench.press(`Make primary key ${second}`);
  await bench.runExample();

  await bench.press(`Disable key ${first}`);
  assert.deepEqual(await bench.counts(), ONCE);
  assert.deepEqual(await bench.unreadable(), { "disabled-key": TWO_ROWS });
  assert.equal(await bench.page.getByRole("button", { name: `Disable key ${second}` }).count(), 0);

  await bench.press(`Enable key ${first}`);
  assert.deepEqual(await bench.counts(), TWICE);
  assert.deepEqual(await bench.unreadable(), {});
});

test("with another keyset every row is reported as unknown-key, and the former keyset brings them back", async (t) => {
  const { url } = await deploy(t);
  const bench = await BenchPage.open(await visit(t), url);
  await bench.runExample();
  const stored = await bench.stored();

  await bench.press("Use another keyset");
  assert.deepEqual(await bench.counts(), []);
  assert.deepEqual(await bench.unreadable(), { "unknown-key": TWO_ROWS });
  const rows = bench.page.getByRole("table", { name: "Rows with the code unknown-key" });
  assert.deepEqual(
    await rows.locator(".token").evaluateAll((tokens) => tokens.map((token) => token.getAttribute("title"))),
    stored.map(([row]) => row),
    "the rows are listed as tokens, unfolded",
  );
  await bench.runExample();
  assert.deepEqual(await bench.counts(), ONCE);
  assert.deepEqual(await bench.unreadable(), { "unknown-key": TWO_ROWS });

  await bench.page.getByRole("radio", { name: "Keyset A" }).check();
  await bench.settled();
  assert.deepEqual(await bench.counts(), ONCE);
  assert.deepEqual(await bench.unreadable(), { "unknown-key": TWO_ROWS });
  assert.equal((await bench.stored()).length, 4);
});

test("after a reload the keys are gone and the rows they sealed are reported as unknown-key", async (t) => {
  const { url } = await deploy(t);
  const bench = await BenchPage.open(await visit(t), url);
  await bench.runExample();
  const ids = await bench.keyIds();
  await bench.page.reload();
  await bench.settled();
  assert.notDeepEqual(await bench.keyIds(), ids);
  assert.deepEqual(await bench.counts(), []);
  assert.deepEqual(await bench.unreadable(), { "unknown-key": TWO_ROWS });
});

test("keys change without a request, so they can be changed while the API is down", async (t) => {
  const deployment = await deploy(t);
  const bench = await BenchPage.open(await visit(t), deployment.url);
  await bench.runExample();
  await deployment.stopApi();
  const before = bench.requests.length;
  await bench.press("Use another keyset");
  assert.deepEqual(await bench.unreadable(), { "unknown-key": TWO_ROWS });
  await bench.page.getByRole("radio", { name: "Keyset A" }).check();
  assert.deepEqual(await bench.counts(), ONCE);
  assert.equal(bench.requests.length, before);
});

test("no key bytes are in the page, only ids of eight hexadecimal digits", async (t) => {
  const { url } = await deploy(t);
  const bench = await BenchPage.open(await visit(t), url);
  await bench.press("Generate a second key");
  for (const id of await bench.keyIds()) assert.match(id, /^[0-9a-f]{8}$/);
  const markup = await bench.page.content();
  assert.doesNotMatch(markup, /[0-9a-f]{64}/i);
  assert.doesNotMatch(markup.replaceAll(/bt1_[\w-]+/g, ""), /[\w+/-]{43}=?(?![\w+/-])/);
});

/** The key id in a token: its first four bytes. */
function keyIdOf(token: string): string {
  return Buffer.from(token.slice("bt1_".length), "base64url").subarray(0, 4).toString("hex");
}
