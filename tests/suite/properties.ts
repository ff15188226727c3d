// Every case of tests/vectors/properties.json: what values are sent as, and which are refused.

import {
  type Case,
  equal,
  type Lib,
  type Policy,
  type PropertyVector,
  refused,
  unhex,
  type WrittenValue,
} from "./check.js";
import { withNonce } from "./nonces.js";

const POLICIES: readonly Policy[] = ["deterministic", "randomized", "clear"];

/** A cipher of events that has one field. */
const eventsWith = (lib: Lib, field: string, policy: Policy, context: readonly string[] = ["event"]) =>
  lib.main.createEventCipher(lib.hazard.importRootKey(unhex(lib.propertyVectors.root)), {
    context,
    properties: { [field]: policy },
  });

/** What is sent of one field with this value. */
const sentOf = (lib: Lib, { field, context, value }: PropertyVector, policy: Policy) => {
  const events = eventsWith(lib, field, policy, context);
  const sent = events.encryptEvent("n", { [field]: readValue(value) as string }).properties;
  events.dispose();
  return sent;
};

export const propertyCases: Case[] = [
  {
    claim: "the file of properties has 60 valid and 15 invalid cases",
    run({ propertyVectors: { valid, invalid, no_fields, no_contexts } }) {
      equal([valid.length, invalid.length, no_fields.length, no_contexts.length], [60, 15, 12, 2]);
    },
  },
  {
    claim: "every value is sent as exactly its token under either policy, and in clear as it is",
    run(lib) {
      let encrypted = 0;
      for (const vector of lib.propertyVectors.valid) {
        const { field, value, deterministic, nonce, randomized } = vector;
        equal(sentOf(lib, vector, "clear"), { [field]: readValue(value) }, vector.case);
        if (deterministic === undefined || nonce === undefined) continue;
        encrypted += 1;
        equal(sentOf(lib, vector, "deterministic"), { [field]: deterministic }, vector.case);
        const sent = withNonce(unhex(nonce), () => sentOf(lib, vector, "randomized"));
        equal(sent, { [field]: randomized }, vector.case);
      }
      equal(encrypted, 57);
    },
  },
  {
    claim: "the tokens of a field are those of the context with `property` and its name",
    run(lib) {
      const keyset = lib.hazard.importRootKey(unhex(lib.propertyVectors.root));
      for (const { case: name, context, field, text, deterministic, randomized } of lib.propertyVectors
        .valid) {
        if (deterministic === undefined || randomized === undefined) continue;
        const cipher = keyset.cipher([...context, "property", field]);
        equal(cipher.encrypt(text), deterministic, name);
        equal([cipher.decrypt(deterministic), cipher.decryptRandomized(randomized)], [text, text], name);
        cipher.dispose();
      }
    },
  },
  {
    claim: "groups by a field come back as the texts of its values",
    run(lib) {
      for (const { field, context, text, deterministic, randomized } of lib.propertyVectors.valid) {
        if (deterministic === undefined || randomized === undefined) continue;
        for (const [policy, value] of [
          ["deterministic", deterministic],
          ["randomized", randomized],
          ["clear", text],
        ] as const) {
          const events = eventsWith(lib, field, policy, context);
          const event = events.encryptEvent("n").event;
          const { counts, unreadable } = events.decryptGroups(field, [{ event, value, count: 2 }]);
          equal([counts, unreadable], [[["n", [[text, 2]]]], []]);
          events.dispose();
        }
      }
    },
  },
  {
    claim: "every value that is refused is refused with its code, under each policy that sends it",
    run(lib) {
      for (const { value, policies, expect } of lib.propertyVectors.invalid) {
        for (const policy of policies) {
          const events = eventsWith(lib, "ward", policy);
          const properties = { ward: readValue(value) as string };
          refused(lib, () => events.encryptEvent("n", properties), expect);
          events.dispose();
        }
      }
    },
  },
  {
    claim: "a value that is not sent is not looked at, and none is no property",
    run(lib) {
      const keyset = lib.main.Keyset.generate();
      const events = lib.main.createEventCipher(keyset, { properties: { ward: "clear", note: "drop" } });
      for (const { value } of lib.propertyVectors.invalid) {
        const properties = { note: readValue(value), unknown: readValue(value) } as Record<string, string>;
        equal(events.encryptEvent("n", properties).properties, undefined);
      }
      equal(events.encryptEvent("n", { ward: null }).properties, undefined);
      equal(events.encryptEvent("n", { ward: undefined }).properties, undefined);
    },
  },
  {
    claim: "32 properties are sent and 33 are too many; those that are not sent do not count",
    run(lib) {
      const fields = Array.from({ length: 33 }, (_, at) => `f${at}`);
      const events = lib.main.createEventCipher(lib.main.Keyset.generate(), {
        properties: Object.fromEntries(fields.map((field) => [field, "clear" as const])),
      });
      const all = Object.fromEntries(fields.map((field) => [field, 1]));
      refused(lib, () => events.encryptEvent("n", all), "bad-property");
      const fewer = { ...all, f32: null, dropped: 1, another: 1 };
      equal(Object.keys(events.encryptEvent("n", fewer).properties ?? {}).length, 32);
    },
  },
  {
    claim: "what names no field, and a context without room for one, is refused when the policies are read",
    run(lib) {
      for (const field of lib.propertyVectors.no_fields) {
        for (const policy of POLICIES) refused(lib, () => eventsWith(lib, field, policy), "bad-argument");
      }
      for (const { context, expect } of lib.propertyVectors.no_contexts) {
        refused(lib, () => eventsWith(lib, "ward", "deterministic", context), expect);
        equal(eventsWith(lib, "ward", "clear", context).encryptEvent("n", { ward: 7 }).properties, {
          ward: 7,
        });
      }
    },
  },
  {
    claim: "a scope encrypts no field",
    run(lib) {
      const scope = lib.main.Keyset.generate().scope("event");
      for (const policy of ["deterministic", "randomized"] as const) {
        refused(
          lib,
          () => lib.main.createEventCipher(scope, { properties: { ward: policy } }),
          "out-of-scope",
        );
      }
    },
  },
];

function readValue(value: WrittenValue): unknown {
  if ("string" in value) return value.string;
  if ("boolean" in value) return value.boolean;
  if ("json" in value) return value.json;
  if ("number" in value) return new DataView(unhex(value.number).buffer as ArrayBuffer).getFloat64(0);
  return String.fromCharCode(...(value.utf16.match(/..../g) ?? []).map((unit) => Number.parseInt(unit, 16)));
}
