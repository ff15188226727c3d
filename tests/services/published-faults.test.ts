/** The faults of the published example, each shown absent on the real processes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { deploy } from "./support/deployments.js";
import { post, results } from "./support/http.js";

test("a restart of the proxy, in order or killed, splits no count", async (t) => {
  const { api, startProxy } = await deploy(t);
  for (const signal of ["SIGTERM", "SIGKILL", "SIGTERM"] as const) {
    const proxy = await startProxy();
    assert.equal((await post(`${proxy.url}/event`, { event: "secret-event-a" })).status, 201);
    assert.equal(
      (await post(`${proxy.url}/events`, { events: ["secret-event-b", "secret-event-a"] })).status,
      201,
    );
    const exit = await proxy.end(signal);
    assert.deepEqual(exit, signal === "SIGTERM" ? { code: 0, signal: null } : { code: null, signal });
  }
  const proxy = await startProxy();
  assert.deepEqual(await results(proxy.url), [
    ["secret-event-a", 6],
    ["secret-event-b", 3],
  ]);
  assert.equal((await results(api.url)).length, 2);
});

test("a second proxy beside the first splits no count, and each reads what the other sent", async (t) => {
  const { api, startProxy } = await deploy(t);
  const proxies = [await startProxy(), await startProxy()];
  await Promise.all(
    proxies.flatMap(({ url }) =>
      Array.from({ length: 25 }, (_, index) => post(`${url}/event`, { event: `secret-event-${index % 5}` })),
    ),
  );
  const expected = Array.from({ length: 5 }, (_, index) => [`secret-event-${index}`, 10]);
  for (const { url } of proxies) assert.deepEqual(await results(url), expected);
  assert.equal((await results(api.url)).length, 5);
});

test("names such as constructor and __proto__ are encrypted, counted and read like any other", async (t) => {
  const { api, startProxy } = await deploy(t);
  const proxy = await startProxy();
  const names = ["__proto__", "constructor", "decrypt", "encrypt", "toString"];
  for (const event of [...names, ...names])
    assert.equal((await post(`${proxy.url}/event`, { event })).status, 201);
  assert.deepEqual(
    await results(proxy.url),
    names.map((name) => [name, 2]),
  );
  const tokens = await results(api.url);
  assert.equal(tokens.length, names.length);
  for (const [token, count] of tokens) {
    assert.match(token, /^bt1_/);
    assert.equal(count, 2);
  }
});

test("a known token sent as a name gives no plaintext away", async (t) => {
  const { api, startProxy } = await deploy(t);
  const proxy = await startProxy();
  await post(`${proxy.url}/event`, { event: "secret-event-a" });
  const [[token] = [""]] = await results(api.url);
  assert.match(token, /^bt1_/);
  for (const restarted of [proxy, await startProxy()]) {
    assert.equal((await post(`${restarted.url}/event`, { event: token })).text, '"201 - Created"');
  }
  const stored = await results(api.url);
  assert.equal(stored.length, 2);
  for (const [event] of stored) assert.match(event, /^bt1_/);
  assert.deepEqual(await results(proxy.url), [
    [token, 2],
    ["secret-event-a", 1],
  ]);
});
