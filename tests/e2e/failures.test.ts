import assert from "node:assert/strict";
import { test } from "node:test";
import { freePort } from "../services/support/ports.js";
import { BenchPage } from "./support/bench-page.js";
import { visit } from "./support/browser.js";
import { deploy, servePage } from "./support/deployment.js";
import { silence } from "./support/tap.js";

const CLEAR_EXAMPLE = [...Array(3).fill("plaintext-event-a"), ...Array(2).fill("plaintext-event-b")];
const CLEAR_COUNTS = [
  ["plaintext-event-a", 3],
  ["plaintext-event-b", 2],
];
const COUNTS = [
  ["secret-event-a", 3],
  ["secret-event-b", 2],
];

test("with the API down the SDK keeps every event, encrypted; once it is up, each is counted once", async (t) => {
  const deployment = await deploy(t);
  const bench = await BenchPage.open(await visit(t), deployment.url);
  await deployment.stopApi();
  await bench.runExample();
  assert.match(await bench.notice(), /^The analytics API does not answer\. .+ http-status 502$/);
  assert.equal(await bench.waiting(), 5);
  assert.deepEqual(await bench.kept(), []);
  await bench.press("Try now");
  assert.equal(await bench.waiting(), 5, "a failed try loses nothing");

  await deployment.startApi();
  await bench.delivered();
  assert.equal(await bench.notice(), "");
  await bench.press("Read the results again");
  assert.deepEqual(await bench.counts(), COUNTS);
});

test("events that wait survive a reload of the page and are delivered by the next one", async (t) => {
  const deployment = await deploy(t);
  const bench = await BenchPage.open(await visit(t), deployment.url);
  await deployment.stopApi();
  await bench.runExample();
  await deployment.startApi();
  await bench.page.reload();
  await bench.settled();
  // The keys of the former page are gone with it; that the events came does not depend on them.
  await bench.page.waitForFunction(async () => {
    const answer = await fetch("api/results");
    const { results } = (await answer.json()) as { results: Record<string, number> };
    return Object.values(results).sort().join() === "2,3";
  });
});

test("in clear, every event is kept while the API is down; once it is up, trying again counts them all", async (t) => {
  const deployment = await deploy(t);
  const bench = await BenchPage.open(await visit(t), deployment.url);
  await bench.choose("clear");
  await deployment.stopApi();
  await bench.runExample();
  assert.match(await bench.notice(), /^The analytics API does not answer\. .+ http-status 502$/);
  assert.deepEqual(await bench.kept(), CLEAR_EXAMPLE);
  assert.equal(bench.posted().length, 1, "the rest is not sent into the same failure");

  await bench.press("Try all again");
  assert.deepEqual(await bench.kept(), CLEAR_EXAMPLE, "a failed try loses nothing");

  await deployment.startApi();
  await bench.press(/^Try again plaintext-event-a$/);
  assert.deepEqual(await bench.kept(), CLEAR_EXAMPLE.slice(1));
  assert.equal(await bench.notice(), "");
  await bench.press("Try all again");
  assert.deepEqual(await bench.kept(), []);
  assert.deepEqual(await bench.counts(), CLEAR_COUNTS);
});

test("an event that waits is delivered under the keyset it was meant for", async (t) => {
  const deployment = await deploy(t);
  const bench = await BenchPage.open(await visit(t), deployment.url);
  await deployment.stopApi();
  await bench.send("secret-event-a");
  await bench.press("Use another keyset");
  await bench.choose("clear");
  await deployment.startApi();
  await bench.delivered();
  await bench.press("Read the results again");
  const [row] = (await bench.stored())[0] ?? [];
  assert.match(String(row), /^bt1_/);
  await bench.choose("sdk");
  assert.deepEqual(await bench.unreadable(), { "unknown-key": { rows: 1, events: 1 } });
  await bench.page.getByRole("radio", { name: "Keyset A" }).check();
  assert.deepEqual(await bench.counts(), [["secret-event-a", 1]]);
});

test("a kept event can be discarded, and the focus stays on the bench", async (t) => {
  const deployment = await deploy(t);
  const bench = await BenchPage.open(await visit(t), deployment.url);
  await bench.choose("clear");
  await deployment.stopApi();
  await bench.send("secret-event-a");
  await bench.page.getByRole("button", { name: "Discard secret-event-a" }).press("Enter");
  assert.deepEqual(await bench.kept(), []);
  assert.equal(await bench.page.locator("#name").evaluate((field) => field === document.activeElement), true);
});

test("with the proxy down the page names the proxy, and with the API behind it down, that", async (t) => {
  const deployment = await deploy(t);
  const bench = await BenchPage.open(await visit(t), deployment.url);
  await bench.choose("proxy");
  await deployment.stopProxy();
  await bench.send("secret-event-a");
  assert.match(await bench.notice(), /^The secure proxy does not answer\. .+ http-status 502$/);

  await deployment.startProxy();
  await deployment.stopApi();
  await bench.press(/^Try again/);
  assert.match(
    await bench.notice(),
    /^The analytics API behind the proxy does not answer\. .+ http-status 502$/,
  );
  assert.deepEqual(await bench.kept(), ["secret-event-a"]);

  await deployment.startApi();
  await bench.press(/^Try again/);
  assert.deepEqual(await bench.kept(), []);
  assert.deepEqual(await bench.counts(), [["secret-event-a", 1]]);
});

