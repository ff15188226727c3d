import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openStore } from "blindtally-services/analytics";
import { localAnalytics } from "./support/analytics.js";
import { temporaryFolder } from "./support/folders.js";
import { codeOf, post, results, send } from "./support/http.js";

const MARK = "marked-value";

test("GET /results?by= counts each event by the values of a field, and leaves out events without it", async (t) => {
  const { url } = await localAnalytics(t);
  const answer = await post(`${url}/events`, {
    events: [
      { event: "a", properties: { ward: "7b", shift: "late" } },
      { event: "a", properties: { ward: "7b" } },
      { event: "b", properties: { ward: "7b" } },
      { event: "a", properties: { ward: "3c" } },
      { event: "a", properties: { shift: "late" } },
      { event: "a", properties: { ward: null } },
      { event: "a", properties: {} },
      "a",
    ],
  });
  assert.equal(answer.text, '{"stored":8,"duplicates":0}');
  assert.deepEqual(await by(url, "ward"), [
    { event: "a", value: "7b", count: 2 },
    { event: "a", value: "3c", count: 1 },
    { event: "b", value: "7b", count: 1 },
  ]);
  assert.deepEqual(await by(url, "shift"), [{ event: "a", value: "late", count: 2 }]);
  assert.deepEqual(await by(url, "unknown"), []);
  assert.deepEqual(await results(url), [
    ["a", 7],
    ["b", 1],
  ]);
});

test("a field with more values than an answer holds is refused, and another one is not", async (t) => {
  const { url, store } = await localAnalytics(t);
  const most = 250_000;
  const size = 25_000;
  for (let from = 0; from < most; from += size) {
    const entries = Array.from({ length: size }, (_, at) => ({
      event: "a",
      properties: { serial: from + at, parity: at % 2 },
    }));
    await store.append(entries);
  }
  assert.equal((await by(url, "serial")).length, most);
  await post(`${url}/event`, { event: "a", properties: { serial: most } });
  const refused = await send(`${url}/results?by=serial`);
  assert.deepEqual([refused.status, codeOf(refused)], [400, "bad-request"]);
  assert.equal((await by(url, "parity")).length, 2);
  assert.deepEqual(await results(url), [["a", most + 1]]);
});

test("a value is counted by its text as ECMAScript writes it", async (t) => {
  const { url } = await localAnalytics(t);
  const values = ["7", 7, 7.0, -0, 0, 1e21, 1.5e-7, 0.1, 5e-324, 123456789012345680000, true, "true", false];
  await post(`${url}/events`, { events: values.map((value) => ({ event: "a", properties: { value } })) });
  // A JSON text can say what no JavaScript program writes.
  await post(`${url}/event`, '{"event":"a","properties":{"value":-0.0}}');
  await post(`${url}/event`, '{"event":"a","properties":{"value":1000E18}}');
  const counts = new Map((await by(url, "value")).map(({ value, count }) => [value, count]));
  assert.deepEqual(
    counts,
    new Map([
      ["0", 3],
      ["7", 3],
      ["1e+21", 2],
      ["true", 2],
      ["0.1", 1],
      ["1.5e-7", 1],
      ["123456789012345680000", 1],
      ["5e-324", 1],
      ["false", 1],
    ]),
  );
});

test("values and names keep every character, and fields that every object has are fields like any other", async (t) => {
  const { url } = await localAnalytics(t);
  const texts = [
    "\ufeff",
    "\ufeffa",
    "a\0b",
    "\0",
    '"',
    "\\",
    "\u2028",
    "🙂".repeat(1024),
    " ",
    "null",
    "NULL",
    "'); --",
  ];
  for (const field of ["constructor", "toString", "a.b", "a-b", "a_b", "A", "x".repeat(64)]) {
    await post(`${url}/events`, {
      events: texts.map((text) => ({ event: text, properties: { [field]: text } })),
    });
    assert.deepEqual(
      (await by(url, field)).map(({ event, value, count }) => [event, value, count]).sort(),
      texts.map((text) => [text, text, 1]).sort(),
      field,
    );
  }
  assert.deepEqual(await by(url, "a"), []);
});

test("properties are there after a restart", async (t) => {
  const file = join(await temporaryFolder(t), "events.duckdb");
  const first = await openStore({ file });
  await first.append([{ event: "a", properties: { ward: "7b", n: 1 } }]);
  await first.close();
  const second = await openStore({ file });
  t.after(() => second.close());
  assert.deepEqual(await second.countsBy("ward"), [{ event: "a", value: "7b", count: 1 }]);
  assert.deepEqual(await second.countsBy("n"), [{ event: "a", value: "1", count: 1 }]);
});

const many = Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`f${index}`, MARK]));
const VALUE =
  /^The value of property 1 of PLACE, counted from 0, must be .*, or well-formed text of 1 to 1024 characters\.$/;
