import assert from "node:assert/strict";
import { test } from "node:test";
import { Keyset, type PropertyPolicies } from "blindtally";
import { exportRootKeys, importRootKey } from "blindtally/hazard";
import { createProxy } from "blindtally-services/proxy";
import { localAnalytics } from "./support/analytics.js";
import { deploy } from "./support/deployments.js";
import { eventId } from "./support/event-ids.js";
import { codeOf, listen, post, results, send } from "./support/http.js";
import { runCommand, startService } from "./support/processes.js";

const POLICIES: PropertyPolicies = {
  ward: "deterministic",
  note: "randomized",
  version: "clear",
  patient: "drop",
};

test("a proxy sends each property by its policy, and drops one without", async (t) => {
  const { api, url } = await proxied(t);
  const properties = { ward: "7b", note: "asleep", version: 3, patient: "p-1", other: "o-1" };
  const answer = await post(`${url}/events`, {
    events: [
      { event: "dose.missed", id: eventId(), properties },
      { event: "dose.missed", properties },
      { event: "dose.missed", properties: { patient: "p-1", ward: null } },
    ],
  });
  assert.deepEqual([answer.status, answer.text], [201, '{"stored":3,"duplicates":0}']);
  await post(`${url}/event`, { event: "dose.missed", properties: { ward: "7b", version: true } });

  const [ward] = await api.store.countsBy("ward");
  assert.match(ward?.value ?? "", /^bt1_/);
  assert.equal(ward?.count, 3);
  const notes = await api.store.countsBy("note");
  assert.deepEqual(
    notes.map(({ value, count }) => [value.slice(0, 4), count]),
    [
      ["br1_", 1],
      ["br1_", 1],
    ],
  );
  assert.deepEqual(
    (await api.store.countsBy("version")).map(({ value, count }) => [value, count]),
    [
      ["3", 2],
      ["true", 1],
    ],
  );
  for (const field of ["patient", "other"]) assert.deepEqual(await api.store.countsBy(field), []);
  assert.deepEqual(await results(url), [["dose.missed", 4]]);
});

test("GET /results?by= through a proxy decrypts names and values, and adds up what keys split", async (t) => {
  let keyset = Keyset.generate();
  const { url } = await proxied(t, () => keyset);
  await post(`${url}/events`, {
    events: [
      { event: "a", properties: { ward: "7", version: 1 } },
      { event: "a", properties: { ward: 7, note: "n" } },
      { event: "b", properties: { ward: true } },
    ],
  });
  const [exported] = exportRootKeys(keyset);
  assert.ok(exported !== undefined);
  const rotated = importRootKey(exported.key);
  rotated.rotate();
  keyset = rotated;
  await post(`${url}/events`, { events: [{ event: "a", properties: { ward: "7" } }] });
  assert.deepEqual(await by(url, "ward"), {
    results: [
      { event: "a", value: "7", count: 3 },
      { event: "b", value: "true", count: 1 },
    ],
  });
  assert.deepEqual(await by(url, "version"), { results: [{ event: "a", value: "1", count: 1 }] });
  assert.deepEqual(await by(url, "note"), { results: [{ event: "a", value: "n", count: 1 }] });
});

test("rows that a proxy cannot read by a field stand in unreadable, with what could not be read and why", async (t) => {
  const { api, url } = await proxied(t);
  await post(`${url}/event`, { event: "a", properties: { ward: "7b" } });
  const [row] = await api.store.countsBy("ward");
  await api.store.append([
    { event: "in clear", properties: { ward: "7b" } },
    { event: row?.event ?? "", properties: { ward: "in clear" } },
    { event: row?.event ?? "", properties: { ward: `${row?.value.slice(0, -2)}AA` } },
  ]);
  const { results: readable, unreadable } = await by(url, "ward");
  assert.deepEqual(readable, [{ event: "a", value: "7b", count: 1 }]);
  assert.deepEqual(unreadable?.map(({ part, code, count }) => [part, code, count]).sort(), [
    ["event", "not-a-token", 1],
    ["value", "bad-token", 1],
    ["value", "not-a-token", 1],
  ]);
});

