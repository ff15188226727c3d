// @ts-check
// What no reader of a record takes: one fault a case, each made from a record that is whole.

import { bytes, flipped, join, seeded, withLength } from "./bytes.mjs";
import { withCount } from "./keyset-cases.mjs";
import {
  contextCheckOf,
  encode,
  encodeEntry,
  head,
  ROOTS,
  rootEntry,
  rootKeyset,
  SCOPE,
  scopeOf,
  textForm,
} from "./record.mjs";
import { contextKeyOf, labelsOf } from "./token.mjs";

/** @typedef {import("./record.mjs").Keyset} Keyset */
/** @typedef {import("./record.mjs").Entry} Entry */
/** @typedef {{ case: string, record?: Uint8Array, fillers?: number, text?: string, expect: string }} Fault */

const CONTEXT = ["a-b", "c"];
/** Where things stand in a record of root keys. */
const ENTRY = 7;
const CREATED = ENTRY + 1;
const ID = CREATED + 8;
const CHECK = ID + 4;
const SECRET = CHECK + 32;

/** @param {{ one: Keyset, several: Keyset }} whole @returns {Fault[]} */
export const keysetFaults = ({ one, several }) => [
  ...formFaults(one, several),
  ...entryFaults(one, several),
  ...labelFaults(one),
  ...scopeFaults(one, several),
  ...textFaults(one),
];

/** @param {Keyset} one @param {Keyset} several @returns {Fault[]} */
function formFaults(one, several) {
  const record = encode(one);
  const two = encode(rootKeyset(several.entries.slice(0, 2)));
  return [
    fault("record_empty", new Uint8Array()),
    fault("record_version_zero", set(record, 0, 0)),
    fault("record_version_unknown", set(record, 0, 2)),
    fault("record_kind_zero", set(record, 1, 0)),
    fault("record_kind_unknown", set(record, 1, 3)),
    fault("record_kind_of_a_scope", set(record, 1, SCOPE)),
    fault("record_truncated_in_head", record.slice(0, ENTRY - 1)),
    fault("record_truncated_after_head", record.slice(0, ENTRY)),
    fault("record_truncated_by_one", record.slice(0, -1)),
    fault("record_truncated_by_an_entry", withCount(one, 2)),
    fault("record_trailing_byte", join(record, bytes(0))),
    fault("record_trailing_entry", set(two, 6, 1)),
    fault("count_zero", head(ROOTS, 0, [], 0)),
    fault("count_zero_with_an_entry", withCount(one, 0)),
    { ...fault("count_1001", withCount(one, 1001)), fillers: 1000 },
    fault("labels_for_roots", join(head(ROOTS, 0, labelsOf(["event"]), 1), record.slice(ENTRY))),
  ];
}

/** @param {Keyset} one @param {Keyset} several @returns {Fault[]} */
function entryFaults(one, several) {
  const record = encode(one);
  const [a, b, c, d] = /** @type {[Entry, Entry, Entry, Entry]} */ (several.entries);
  const zero = rootEntry(new Uint8Array(32));
  const withSecret = { ...d, secret: seeded("root d", 32) };
  return [
    fault("entry_status_zero", set(record, ENTRY, 0)),
    fault("entry_status_unknown", set(record, ENTRY, 4)),
    fault("entry_primary_disabled", roots(b, a)),
    fault("entry_primary_destroyed", roots(d, a)),
    fault("entry_destroyed_with_secret", roots(a, withSecret)),
    fault("entry_destroyed_with_last_bit_of_secret", flipped(roots(a, d), -1)),
    fault("entry_created_too_large", roots({ ...a, created: 2 ** 40 })),
    fault("entry_created_first_byte", set(record, CREATED, 1)),
    fault("entry_created_negative", set(record, CREATED, 0xff)),
    fault("entry_duplicate_id", roots(a, c, c), "duplicate-key"),
    fault("entry_duplicate_id_of_primary", roots(a, a), "duplicate-key"),
    fault("entry_duplicate_id_disabled", roots(a, { ...a, status: "disabled" }), "duplicate-key"),
    fault(
      "entry_duplicate_id_of_destroyed",
      roots(a, c, { ...d, id: c.id, check: join(c.id, d.check.slice(4)) }),
      "duplicate-key",
    ),
    fault("entry_check_first_bit", flipped(record, CHECK, 0x80), "key-check"),
    fault("entry_check_and_id_first_bit", flipped(flipped(record, CHECK, 0x80), ID, 0x80), "key-check"),
    fault("entry_check_fifth_byte", flipped(record, CHECK + 4), "key-check"),
    fault("entry_check_last_bit", flipped(record, SECRET - 1), "key-check"),
    fault("entry_check_of_a_disabled_key", roots(a, { ...b, check: flipped(b.check, -1) }), "key-check"),
    fault("entry_id_not_of_check", flipped(record, ID), "key-check"),
    fault("entry_id_not_of_check_destroyed", roots(a, { ...d, id: flipped(d.id, -1) }), "key-check"),
    fault("entry_secret_last_bit", flipped(record, -1), "key-check"),
    fault(
      "entry_secrets_exchanged",
      roots({ ...a, secret: c.secret }, { ...c, secret: a.secret }),
      "key-check",
    ),
    fault("entry_root_zero", roots(zero), "key-check"),
    fault("entry_root_zero_disabled", roots(a, { ...zero, status: "disabled" }), "key-check"),
    fault("order_form_before_duplicate", join(roots(a, a), bytes(0))),
    fault(
      "order_duplicate_before_check",
      roots(a, { ...c, check: flipped(c.check, -1) }, c),
      "duplicate-key",
    ),
  ];
}

