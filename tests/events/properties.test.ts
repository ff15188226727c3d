// Values beside the name: SPEC.md, section 18, for every policy and every type of value.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createEventCipher, Keyset, type Properties, type PropertyPolicy } from "blindtally";
import { importRootKey } from "blindtally/hazard";
import { refusal } from "../client/support/refusal.js";
import { fieldOracle, keyset, meantBy, root, vectors } from "./support/values.js";

const ENCRYPTED = ["deterministic", "randomized"] as const;

test("every vector has its text, its token and its randomized token", () => {
  assert.ok(vectors.valid.length >= 50);
  for (const { case: name, context, field, value, text, deterministic, randomized } of vectors.valid) {
    const events = (policy: PropertyPolicy) =>
      createEventCipher(keyset, { context, properties: { [field]: policy } });
    const properties = { [field]: meantBy(value) } as Properties;
    const read = (policy: PropertyPolicy, value: string) => {
      const { counts } = events(policy).decryptGroups(field, [
        { event: nameToken(context), value, count: 1 },
      ]);
      return [...(counts.get("a") ?? new Map()).keys()];
    };
    assert.deepEqual(events("clear").encryptProperties(properties), properties, name);
    if (deterministic === undefined) continue;
    assert.deepEqual(events("deterministic").encryptProperties(properties), { [field]: deterministic }, name);
    assert.deepEqual(read("deterministic", deterministic), [text], name);
    assert.deepEqual(read("randomized", randomized as string), [text], name);
    const fresh = events("randomized").encryptProperties(properties)?.[field] as string;
    assert.notEqual(fresh, randomized, name);
    assert.equal(fieldOracle(field, context).decryptRandomized(fresh), text, name);
  }
});

test("every refused vector is refused with the name of the field and not the value", () => {
  assert.ok(vectors.invalid.length >= 10);
  for (const { case: name, value, policies } of vectors.invalid) {
    for (const policy of policies as PropertyPolicy[]) {
      const events = createEventCipher(keyset, { properties: { ward: policy } });
      const text = String(meantBy(value));
      const expected = refusal("bad-property", {
        says: /`ward`/,
        ...(text.length > 9 ? { secret: text } : {}),
      });
      assert.throws(() => events.encryptProperties({ ward: meantBy(value) } as Properties), expected, name);
    }
    const dropping = createEventCipher(keyset, { properties: { ward: "drop" } });
    assert.equal(dropping.encryptProperties({ ward: meantBy(value) } as Properties), undefined, name);
  }
});

test("what is no name of a field has no policy, and cannot be read by", () => {
  for (const field of [...vectors.no_fields, "constructor\n", "\u017f", "\u212a", "a\u0000", " a"]) {
    const policies = JSON.parse(`{${JSON.stringify(field)}: "clear"}`);
    assert.throws(() => createEventCipher(keyset, { properties: policies }), refusal("bad-argument"), field);
    assert.throws(() => createEventCipher(keyset).decryptGroups(field, []), refusal("bad-argument"), field);
  }
});

test("a context with more than 6 labels encrypts no field, and passes clear ones", () => {
  for (const { context, expect } of vectors.no_contexts) {
    for (const policy of ENCRYPTED) {
      const open = () => createEventCipher(keyset, { context, properties: { ward: policy } });
      assert.throws(open, refusal(expect as "bad-context"));
    }
    const events = createEventCipher(keyset, { context, properties: { ward: "clear" } });
    assert.deepEqual(events.encryptProperties({ ward: 7 }), { ward: 7 });
  }
});