const NAME = /^The name of property 1 of PLACE, counted from 0, must be 1 to 64 characters: /;
const BAD_PROPERTIES: readonly (readonly [claim: string, properties: string, message: RegExp])[] = [
  ["that are a list", `["${MARK}"]`, /^The value at PLACE must be an object\.$/],
  ["that are text", `"${MARK}"`, /^The value at PLACE must be an object\.$/],
  ["that are null", "null", /^The value at PLACE must be an object\.$/],
  ["of 33 fields", JSON.stringify(many), /^The value at PLACE must have at most 32 members\.$/],
  ["with an object as value", `{"b":1,"a":{"b":"${MARK}"}}`, VALUE],
  ["with a list as value", `{"b":null,"a":["${MARK}"]}`, VALUE],
  ["with an empty text", '{"b":1,"a":"","c":1}', VALUE],
  ["with a text of 1025 characters", `{"b":1,"a":"${MARK.padEnd(1025, "x")}"}`, VALUE],
  ["with a lone surrogate", `{"b":1,"a":"${MARK}\\ud800"}`, VALUE],
  ["with a number beyond all", '{"b":1,"a":1e999}', VALUE],
  ["with a field that begins with a digit", `{"b":1,"1${MARK}":1}`, NAME],
  [
    "with a number as field",
    `{"b":1,"17":"${MARK}"}`,
    /^The name of a property of PLACE must be 1 to 64 characters: /,
  ],
  ["with a field of 65 characters", `{"b":1,"${MARK.padEnd(65, "x")}":1}`, NAME],
  ["with an empty field", '{"b":1,"":1}', NAME],
  ["with a field that is no ASCII", '{"b":1,"\u00e4":1}', NAME],
  ["with a field with a line break", `{"b":1,"${MARK}\\n":1}`, NAME],
  ["with __proto__ as field", `{"b":1,"__proto__":"${MARK}"}`, NAME],
];
for (const [claim, properties, message] of BAD_PROPERTIES) {
  test(`properties ${claim} are refused as bad-property, with their place, and nothing is stored`, async (t) => {
    const { url } = await localAnalytics(t);
    const one = await post(`${url}/event`, `{"event":"a","properties":${properties}}`);
    const among = await post(`${url}/events`, `{"events":["a",{"event":"a","properties":${properties}}]}`);
    for (const [answer, place] of [
      [one, "/properties"],
      [among, "/events/1/properties"],
    ] as const) {
      assert.deepEqual([answer.status, codeOf(answer)], [400, "bad-property"]);
      assert.match(JSON.parse(answer.text).error.message, new RegExp(message.source.replace("PLACE", place)));
      assert.ok(!answer.text.includes(MARK));
    }
    assert.deepEqual(await results(url), []);
  });
}

test("32 properties are taken, and texts of 1024 characters", async (t) => {
  const { url } = await localAnalytics(t);
  const { f32: _, ...allowed } = many;
  const properties = { ...allowed, f0: "x".repeat(1024) };
  assert.equal((await post(`${url}/event`, { event: "a", properties })).status, 201);
  assert.deepEqual(await by(url, "f31"), [{ event: "a", value: MARK, count: 1 }]);
});

test("an entry that is neither text nor an object with an event, or has another member, is refused as bad-body", async (t) => {
  const { url } = await localAnalytics(t);
  for (const entry of [
    "null",
    "1",
    "[]",
    "{}",
    `{"event":"a","${MARK}":1}`,
    '{"event":1}',
    `{"id":"${MARK}"}`,
  ]) {
    const answer = await post(`${url}/events`, `{"events":["a",${entry}]}`);
    assert.deepEqual([answer.status, codeOf(answer)], [400, "bad-body"], entry);
    assert.ok(!answer.text.includes(MARK));
  }
  assert.deepEqual(await results(url), []);
});

test("a query of /results that is not one field is refused as bad-request and not repeated", async (t) => {
  const { url } = await localAnalytics(t);
  const queries = [
    "by=",
    `by=1${MARK}`,
    `by=${MARK}%00`,
    `by=${MARK}%27`,
    `by=${MARK}%20`,
    `by=${"x".repeat(65)}`,
    `by=a&by=${MARK}`,
    `by=a&${MARK}=1`,
    `By=${MARK}`,
    `${MARK}`,
    "__proto__=by",
  ];
  for (const query of queries) {
    const answer = await send(`${url}/results?${query}`);
    assert.deepEqual([answer.status, codeOf(answer)], [400, "bad-request"], query);
    assert.ok(!answer.text.includes(MARK), query);
  }
  assert.equal((await send(`${url}/results?`)).status, 200);
});

async function by(url: string, field: string): Promise<{ event: string; value: string; count: number }[]> {
  const { status, text } = await send(`${url}/results?by=${field}`);
  assert.equal(status, 200, text);
  return JSON.parse(text).results;
}
