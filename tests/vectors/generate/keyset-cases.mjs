// @ts-check
// keysets.json: what records hold, what their keys give and read, and what is refused.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytes, hex, join, number, seeded, unhex, utf8 } from "./bytes.mjs";
import { keysetFaults } from "./keyset-faults.mjs";
import {
  decode,
  decodeText,
  encode,
  ROOTS,
  read,
  rootEntry,
  rootKeyset,
  scopeOf,
  textForm,
  tokensFor,
} from "./record.mjs";
import { refusalOf } from "./refusal.mjs";
import { contextKeyOf, encrypt, withId } from "./token.mjs";

/** @typedef {import("./record.mjs").Keyset} Keyset */
/** @typedef {import("./record.mjs").Entry} Entry */

const MAX_CREATED = 2 ** 40 - 1;
const EVENT = ["event"];
const TENANT = ["tenant-7", "production", "event"];
const UNICODE = ["Zürich", "💊"];
const LONGEST = Array.from({ length: 8 }, (_, at) => String(at).repeat(64));
/** Labels of each length: a hash pads each message length in its own way. */
const LENGTHS = Array.from({ length: 64 }, (_, at) => ["n".repeat(at + 1)]);
const NAMES = ["a", "secret-event-a", "💊 taken", "n".repeat(239)];

/** The root of the examples of bt1. */
const KNOWN = Uint8Array.from({ length: 32 }, (_, at) => at);
const NEARLY_ZERO = unhex(`${"00".repeat(31)}01`);
/** Roots by the names they have here. @param {string} name */
const root = (name) => seeded(`root ${name}`, 32);

export function keysets() {
  const one = rootKeyset([rootEntry(root("a"), "enabled", 1_760_000_000)]);
  const several = rootKeyset(
    [
      rootEntry(root("a"), "enabled", 1_760_000_000),
      rootEntry(root("b"), "disabled", 1_750_000_000),
      rootEntry(root("c"), "enabled", 1_740_000_000),
      rootEntry(root("d"), "destroyed", 1_730_000_000),
      rootEntry(root("e"), "disabled", 0),
      rootEntry(root("f"), "destroyed", 0),
      rootEntry(root("g"), "enabled", MAX_CREATED),
    ],
    90,
  );
  const bounds = rootKeyset(
    [rootEntry(root("h"), "enabled", MAX_CREATED), rootEntry(root("i"), "enabled", 1)],
    65535,
  );
  const known = rootKeyset([rootEntry(KNOWN)], 1);
  const nearlyZero = rootKeyset([rootEntry(NEARLY_ZERO)]);
  const valid = [
    valued("one_key", one, [EVENT, TENANT]),
    valued("several_keys", several, [EVENT, TENANT]),
    valued("created_and_policy_at_their_bounds", bounds, [EVENT]),
    valued("key_of_bt1", known, [EVENT, ["a-b", "c"]], LENGTHS),
    valued("key_nearly_zero", nearlyZero, [EVENT]),
    valuedScope("scope_of_one_key", "one_key", one, EVENT),
    valuedScope("scope_of_several_keys", "several_keys", several, EVENT),
    valuedScope("scope_of_several_labels", "several_keys", several, TENANT),
    valuedScope("scope_of_unicode_labels", "created_and_policy_at_their_bounds", bounds, UNICODE),
    valuedScope("scope_of_the_longest_context", "key_of_bt1", known, LONGEST),
    filled("thousand_keys", one, 999),
    filled("thousand_keys_in_a_scope", scopeOf(one, EVENT), 999),
  ];
  const invalid = keysetFaults({ one, several }).map(({ fillers = 0, ...fault }) => {
    const refusal = refusalOf(() =>
      fault.text === undefined
        ? decode(join(fault.record ?? new Uint8Array(), ...fillersOf(fault.record, fillers)))
        : decodeText(fault.text),
    );
    if (refusal?.code !== fault.expect)
      throw new Error(`${fault.case}: ${refusal?.code} instead of ${fault.expect}`);
    const { record, text, expect } = fault;
    return {
      case: fault.case,
      ...(record && { record: hex(record) }),
      ...(fillers > 0 && { fillers }),
      ...(text !== undefined && { text }),
      expect,
    };
  });
  return { format: "keyset record 1", valid, invalid };
}