/** @param {Keyset} one @returns {Fault[]} */
function labelFaults(one) {
  const [entry] = /** @type {[Entry]} */ (one.entries);
  /** A scope whose check value is right for labels that are not. @param {Uint8Array[]} labels @param {number} [count] */
  const scope = (labels, count = labels.length) => {
    const secret = contextKeyOf(entry.secret, ["event"]);
    const start = head(SCOPE, 0, labels, 1);
    start[4] = count;
    return join(start, encodeEntry({ ...entry, secret, check: contextCheckOf(secret, entry.id, labels) }));
  };
  return [
    fault("labels_none_for_scope", scope([])),
    fault("labels_nine", scope(labelsOf([..."abcdefghi"]))),
    fault("labels_fewer_than_said", scope(labelsOf(["event"]), 2)),
    fault("labels_more_than_said", scope(labelsOf(["event", "event"]), 1)),
    fault("label_empty", scope(labelsOf(["event", ""]))),
    fault("label_too_long", scope(labelsOf(["n".repeat(65)]))),
    fault("label_ill_formed_utf8", scope([withLength(bytes(0x61, 0xff))])),
    fault("label_overlong_utf8", scope([withLength(bytes(0xc0, 0xaf))])),
    fault("label_encoded_surrogate", scope([withLength(bytes(0xed, 0xa0, 0x80))])),
  ];
}

/** @param {Keyset} one @param {Keyset} several @returns {Fault[]} */
function scopeFaults(one, several) {
  const scope = scopeOf(one, CONTEXT);
  const record = encode(scope);
  const [entry] = /** @type {[Entry]} */ (scope.entries);
  const more = scopeOf(several, CONTEXT);
  const [a, b, , d] = /** @type {[Entry, Entry, Entry, Entry]} */ (more.entries);
  const [, root] = /** @type {[Entry, Entry]} */ (several.entries);
  const disabled = contextKeyOf(root.secret, CONTEXT);
  /** @param {Partial<Entry>} change @param {string[]} [context] */
  const changed = (change, context = CONTEXT) =>
    encode({ ...scope, context, entries: [{ ...entry, ...change }] });
  /** @param {readonly Entry[]} entries */
  const scoped = (...entries) => encode({ ...more, entries: [...entries] });
  const zero = new Uint8Array(44);
  const check = contextCheckOf(disabled, b.id, labelsOf(CONTEXT));
  return [
    fault("scope_kind_of_roots", set(record, 1, ROOTS)),
    fault("scope_truncated_by_one", record.slice(0, -1)),
    fault("scope_trailing_byte", join(record, bytes(0))),
    fault("scope_primary_disabled", scoped(b, a)),
    fault("scope_disabled_with_secret", scoped(a, { ...b, secret: disabled })),
    fault("scope_disabled_with_secret_and_check", scoped(a, { ...b, secret: disabled, check })),
    fault("scope_destroyed_with_secret", scoped(a, { ...d, secret: flipped(d.secret, -1) })),
    fault("scope_disabled_with_check", scoped(a, { ...b, check }), "key-check"),
    fault("scope_destroyed_with_check", scoped(a, { ...d, check: flipped(d.check, 0) }), "key-check"),
    fault("scope_duplicate_id", scoped(a, a), "duplicate-key"),
    fault("scope_duplicate_id_of_disabled", scoped(a, { ...b, id: a.id }), "duplicate-key"),
    fault("scope_check_first_bit", changed({ check: flipped(entry.check, 0, 0x80) }), "key-check"),
    fault("scope_check_last_bit", changed({ check: flipped(entry.check, -1) }), "key-check"),
    fault("scope_check_zero", changed({ check: new Uint8Array(32) }), "key-check"),
    fault("scope_check_of_other_context", changed({}, ["a-b", "d"]), "key-check"),
    fault("scope_check_of_context_split_differently", changed({}, ["a", "b-c"]), "key-check"),
    fault(
      "scope_check_of_the_root",
      changed({ check: rootEntry(one.entries[0]?.secret ?? new Uint8Array()).check }),
      "key-check",
    ),
    fault("scope_check_of_other_id", changed({ id: flipped(entry.id, -1) }), "key-check"),
    fault("scope_secret_first_bit", changed({ secret: flipped(entry.secret, 0, 0x80) }), "key-check"),
    fault(
      "scope_secret_zero",
      changed({ secret: zero, check: contextCheckOf(zero, entry.id, labelsOf(CONTEXT)) }),
      "key-check",
    ),
    fault("scope_nonce_last_bit", changed({ secret: flipped(entry.secret, -1) }), "key-check"),
  ];
}

