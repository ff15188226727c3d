// Counts grouped by a property, as an API returns them and as they are read.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Cipher, createEventCipher, type GroupRow, Keyset } from "blindtally";
import { exportKeyset, importKeyset } from "blindtally/hazard";
import { refusal } from "../client/support/refusal.js";
import { keyIdOf } from "../suite/oracle.js";
import { keyset } from "./support/values.js";

const properties = { ward: "deterministic", note: "randomized", late: "clear" } as const;
const cipher = createEventCipher(keyset, { properties });
const name = (name: string): string => cipher.encryptEvent(name).event;
const sent = (field: keyof typeof properties, value: string | number | boolean): string =>
  cipher.encryptProperties({ [field]: value })?.[field] as string;
const row = (event: string, value: GroupRow["value"], count: number): GroupRow => ({ event, value, count });

/** As lists, which assertions compare with their order. */
function told(field: string, rows: Iterable<GroupRow>, by = cipher) {
  const { counts, unreadable } = by.decryptGroups(field, rows);
  return { counts: [...counts].map(([name, group]) => [name, [...group]]), unreadable };
}

test("rows of a deterministic field become names, texts and counts, in their order", () => {
  const rows = [
    row(name("b"), sent("ward", "7b"), 3),
    row(name("a"), sent("ward", "7b"), 2),
    row(name("b"), sent("ward", 8), 1),
    row(name("b"), sent("ward", true), 0),
  ];
  const counts = [
    [
      "b",
      [
        ["7b", 3],
        ["8", 1],
        ["true", 0],
      ],
    ],
    ["a", [["7b", 2]]],
  ];
  assert.deepEqual(told("ward", rows), { counts, unreadable: [] });
  assert.deepEqual(told("ward", new Set(rows).values()), { counts, unreadable: [] });
  assert.deepEqual(told("ward", []), { counts: [], unreadable: [] });
});

test("rows of a randomized field are read and added up, although no two of them are equal", () => {
  const rows = Array.from({ length: 5 }, () => row(name("a"), sent("note", "asleep"), 2));
  assert.equal(new Set(rows.map(({ value }) => value)).size, 5);
  assert.deepEqual(told("note", rows), { counts: [["a", [["asleep", 10]]]], unreadable: [] });
});

test("values of a clear field are taken as they are, whatever they look like", () => {
  const rows = [
    row(name("a"), true, 1),
    row(name("a"), "true", 2),
    row(name("a"), 7, 4),
    row(name("a"), "7", 8),
    row(name("a"), "bt1_x", 16),
    row(name("a"), sent("ward", "7b"), 32),
    row(name("a"), "", 64),
  ];
  const [[, group] = []] = told("late", rows).counts as [string, [string, number][]][];
  assert.deepEqual(group, [
    ["true", 3],
    ["7", 12],
    ["bt1_x", 16],
    [sent("ward", "7b"), 32],
    ["", 64],
  ]);
});

test("a field without a policy is read by tokens of either kind", () => {
  const reader = createEventCipher(keyset);
  assert.deepEqual(told("ward", [row(name("a"), sent("ward", "7b"), 1)], reader).counts, [
    ["a", [["7b", 1]]],
  ]);
  assert.deepEqual(told("note", [row(name("a"), sent("note", "n"), 1)], reader).counts, [["a", [["n", 1]]]]);
  const late = told("late", [row(name("a"), true, 1)], reader);
  assert.deepEqual(late.unreadable, [{ ...row(name("a"), true, 1), part: "value", code: "not-a-token" }]);
});

test("keys of fields without a policy are kept for one field at a time, however many are asked for", () => {
  const keys = Keyset.generate();
  const made: Cipher[] = [];
  const cipher = keys.cipher.bind(keys);
  keys.cipher = (...args: Parameters<typeof cipher>) => {
    const one = cipher(...args);
    made.push(one);
    return one;
  };
  const by = createEventCipher(keys, { properties });
  const writer = createEventCipher(keys, { properties: { ward: "deterministic", bed: "deterministic" } });
  const { event, properties: values } = writer.encryptEvent("a", { ward: "7b", bed: "12" });
  writer.dispose();
  const read = (field: "ward" | "bed", text: string) =>
    assert.deepEqual(told(field, [row(event, values?.[field] ?? "", 1)], by).counts, [["a", [[text, 1]]]]);
  for (let round = 0; round < 3; round += 1) {
    read("bed", "12");
    for (let field = 0; field < 5; field += 1) told(`field-${field}`, [], by);
    read("ward", "7b");
  }
  const usable = made.filter((one) => {
    try {
      return one.encrypt("a") !== "";
    } catch (error) {
      assert.equal((error as { code?: unknown }).code, "disposed");
      return false;
    }
  });
  // That of names, of the two encrypted fields, and of the last one that was only read.
  assert.equal(usable.length, 4);
  by.dispose();
  keys.dispose();
});