test("offline the page says so and the SDK keeps the event, which it sends when the browser is online again", async (t) => {
  const deployment = await deploy(t);
  const visitor = await visit(t);
  const bench = await BenchPage.open(visitor, deployment.url);
  await visitor.context.setOffline(true);
  await bench.send("secret-event-a");
  assert.match(await bench.notice(), /^The server of this page cannot be reached\. .+ network$/);
  assert.equal(await bench.waiting(), 1);
  await visitor.context.setOffline(false);
  await bench.delivered();
  assert.deepEqual(await bench.counts(), [["secret-event-a", 1]]);
});

test("when a part of the page cannot be drawn the notice says so, and what is asked for next is carried out", async (t) => {
  const { url } = await deploy(t);
  const bench = await BenchPage.open(await visit(t), url);
  await bench.page.evaluate(() => {
    document.createElementNS = () => {
      throw new Error("no drawing");
    };
  });
  await bench.send("secret-event-a");
  assert.match(await bench.notice(), /^That did not work\. .+ internal$/);
  // The prototype's own function is behind it.
  await bench.page.evaluate(() => Reflect.deleteProperty(document, "createElementNS"));
  await bench.send("secret-event-a");
  assert.deepEqual(await bench.counts(), [["secret-event-a", 2]]);
  assert.equal(await bench.notice(), "");
});

test("a result of 150000 names is shown in part, with its total", async (t) => {
  const { url } = await deploy(t);
  const bench = await BenchPage.open(await visit(t), url);
  const results = Object.fromEntries(Array.from({ length: 150_000 }, (_, index) => [`n${index}`, 1]));
  await bench.page.route("**/api/results", (route) => route.fulfill({ json: { results } }));
  await bench.choose("clear");
  assert.equal((await bench.counts()).length, 50);
  const total = bench.page.locator("#read tfoot tr");
  assert.equal(await total.textContent(), "Total, 149950 more rows included150,000");
  assert.deepEqual(bench.faults, []);
});

test("a name that cannot be sealed is refused at the field, stays in it, and is not sent through the SDK", async (t) => {
  const { url } = await deploy(t);
  const bench = await BenchPage.open(await visit(t), url);
  const field = bench.page.getByLabel("Or one event by name");
  const fault = bench.page.locator("#name-fault");
  for (const name of ["é".repeat(120), "x".repeat(240)]) {
    for (const [way, refusal] of [
      ["sdk", "This name cannot be sealed."],
      ["proxy", "The proxy refused this event."],
    ] as const) {
      await bench.choose(way);
      await bench.send(name);
      assert.equal(await fault.textContent(), `${refusal} ${LIMITS[way]}`);
      assert.equal(await field.inputValue(), name);
      assert.equal(await field.getAttribute("aria-invalid"), "true");
      assert.deepEqual(await bench.kept(), []);
    }
  }
  await bench.choose("sdk");
  await bench.send("");
  assert.equal(await fault.textContent(), "Type a name first.");
  assert.equal(bench.posted().filter(({ path }) => path.startsWith("/api/event")).length, 0);
  await bench.send("fine");
  assert.equal(await fault.textContent(), "");
  assert.equal(await field.getAttribute("aria-invalid"), null);
});

const LIMITS = {
  sdk: "A name has 1 to 239 bytes in UTF-8 and no half of a surrogate pair.",
  proxy: "A name has 1 to 239 bytes in UTF-8.",
};

test("when the SDK cannot be loaded the page says so, sends in clear all the same, and can load it again", async (t) => {
  const { url } = await deploy(t);
  const { context } = await visit(t);
  const page = await context.newPage();
  await page.route("**/*.wasm", (route) => route.abort());
  await page.goto(url);
  await page.getByText("The SDK could not be loaded.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Run the example" }).isDisabled(), true);
  await page.getByRole("radio", { name: "In clear" }).check();
  await page.getByRole("button", { name: "Run the example" }).click();
  await page.getByText("5 events sent in clear.").waitFor();

  await page.unroute("**/*.wasm");
  await page.getByRole("button", { name: "Load the SDK again" }).click();
  await page.getByRole("radio", { name: "Through the SDK" }).check();
  await page.getByRole("button", { name: "Run the example" }).click();
  await page.getByText("5 events sent through the SDK.").waitFor();
});

test("the page's server answers 502 with JSON for a part that is down, and 504 for one that never answers", async (t) => {
  const { url } = await servePage(t, { api: await freePort(), proxy: await silence(t) });
  for (const [path, upstream, status, code] of [
    ["api/results", "analytics-api", 502, "upstream-unavailable"],
    ["proxy/results", "secure-proxy", 504, "upstream-timeout"],
  ] as const) {
    const answer = await fetch(new URL(path, url));
    assert.equal(answer.status, status);
    assert.equal(answer.headers.get("content-type"), "application/json");
    const { error } = await answer.json();
    assert.deepEqual([error.code, error.upstream], [code, upstream]);
  }
});