test("every type of value under every policy gives a token, itself, nothing or a refusal", () => {
  const values: [unknown, string | undefined][] = [
    ["7b", "7b"],
    ["__proto__", "__proto__"],
    ["bt1_looks-like-one", "bt1_looks-like-one"],
    [7, "7"],
    [-0, "0"],
    [1e21, "1e+21"],
    [5e-324, "5e-324"],
    [Number.MAX_SAFE_INTEGER, "9007199254740991"],
    [true, "true"],
    [false, "false"],
    ["", undefined],
    ["\ud800", undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [Number.NEGATIVE_INFINITY, undefined],
    [7n, undefined],
    [Symbol("7"), undefined],
    [{}, undefined],
    [[], undefined],
    [["7"], undefined],
    [() => "7", undefined],
    [new Date(0), undefined],
    [Object("7"), undefined],
    [Object(7), undefined],
    [Promise.resolve("7"), undefined],
    [{ toString: () => "7" }, undefined],
  ];
  for (const [value, text] of values) {
    const properties = { ward: value } as Properties;
    const of = (policy: PropertyPolicy | undefined) =>
      createEventCipher(keyset, { properties: { ward: policy } }).encryptProperties(properties)?.ward;
    assert.equal(of("drop"), undefined);
    assert.equal(of(undefined), undefined);
    if (text === undefined) {
      for (const policy of [...ENCRYPTED, "clear"] as const)
        assert.throws(() => of(policy), refusal("bad-property"), typeof value);
      continue;
    }
    const ward = fieldOracle("ward");
    assert.equal(of("deterministic"), ward.encrypt(text));
    assert.equal(ward.decryptRandomized(of("randomized") as string), text);
    assert.equal(of("clear"), value);
  }
});

test("`null`, `undefined` and what is not there are no properties under any policy", () => {
  for (const policy of ["deterministic", "randomized", "clear", "drop"] as const) {
    const events = createEventCipher(keyset, { properties: { ward: policy } });
    for (const properties of [{ ward: null }, { ward: undefined }, {}, undefined, { other: 7 }]) {
      assert.equal(events.encryptProperties(properties), undefined);
      assert.deepEqual(Object.keys(events.encryptEvent("a", properties)), ["event"]);
    }
  }
});

test("equal values of one field have equal tokens, of two fields, names or contexts they have not", () => {
  const policies = { ward: "deterministic", bed: "deterministic" } as const;
  const events = createEventCipher(keyset, { properties: policies });
  const { event, properties } = events.encryptEvent("7", { ward: 7, bed: "7" });
  const elsewhere = createEventCipher(keyset, { context: ["other"], properties: policies });
  const tokens = [event, properties?.ward, properties?.bed, elsewhere.encryptProperties({ ward: 7 })?.ward];
  assert.equal(new Set(tokens).size, 4);
  assert.equal(events.encryptProperties({ ward: "7" })?.ward, properties?.ward);
});

test("equal values of a randomized field have different tokens every time", () => {
  const events = createEventCipher(keyset, { properties: { note: "randomized" } });
  const tokens = Array.from({ length: 1000 }, () => events.encryptProperties({ note: "asleep" })?.note);
  assert.equal(new Set(tokens).size, 1000);
});

test("a field without a policy is dropped before it is looked at", () => {
  const events = createEventCipher(keyset, { properties: { ward: "clear", other: "drop" } });
  const properties = { ward: 1 };
  for (const field of ["secret", "other", "__proto__x"]) {
    Object.defineProperty(properties, field, { enumerable: true, get: () => assert.fail("was looked at") });
  }
  assert.deepEqual(events.encryptProperties(properties), { ward: 1 });
});

test("32 properties are sent and 33 are not; those that are dropped do not count", () => {
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, index]));
  const policies = Object.fromEntries(Object.keys(many(40)).map((field) => [field, "clear" as const]));
  const events = createEventCipher(keyset, { properties: { ...policies, f0: "drop" } });
  assert.equal(Object.keys(events.encryptProperties(many(33)) ?? {}).length, 32);
  assert.throws(() => events.encryptProperties(many(34)), refusal("bad-property"));
  assert.throws(() => events.encryptEvent("a", many(40)), refusal("bad-property"));
});

test("fields called `__proto__`, or as a member of every object, neither leak in nor change anything", () => {
  const events = createEventCipher(keyset, {
    properties: { constructor: "clear", toString: "clear", hasOwnProperty: "clear" } as never,
  });
  // What every object inherits is no property of it.
  assert.equal(events.encryptProperties({}), undefined);
  const given = JSON.parse('{"__proto__": 7, "constructor": "c", "hasOwnProperty": true}') as Properties;
  const sent = events.encryptProperties(given);
  assert.equal(JSON.stringify(sent), '{"constructor":"c","hasOwnProperty":true}');
  assert.equal(Object.getPrototypeOf(sent), Object.prototype);
  assert.equal(({} as { ward?: unknown }).ward, undefined);
});

test("properties that an object inherits are not sent", () => {
  const events = createEventCipher(keyset, { properties: { ward: "clear" } });
  assert.equal(events.encryptProperties(Object.create({ ward: 7 })), undefined);
  assert.deepEqual(events.encryptProperties(Object.assign(Object.create(null), { ward: 7 })), { ward: 7 });
});

test("a value is read once, so that what is checked is what is sent", () => {
  const events = createEventCipher(keyset, { properties: { ward: "clear" } });
  let reads = 0;
  const sent = events.encryptProperties({
    get ward() {
      reads += 1;
      return reads === 1 ? "7b" : "";
    },
  });
  assert.deepEqual([sent, reads], [{ ward: "7b" }, 1]);
});

