// From an event in clear to the text that waits and is sent: SPEC.md, section 20.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Keyset, type Properties } from "blindtally";
import * as uuid from "uuid";
import { refusal } from "../client/support/refusal.js";
import { oracle } from "../suite/oracle.js";
import { createSealer } from "./support/internals.js";
import { fieldOracle, keyset, root } from "./support/values.js";

const events = oracle(root, ["event"]);
const properties = { ward: "deterministic", note: "randomized", late: "clear", text: "clear" } as const;

test("an event without properties becomes its id and its token, and nothing else", () => {
  const { id, json } = createSealer(keyset).seal("dose.missed");
  assert.equal(json, `{"id":"${id}","event":"${events.encrypt("dose.missed")}"}`);
  assert.equal(uuid.version(id), 7);
});

test("an event with properties becomes what the policies say", () => {
  const { id, json } = createSealer(keyset, { properties }).seal("dose.missed", {
    ward: "north-7b",
    note: "asleep",
    late: true,
    secret: "dropped",
  });
  const entry = JSON.parse(json);
  const ward = fieldOracle("ward");
  assert.deepEqual(Object.keys(entry), ["id", "event", "properties"]);
  assert.equal(entry.id, id);
  assert.equal(entry.event, events.encrypt("dose.missed"));
  assert.equal(entry.properties.ward, ward.encrypt("north-7b"));
  assert.equal(fieldOracle("note").decryptRandomized(entry.properties.note), "asleep");
  assert.deepEqual([entry.properties.late, Object.keys(entry.properties).length], [true, 3]);
  assert.doesNotMatch(json, /dose|north|asleep|dropped|secret/);
});

test("sealing many gives what sealing one after the other gives, in their order", () => {
  const sealer = createSealer(keyset, { properties: { ward: "deterministic", text: "clear" } });
  const names = ["a", "b", "a", "__proto__", "constructor", "💊 taken", "n".repeat(239), "b"];
  const list = names.map((name, index) => ({ name, properties: { ward: index % 3, text: `é${index}` } }));
  const sealed = sealer.sealAll(list);
  const alone = list.map(({ name, properties }) => sealer.seal(name, properties));
  const entries = (of: typeof sealed) =>
    of.map(({ id, json }) => {
      const { id: inside, ...entry } = JSON.parse(json);
      assert.equal(inside, id);
      return entry;
    });
  assert.deepEqual(entries(sealed), entries(alone));
  assert.deepEqual(
    entries(sealed).map(({ event }) => event),
    names.map(events.encrypt),
  );
  const ids = [...sealed, ...alone].map(({ id }) => id);
  assert.deepEqual(ids, [...ids].sort());
  assert.equal(new Set(ids).size, ids.length);
});

test("the text is ASCII, so that its length is its bytes, and reads back as it was", () => {
  const sealer = createSealer(keyset, { properties });
  const texts = [
    "é",
    "日本",
    "💊",
    "\u2028\u2029",
    "\u007f\u0080\u00ff",
    "\ufeff",
    '"\\\n\t\0</script>',
    "\\u00e9",
  ];
  for (const text of [...texts, texts.join("")]) {
    const { json } = sealer.seal("a", { text });
    assert.match(json, /^[\x20-\x7f]*$/);
    assert.equal(Buffer.byteLength(json), json.length);
    assert.equal(JSON.parse(json).properties.text, text);
  }
});

test("one bad name of many refuses all of them, with its place", () => {
  const sealer = createSealer(keyset);
  const list = (...names: unknown[]) => names.map((name) => ({ name: name as string }));
  for (const wrong of ["", "n".repeat(240), "\ud800", undefined, 7, {}]) {
    assert.throws(() => sealer.sealAll(list("a", "b", "a", wrong, "c")), refusal("bad-name", { index: 3 }));
    assert.throws(() => sealer.sealAll(list(wrong, "a", wrong)), refusal("bad-name", { index: 0 }));
    const many = [...Array.from({ length: 3000 }, (_, index) => `n${index % 700}`), wrong, wrong, "b"];
    assert.throws(() => sealer.sealAll(list(...many)), refusal("bad-name", { index: 3000 }));
  }
});

test("one bad property of many refuses all of them, with its place, its field and not its value", () => {
  const sealer = createSealer(keyset, { properties });
  const list = (wrong: unknown) => [
    { name: "a" },
    { name: "b", properties: wrong as Properties },
    { name: "c" },
  ];
  const secret = "7".repeat(300);
  const expected = refusal("bad-property", { index: 1, says: /^entry 1: .*`ward`/, secret });
  assert.throws(() => sealer.sealAll(list({ ward: secret })), expected);
  assert.throws(() => sealer.sealAll(list([])), refusal("bad-argument", { index: 1 }));
  assert.throws(() => sealer.seal("b", { ward: secret }), refusal("bad-property", { secret }));
});

test("what an application's own getter throws comes out as it is", () => {
  const sealer = createSealer(keyset, { properties });
  const own = new RangeError("mine");
  const failing = {
    get ward(): string {
      throw own;
    },
  };
  assert.throws(() => sealer.seal("a", failing), own);
  assert.throws(() => sealer.sealAll([{ name: "a", properties: failing }]), own);
});

test("sealing no events gives none, and is still refused by locked keys", () => {
  const own = Keyset.generate();
  const sealer = createSealer(own, { properties });
  assert.deepEqual(sealer.sealAll([]), []);
  own.lock();
  assert.throws(() => sealer.sealAll([]), refusal("locked"));
});

test("after locking or disposing, every use is refused, with or without properties", () => {
  const own = Keyset.generate();
  const disposed = createSealer(keyset, { properties });
  disposed.dispose();
  const locked = createSealer(own, { properties });
  locked.seal("a", { ward: "7b" });
  own.lock();
  for (const [sealer, code] of [
    [disposed, "disposed"],
    [locked, "locked"],
  ] as const) {
    assert.throws(() => sealer.check(), refusal(code));
    assert.throws(() => sealer.seal("a"), refusal(code));
    assert.throws(() => sealer.sealAll([{ name: "a", properties: { ward: 1 } }]), refusal(code));
    assert.throws(() => sealer.openResults({}), refusal(code));
    assert.throws(() => sealer.openGroups("ward", []), refusal(code));
    assert.throws(() => sealer.checkField("ward"), refusal(code));
    assert.throws(() => sealer.checkField("unlisted"), refusal(code));
  }
});

test("a field is checked before anything is asked for", () => {
  const sealer = createSealer(keyset.scope("event"), { properties: { late: "clear" } });
  sealer.check();
  sealer.checkField("late");
  assert.throws(() => sealer.checkField("ward"), refusal("out-of-scope"));
  assert.throws(() => sealer.checkField("a b"), refusal("bad-argument"));
  assert.throws(() => sealer.checkField(undefined as never), refusal("bad-argument"));
});

test("results are read with the keys of names, and groups with those of the field too", () => {
  const sealer = createSealer(keyset, { properties });
  const event = events.encrypt("a");
  assert.deepEqual([...sealer.openResults({ [event]: 3 }).counts], [["a", 3]]);
  const value = fieldOracle("ward").encrypt("7b");
  const { counts } = sealer.openGroups("ward", [{ event, value, count: 3 }]);
  assert.deepEqual([...(counts.get("a") ?? [])], [["7b", 3]]);
});