test("what cannot be read stands beside the counts as it came, with the reason and the part", () => {
  const other = createEventCipher(Keyset.generate(), { properties });
  const { event: foreign, properties: values } = other.encryptEvent("a", { ward: "7b", note: "n" });
  const damaged = `${name("a").slice(0, -4)}AAAA`;
  const otherField = sent("note", "n");
  const good = sent("ward", "7b");
  const rows = [
    row(foreign, good, 1),
    row("secret-event-a", good, 2),
    row(damaged, good, 3),
    row(name("a"), values?.ward as string, 4),
    row(name("a"), values?.note as string, 5),
    row(name("a"), "in clear", 6),
    row(name("a"), 7, 7),
    row(name("a"), name("a"), 8),
    row(name("a"), otherField, 9),
    row(foreign, "in clear", 10),
    row(name("a"), good, 11),
    row(otherField, good, 12),
  ];
  const { counts, unreadable } = told("ward", rows);
  assert.deepEqual(counts, [["a", [["7b", 11]]]]);
  const keyId = keyIdOf(foreign);
  const why = [
    { part: "event", code: "unknown-key", keyId },
    { part: "event", code: "not-a-token" },
    { part: "event", code: "bad-token" },
    { part: "value", code: "unknown-key", keyId },
    { part: "value", code: "unknown-key", keyId },
    { part: "value", code: "not-a-token" },
    { part: "value", code: "not-a-token" },
    { part: "value", code: "bad-token" },
    { part: "value", code: "bad-token" },
    { part: "event", code: "unknown-key", keyId },
    { part: "event", code: "not-a-token" },
  ];
  const expected = rows.filter(({ count }) => count !== 11).map((row, index) => ({ ...row, ...why[index] }));
  assert.deepEqual(unreadable, expected);
});

test("rows under disabled and destroyed keys say so, with the id of the key", () => {
  const own = Keyset.generate();
  const events = createEventCipher(own, { properties });
  const old = own.primaryKeyId;
  const { event, properties: values } = events.encryptEvent("a", { ward: "7b" });
  const rows = [row(event, values?.ward as string, 1)];
  own.rotate();
  own.disable(old);
  const disabled = { ...rows[0], part: "event", code: "disabled-key", keyId: old };
  assert.deepEqual(told("ward", rows, events).unreadable, [disabled]);
  own.destroy(old);
  const destroyed = { ...rows[0], part: "event", code: "destroyed-key", keyId: old };
  assert.deepEqual(told("ward", rows, events).unreadable, [destroyed]);
});

test("names and texts such as `__proto__` are counted like any other", () => {
  const odd = ["__proto__", "constructor", "toString", "hasOwnProperty"];
  const rows = odd.flatMap((event) => odd.map((value) => row(name(event), sent("ward", value), 1)));
  assert.deepEqual(
    told("ward", rows).counts,
    odd.map((event) => [event, odd.map((value) => [value, 1])]),
  );
});

test("a count that is none, or a sum that is too large, refuses all rows with its place", () => {
  const [event, value] = [name("a"), sent("ward", "7b")];
  for (const count of [-1, 0.5, Number.NaN, 2 ** 53, "3", null, undefined, 3n]) {
    const rows = [row(event, value, 1), row(event, value, count as number)];
    assert.throws(() => cipher.decryptGroups("ward", rows), refusal("bad-count", { index: 1 }));
    // Of rows that cannot be read, too.
    const unread = [row("x", value, 1), row("x", value, count as number)];
    assert.throws(() => cipher.decryptGroups("ward", unread), refusal("bad-count", { index: 1 }));
  }
  const most = Number.MAX_SAFE_INTEGER;
  const full = [row(event, value, most), row(event, sent("ward", 8), most), row(event, value, 0)];
  assert.equal(cipher.decryptGroups("ward", full).counts.get("a")?.get("7b"), most);
  const over = [row(event, value, most), row(event, sent("ward", 8), most), row(event, value, 1)];
  assert.throws(() => cipher.decryptGroups("ward", over), refusal("count-overflow", { index: 2 }));
});

test("what is no list of rows is refused, with the place of the first that is none", () => {
  for (const rows of [undefined, null, {}, 7, "text", { results: [] }]) {
    assert.throws(() => cipher.decryptGroups("ward", rows as never), refusal("bad-response"));
  }
  const good = row(name("a"), sent("ward", 7), 1);
  const wrong = [
    null,
    undefined,
    7,
    "x",
    [],
    ["a", "b", 1],
    {},
    { event: "x", count: 1 },
    { value: "x", count: 1 },
  ];
  const values = [null, {}, [], 7n].map((value) => ({ event: "x", value, count: 1 }));
  for (const bad of [...wrong, ...values, { event: 7, value: "x", count: 1 }]) {
    assert.throws(
      () => cipher.decryptGroups("ward", [good, bad] as never),
      refusal("bad-response", { index: 1 }),
    );
  }
});

test("names and values that repeat are decrypted once", (context) => {
  const tokens = Array.from({ length: 200 }, (_, index) => name(`n${index}`));
  const values = Array.from({ length: 200 }, (_, index) => sent("ward", index));
  const rows = tokens.flatMap((event) => values.map((value) => row(event, value, 1)));
  const { mock } = context.mock.method(Object.getPrototypeOf(keyset.cipher()), "decrypt");
  const { counts } = cipher.decryptGroups("ward", rows);
  assert.equal(mock.callCount(), 400);
  assert.equal(counts.size, 200);
  assert.ok([...counts.values()].every((group) => group.size === 200));
});

test("a scope reads names, and a field that is clear", () => {
  const scope = importKeyset(exportKeyset(keyset.scope("event")));
  const events = createEventCipher(scope, { properties: { late: "clear" } });
  assert.deepEqual(told("late", [row(name("a"), true, 1)], events).counts, [["a", [["true", 1]]]]);
  assert.throws(() => events.decryptGroups("ward", []), refusal("out-of-scope"));
});