/** @param {Keyset} one @returns {Fault[]} */
function textFaults(one) {
  // Of 161 bytes, so that the last character has bits to spare.
  const record = encode(rootKeyset([...one.entries, rootEntry(seeded("root c", 32))]));
  const text = textForm(record);
  if (!/[-_]/.test(text.slice(5))) throw new Error("the text shows no character of its own alphabet");
  return [
    textFault("text_empty", ""),
    textFault("text_only_prefix", "btk1_"),
    textFault("text_without_prefix", text.slice(5)),
    textFault("text_prefix_upper", `BTK1_${text.slice(5)}`),
    textFault("text_prefix_of_a_token", `bt1_${text.slice(5)}`),
    textFault("text_prefix_of_another_version", `btk2_${text.slice(5)}`),
    textFault("text_padding", `${text}=`),
    textFault("text_trailing_bits", text.slice(0, -1) + nextCharacter(text.slice(-1))),
    textFault("text_standard_alphabet", `btk1_${text.slice(5).replaceAll("-", "+").replaceAll("_", "/")}`),
    textFault("text_inner_space", `${text.slice(0, 40)} ${text.slice(40)}`),
    textFault("text_leading_space", ` ${text}`),
    textFault("text_trailing_newline", `${text}\n`),
    textFault("text_truncated_by_one", text.slice(0, -1)),
    textFault("text_truncated_to_one_over_four", text.slice(0, 5 + 213)),
    textFault("text_not_ascii", `${text.slice(0, -1)}Å`),
    textFault("text_of_a_malformed_record", textForm(set(record, 0, 2))),
    textFault(
      "text_of_a_duplicate_key",
      textForm(roots(.../** @type {Entry[]} */ ([one.entries[0], one.entries[0]]))),
      "duplicate-key",
    ),
    textFault("text_of_a_wrong_check", textForm(flipped(record, -1)), "key-check"),
  ];
}

/** @param {string} name @param {Uint8Array} record @param {string} [expect] @returns {Fault} */
const fault = (name, record, expect = "bad-keyset") => ({ case: name, record, expect });

/** @param {string} name @param {string} text @param {string} [expect] @returns {Fault} */
const textFault = (name, text, expect = "bad-keyset") => ({ case: name, text, expect });

/** @param {readonly Entry[]} entries */
const roots = (...entries) => encode(rootKeyset([...entries]));

/** @param {Uint8Array} record @param {number} at @param {number} value */
function set(record, at, value) {
  const copy = Uint8Array.from(record);
  copy[at] = value;
  return copy;
}

/** The character after this one in the alphabet. @param {string} character */
export function nextCharacter(character) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return /** @type {string} */ (alphabet[alphabet.indexOf(character) + 1]);
}
