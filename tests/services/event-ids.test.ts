import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { createAnalytics, openStore } from "blindtally-services/analytics";
import { localAnalytics } from "./support/analytics.js";
import { eventId } from "./support/event-ids.js";
import { temporaryFolder } from "./support/folders.js";
import { codeOf, listen, post, results } from "./support/http.js";
import { startService } from "./support/processes.js";

test("an event that is sent again under its id is a duplicate and counts once", async (t) => {
  const { url } = await localAnalytics(t);
  const id = eventId();
  for (const expected of [
    { stored: 1, duplicates: 0 },
    { stored: 0, duplicates: 1 },
  ]) {
    const answer = await post(`${url}/events`, { events: [{ event: "a", id }] });
    assert.deepEqual([answer.status, JSON.parse(answer.text)], [201, expected]);
  }
  const again = await post(`${url}/event`, { event: "a", id });
  assert.deepEqual([again.status, again.text], [201, '"201 - Created"']);
  assert.deepEqual(await results(url), [["a", 1]]);
});

test("of several events of one id the first stays, whatever the others say", async (t) => {
  const { url } = await localAnalytics(t);
  const id = eventId();
  const within = await post(`${url}/events`, {
    events: [
      { event: "first", id },
      { event: "second", id },
    ],
  });
  assert.equal(within.text, '{"stored":1,"duplicates":1}');
  await post(`${url}/event`, { event: "third", id, properties: { ward: "7b" } });
  assert.deepEqual(await results(url), [["first", 1]]);
});

test("one request may hold texts, events without ids, new ones and duplicates", async (t) => {
  const { url } = await localAnalytics(t);
  const known = eventId();
  await post(`${url}/event`, { event: "a", id: known });
  const answer = await post(`${url}/events`, {
    events: ["a", { event: "a" }, { event: "a", id: known }, { event: "a", id: eventId() }, "a"],
  });
  assert.equal(answer.text, '{"stored":4,"duplicates":1}');
  assert.deepEqual(await results(url), [["a", 5]]);
});

test("an event without an id is stored each time", async (t) => {
  const { url } = await localAnalytics(t);
  for (let sent = 0; sent < 3; sent += 1) await post(`${url}/events`, { events: [{ event: "a" }] });
  assert.deepEqual(await results(url), [["a", 3]]);
});

test("ids are known again in any order of their times, from 1970 to the last that there is", async (t) => {
  const { url } = await localAnalytics(t);
  const last = 2 ** 48 - 1;
  const ids = [Date.now(), 0, last, 1, 4_102_444_800_000, last - 1, Date.now() - 1].map((at) => eventId(at));
  for (const id of ids) await post(`${url}/event`, { event: "a", id });
  for (const id of [...ids].reverse()) {
    const answer = await post(`${url}/events`, { events: [{ event: "a", id }] });
    assert.equal(answer.text, '{"stored":0,"duplicates":1}', id);
  }
  const all = await post(`${url}/events`, { events: ids.map((id) => ({ event: "a", id })) });
  assert.equal(all.text, '{"stored":0,"duplicates":7}');
  assert.deepEqual(await results(url), [["a", 7]]);
});

test("requests at one time with the same events say together that each was stored once", async (t) => {
  const { url } = await localAnalytics(t);
  const events = Array.from({ length: 50 }, () => ({ event: "a", id: eventId() }));
  const known = { event: "a", id: eventId() };
  await post(`${url}/event`, known);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      post(`${url}/events`, { events: [...events.slice(index), ...events.slice(0, index), known] }),
    ),
  );
  const sums = { stored: 0, duplicates: 0 };
  for (const { text } of answers) {
    const { stored, duplicates } = JSON.parse(text);
    assert.equal(stored + duplicates, 51);
    sums.stored += stored;
    sums.duplicates += duplicates;
  }
  assert.deepEqual(sums, { stored: 50, duplicates: 20 * 51 - 50 });
  assert.deepEqual(await results(url), [["a", 51]]);
});

test("ids are known again after a restart, and after the process was killed", async (t) => {
  const database = join(await temporaryFolder(t), "events.duckdb");
  const events = Array.from({ length: 300 }, () => ({ event: "a", id: eventId() }));
  for (const [round, signal] of (["SIGTERM", "SIGKILL", "SIGKILL"] as const).entries()) {
    const service = await startService(t, "analytics", ["--database", database]);
    const sent = events.slice(0, 100 * (round + 1));
    const answer = await post(`${service.url}/events`, { events: sent });
    assert.deepEqual(JSON.parse(answer.text), { stored: 100, duplicates: 100 * round });
    await service.end(signal);
  }
  const service = await startService(t, "analytics", ["--database", database]);
  const answer = await post(`${service.url}/events`, { events });
  assert.equal(answer.text, '{"stored":0,"duplicates":300}');
  assert.deepEqual(await results(service.url), [["a", 300]]);
});

test("what was under way when the process was killed can be sent again and counts once", async (t) => {
  const database = join(await temporaryFolder(t), "events.duckdb");
  const batches = Array.from({ length: 40 }, () =>
    Array.from({ length: 50 }, () => ({ event: "a", id: eventId() })),
  );
  const first = await startService(t, "analytics", ["--database", database]);
  let answered = 0;
  let killed: Promise<unknown> | undefined;
  await Promise.allSettled(
    batches.map(async (events) => {
      await post(`${first.url}/events`, { events });
      answered += 1;
      if (answered === 3) killed = first.end("SIGKILL");
    }),
  );
  await killed;
  const second = await startService(t, "analytics", ["--database", database]);
  for (const events of batches) assert.equal((await post(`${second.url}/events`, { events })).status, 201);
  assert.deepEqual(await results(second.url), [["a", 2000]]);
});

test("what is no UUID of version 7 in lower case is refused as bad-id with its place, and nothing is stored", async (t) => {
  const { url } = await localAnalytics(t);
  const id = eventId();
  const bad: unknown[] = [
    id.toUpperCase().replaceAll(/\d/g, "A"),
    id.replaceAll("-", ""),
    `{${id}}`,
    `urn:uuid:${id}`,
    `${id}\n`,
    id.slice(1),
    "00000000-0000-0000-0000-000000000000",
    "9f1c3e9a-5b6d-4c2a-8f00-0123456789ab",
    `${id.slice(0, 19)}c${id.slice(20)}`,
    "",
    1,
    null,
    { id },
  ];
  for (const value of bad) {
    const one = await post(`${url}/event`, { event: "a", id: value });
    const many = await post(`${url}/events`, { events: ["a", { event: "a", id: value }] });
    for (const [answer, place] of [
      [one, "/id"],
      [many, "/events/1/id"],
    ] as const) {
      assert.deepEqual([answer.status, codeOf(answer)], [400, "bad-id"], JSON.stringify(value));
      assert.ok(JSON.parse(answer.text).error.message.includes(`${place} `), answer.text);
    }
  }
  assert.deepEqual(await results(url), []);
});

test("an id once used in a store stays used when the store serves another app", async (t) => {
  const file = join(await temporaryFolder(t), "events.duckdb");
  const id = eventId();
  const first = await openStore({ file });
  assert.equal(await first.append([{ event: "a", id }, "a"]), 2);
  await first.close();
  const second = await openStore({ file });
  t.after(() => second.close());
  const url = await listen(t, createAnalytics({ store: second }));
  assert.equal(
    (await post(`${url}/events`, { events: [{ event: "b", id }] })).text,
    '{"stored":0,"duplicates":1}',
  );
  assert.deepEqual(await results(url), [["a", 2]]);
});