/** @param {string} name @param {Keyset} keyset @param {string[][]} contexts @param {string[][]} [further] contexts, for one name each */
function valued(name, keyset, contexts, further = []) {
  const record = encode(keyset);
  const text = textForm(record);
  if (hex(encode(decodeText(text))) !== hex(record)) throw new Error(`${name} does not come back`);
  return {
    case: name,
    record: hex(record),
    text,
    context: keyset.kind === ROOTS ? null : keyset.context,
    rotate_after_days: keyset.rotateAfterDays,
    keys: keyset.entries.map(({ id, status, created, secret }) => ({
      id: hex(id),
      status,
      created,
      secret: hex(secret),
    })),
    tokens: [
      ...contexts.flatMap((context) => NAMES.map((name) => ({ context, name }))),
      ...further.map((context) => ({ context, name: "a" })),
    ].map(({ context, name }) => ({ context, name, tokens: tokensFor(keyset, context, name) })),
    rows: contexts.flatMap((context) => rowsOf(keyset, context)),
  };
}

/** @param {string} name @param {string} of @param {Keyset} keyset @param {string[]} context */
function valuedScope(name, of, keyset, context) {
  const others = [EVENT, TENANT, ["event", "event"], [...context.slice(0, 7), "another"]];
  return {
    ...valued(name, scopeOf(keyset, context), [context]),
    of,
    out_of_scope: others.filter((other) => JSON.stringify(other) !== JSON.stringify(context)),
  };
}

/** What a vendor could return, and what becomes of it. @param {Keyset} keyset @param {string[]} context */
function rowsOf(keyset, context) {
  const primary = /** @type {string} */ (tokensFor(keyset, context, "a")[0]);
  const own = ROOTS_KNOWN.filter((key) => withId(rootEntry(key).id, keyset.entries) !== undefined);
  const tokens = [
    ...own.map((key, at) => tokenOf(key, context, `event ${at}`)),
    tokenOf(root("of nobody"), context, "a"),
    ...(own[0] ? [tokenOf(own[0], [...context.slice(0, 7), "another"], "a")] : []),
    primary.slice(0, -1),
    `${primary.slice(0, 20)}${primary[20] === "A" ? "B" : "A"}${primary.slice(21)}`,
    "a",
  ];
  return tokens.map((token) => ({ context, token, ...outcomeOf(keyset, context, token) }));
}

/** Also of destroyed keys: their tokens are still to be told from those of strangers. */
const ROOTS_KNOWN = [...[..."abcdefghi"].map(root), KNOWN, NEARLY_ZERO];

/** @param {Uint8Array} key @param {string[]} context @param {string} name */
const tokenOf = (key, context, name) => encrypt(contextKeyOf(key, context), rootEntry(key).id, name);

/** @param {Keyset} keyset @param {string[]} context @param {string} token */
function outcomeOf(keyset, context, token) {
  /** @type {string | undefined} */
  let name;
  const refusal = refusalOf(() => {
    name = read(keyset, context, token);
  });
  if (refusal === undefined) return { name };
  const { code } = refusal;
  const names = ["unknown-key", "disabled-key", "destroyed-key"].includes(code);
  return { expect: code, ...(names && { key_id: hex(Buffer.from(token.slice(4, 10), "base64url")) }) };
}

/** A record of which only the beginning is written out. @param {string} name @param {Keyset} keyset @param {number} fillers */
function filled(name, keyset, fillers) {
  const beginning = withCount(keyset, keyset.entries.length + fillers);
  const record = join(beginning, ...fillersOf(beginning, fillers));
  const { entries } = decode(record);
  if (entries.length !== 1000) throw new Error(`${name} has ${entries.length} keys`);
  return {
    case: name,
    record: hex(beginning),
    fillers,
    sha256: hex(sha256(record)),
    context: keyset.kind === ROOTS ? null : keyset.context,
    rotate_after_days: 0,
  };
}

/** @param {Keyset} keyset @param {number} count */
export function withCount(keyset, count) {
  const record = encode(keyset);
  const at = 5 + keyset.context.reduce((length, label) => length + 1 + utf8(label).length, 0);
  record.set(number(count, 2), at);
  return record;
}

/** Entries of destroyed keys with the ids 1, 2, 3 … @param {Uint8Array | undefined} record whose kind they have @param {number} count */
function fillersOf(record, count) {
  const isScope = record?.[1] !== ROOTS;
  return Array.from({ length: count }, (_, at) => {
    const id = number(at + 1, 4);
    const check = isScope ? new Uint8Array(32) : join(...Array.from({ length: 8 }, () => id));
    return join(bytes(3), new Uint8Array(8), id, check, new Uint8Array(isScope ? 44 : 32));
  });
}