test("properties that are no object are refused, and said to be no property of one", () => {
  const events = createEventCipher(keyset, { properties: { ward: "clear" } });
  for (const properties of ["text", 7, true, [], new Map([["ward", 7]]), Promise.resolve({}), () => {}]) {
    assert.throws(() => events.encryptEvent("a", properties as never), refusal("bad-argument"));
  }
});

test("policies that are none are refused", () => {
  for (const policy of ["plain", "", "Clear", null, true, 7, ["clear"], {}]) {
    const open = () => createEventCipher(keyset, { properties: { ward: policy as PropertyPolicy } });
    assert.throws(open, refusal("bad-argument", { says: /`ward`/ }));
  }
  for (const policies of [null, "clear", 7, [["ward", "clear"]]]) {
    const open = () => createEventCipher(keyset, { properties: policies as never });
    assert.throws(open, refusal("bad-argument"), JSON.stringify(policies));
  }
});

test("a clear string has 1 to 1024 characters, of which some may take four bytes", () => {
  const events = createEventCipher(keyset, { properties: { note: "clear" } });
  for (const note of ["n".repeat(1024), "💊".repeat(512), "\0", "\ufeff", "日".repeat(1024)]) {
    assert.deepEqual(events.encryptProperties({ note }), { note });
  }
  for (const note of ["", "n".repeat(1025), "💊".repeat(513), "a\ud83d"]) {
    assert.throws(() => events.encryptProperties({ note }), refusal("bad-property"));
  }
});

test("a scope encrypts names and passes clear fields, but encrypts no field", () => {
  const scope = keyset.scope("event");
  const events = createEventCipher(scope, { properties: { ward: "clear" } });
  assert.deepEqual(events.encryptEvent("a", { ward: 7 }), {
    event: keyset.cipher().encrypt("a"),
    properties: { ward: 7 },
  });
  for (const policy of ENCRYPTED) {
    assert.throws(
      () => createEventCipher(scope, { properties: { ward: policy } }),
      (error: Error) => {
        assert.match(error.message, /encrypts no properties; use the whole keyset, or a proxy/);
        return refusal("out-of-scope")(error);
      },
    );
  }
});

test("after a rotation, values are encrypted under the new primary key and the old ones stay readable", () => {
  const rotated = importRootKey(root.slice());
  const events = createEventCipher(rotated, { properties: { ward: "deterministic", note: "randomized" } });
  const before = events.encryptEvent("a", { ward: "7b", note: "n" });
  rotated.rotate();
  const after = events.encryptEvent("a", { ward: "7b", note: "n" });
  assert.notEqual(after.properties?.ward, before.properties?.ward);
  for (const field of ["ward", "note"]) {
    const rows = [before, after].map(({ event, properties }) => ({
      event,
      value: properties?.[field] as string,
      count: 1,
    }));
    const { counts, unreadable } = events.decryptGroups(field, rows);
    assert.deepEqual([[...(counts.get("a") ?? [])], unreadable], [[[field === "ward" ? "7b" : "n", 2]], []]);
  }
});

test("a cipher that was disposed, or whose keyset was locked, encrypts nothing any more", () => {
  const own = Keyset.generate();
  const policies = { ward: "deterministic", note: "randomized" } as const;
  const disposed = createEventCipher(keyset, { properties: policies });
  disposed[Symbol.dispose]();
  const locked = createEventCipher(own, { properties: policies });
  own.lock();
  for (const [events, code] of [
    [disposed, "disposed"],
    [locked, "locked"],
  ] as const) {
    assert.throws(() => events.encryptEvent("a"), refusal(code));
    assert.throws(() => events.encryptProperties({ ward: 7 }), refusal(code));
    assert.throws(() => events.encryptProperties({ note: 7 }), refusal(code));
    const row = { event: "bt1_", value: "bt1_", count: 1 };
    assert.throws(() => events.decryptGroups("ward", [row]), refusal(code));
    assert.throws(() => events.decryptGroups("unlisted", []), refusal(code));
  }
});

test("a keyset of another copy of the package, or nothing, is refused", () => {
  for (const wrong of [undefined, null, {}, "keyset"]) {
    assert.throws(() => createEventCipher(wrong as Keyset), refusal("bad-argument"));
  }
});

const nameToken = (context: readonly string[]): string => keyset.cipher(context).encrypt("a");