test("an event keeps its id through a proxy, and counts once however often and through whichever proxy it is sent", async (t) => {
  const keyset = Keyset.generate();
  const api = await localAnalytics(t);
  const urls = await Promise.all([1, 2].map(() => listen(t, createProxy({ upstream: api.url, keyset }))));
  const events = Array.from({ length: 20 }, () => ({ event: "a", id: eventId() }));
  for (const [index, url] of [...urls, ...urls].entries()) {
    const answer = await post(`${url}/events`, { events });
    assert.equal(answer.text, index === 0 ? '{"stored":20,"duplicates":0}' : '{"stored":0,"duplicates":20}');
    assert.equal((await post(`${url}/event`, events[0])).status, 201);
  }
  assert.deepEqual(await results(urls[0] ?? ""), [["a", 20]]);
});

test("a value of more than 239 bytes is refused by a proxy where it is encrypted, with its place and not repeated", async (t) => {
  const { api, url } = await proxied(t);
  const value = "marked".padEnd(240, "x");
  for (const field of ["ward", "note"]) {
    const properties = { [field]: value };
    const one = await post(`${url}/event`, { event: "a", properties });
    const many = await post(`${url}/events`, { events: ["a", { event: "a", properties }] });
    for (const [answer, place] of [
      [one, "/properties"],
      [many, "/events/1/properties"],
    ] as const) {
      assert.deepEqual([answer.status, codeOf(answer)], [400, "bad-property"]);
      const { message } = JSON.parse(answer.text).error;
      assert.ok(
        message.startsWith(`A value of ${place} is refused: the value of the property \`${field}\` is `),
        message,
      );
      assert.ok(!answer.text.includes("marked"));
    }
  }
  for (const field of ["version", "patient"])
    assert.equal((await post(`${url}/event`, { event: "a", properties: { [field]: value } })).status, 201);
  assert.deepEqual([...(await api.store.counts()).values()], [2]);
});

test("a proxy with --property encrypts for the vendor, decrypts for its client, and logs no value and no query", async (t) => {
  const { api, keyFile } = await deploy(t);
  const proxy = await startService(t, "proxy", [
    ...["--upstream", api.url, "--key-file", keyFile],
    ...["--property", "ward=deterministic", "--property", "version=clear"],
  ]);
  const properties = { ward: "marked-ward", version: "v1", patient: "marked-patient" };
  assert.equal((await post(`${proxy.url}/event`, { event: "marked-name", properties })).status, 201);
  assert.deepEqual(await by(proxy.url, "ward"), {
    results: [{ event: "marked-name", value: "marked-ward", count: 1 }],
  });
  const stored = await by(api.url, "ward");
  assert.match(JSON.stringify(stored), /"value":"bt1_/);
  assert.equal((await send(`${proxy.url}/results?by=marked%20field`)).status, 400);
  assert.deepEqual((await by(api.url, "patient")).results, []);
  for (const { output, end } of [proxy, api]) {
    await end("SIGTERM");
    assert.doesNotMatch(output(), /marked|by=|ward/);
    assert.match(output(), /"route":"\/results"/);
  }
});

for (const [claim, args] of [
  ["without a policy", ["ward"]],
  ["of an unknown policy", ["ward=hidden-policy"]],
  ["of no field", ["=clear"]],
  ["of what is no field", ["hidden field=clear"]],
  ["with two policies", ["ward=clear=drop"]],
  ["twice for one field", ["ward=clear", "--property", "ward=drop"]],
] as const) {
  test(`--property ${claim} is refused with a sentence and status 2`, async () => {
    const { code, stderr } = await runCommand("proxy", [
      ...["--upstream", "http://127.0.0.1:9", "--key-file", "k", "--property", ...args],
    ]);
    assert.equal(code, 2);
    assert.match(stderr, /^blindtally-proxy: --property .+ See --help\.\n$/);
    assert.ok(!stderr.includes("hidden"));
  });
}

interface ByField {
  readonly results: readonly { event: string; value: string; count: number }[];
  readonly unreadable?: readonly { part: string; code: string; count: number }[];
}

async function by(url: string, field: string): Promise<ByField> {
  const { status, text } = await send(`${url}/results?by=${field}`);
  assert.equal(status, 200, text);
  return JSON.parse(text);
}

async function proxied(
  t: Parameters<typeof localAnalytics>[0],
  keyset: Keyset | (() => Keyset) = Keyset.generate(),
) {
  const api = await localAnalytics(t);
  const url = await listen(t, createProxy({ upstream: api.url, keyset, properties: POLICIES }));
  return { api, url };
}
