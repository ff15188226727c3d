// @ts-check
// properties.json: values, the contexts of their fields, their tokens, and what is refused.

import { hex, seeded } from "./bytes.mjs";
import { contextOfField, isField, numbered, textOf } from "./property.mjs";
import { decryptRandomized, encryptRandomized } from "./randomized.mjs";
import { rootEntry } from "./record.mjs";
import { refusalOf } from "./refusal.mjs";
import { contextKeyOf, decrypt, encrypt } from "./token.mjs";

/** @typedef {import("./property.mjs").Value} Value */
/** @typedef {import("./property.mjs").Policy} Policy */

const { id, secret: root } = rootEntry(seeded("root a", 32));
const EVENT = ["event"];
const SIX = ["tenant-7", "production", "north", "ward-3", "team", "event"];
const FIELD = "ward";

/** Numbers whose text is written in each of the ways that ECMAScript has, and those at the borders between them. */
const NUMBERS = {
  zero: 0,
  minus_zero: -0,
  seven: 7,
  minus_seven: -7,
  hundred: 100,
  tenth: 0.1,
  sum_of_tenths: 0.1 + 0.2,
  third: 1 / 3,
  minus_fraction: -12.375,
  greatest_exact_integer: 2 ** 53 - 1,
  above_exact_integers: 2 ** 53 + 2,
  of_21_digits: 123456789012345680000,
  greatest_without_exponent: 1e21 - 2 ** 17,
  least_with_exponent: 1e21,
  large_with_fraction_of_digits: 1.2345e25,
  least_without_exponent: 1e-6,
  greatest_with_negative_exponent: 1e-6 - 2 ** -72,
  small_of_one_digit: 1e-7,
  minus_small: -1.5e-10,
  greatest: Number.MAX_VALUE,
  least: Number.MIN_VALUE,
  least_normal: 2 ** -1022,
  of_17_digits: 5.000000000000001e-5,
};

/** @type {Record<string, Value>} */
const VALUES = {
  ...Object.fromEntries(Object.entries(NUMBERS).map(([name, value]) => [`number_${name}`, numbered(value)])),
  boolean_true: { boolean: true },
  boolean_false: { boolean: false },
  string_of_a_number: { string: "7" },
  string_of_a_boolean: { string: "true" },
  string_of_null: { string: "null" },
  string_of_a_number_with_a_plus: { string: "+7" },
  string_nul: { string: "\0" },
  string_byte_order_mark: { string: "\ufeffward" },
  string_emoji: { string: "💊" },
  string_composed: { string: "caf\u00e9" },
  string_decomposed: { string: "cafe\u0301" },
  string_like_a_token: { string: "bt1_AAAA" },
  ...Object.fromEntries(
    [1, 31, 32, 63, 64, 111, 112, 159, 160, 239].map((length) => [
      `string_of_${length}_bytes`,
      { string: "n".repeat(length) },
    ]),
  ),
  string_of_239_bytes_in_120_units: { string: `${"é".repeat(119)}n` },
};

/** Sent as they are, though too long to be encrypted. @type {Record<string, Value>} */
const CLEAR = {
  clear_of_240_bytes: { string: "n".repeat(240) },
  clear_of_1024_units: { string: "n".repeat(1024) },
  clear_of_1024_units_in_pairs: { string: "💊".repeat(512) },
};

const CONTEXTS = { default: EVENT, longest: SIX, one_label_of_the_fields: ["property"] };
const FIELDS = ["a", "Z", "ward", "bed.number", "a-_.9", "property", "__proto__".slice(2), "f".repeat(64)];
const NO_FIELDS = ["", "9", "_a", ".a", "-a", "__proto__", "a b", "a\n", "é", "ä.b", "a/b", "f".repeat(65)];

/** Under every policy that sends the value. @type {Record<string, Value>} */
const REFUSED = {
  number_not_a_number: numbered(Number.NaN),
  number_infinite: numbered(Number.POSITIVE_INFINITY),
  number_minus_infinite: numbered(Number.NEGATIVE_INFINITY),
  string_empty: { string: "" },
  string_lone_high_surrogate: { utf16: "0061d83d" },
  string_lone_low_surrogate: { utf16: "dc8a0061" },
  string_surrogates_exchanged: { utf16: "dc8ad83d" },
  string_of_1025_units: { string: "n".repeat(1025) },
  object: { json: {} },
  object_with_a_value: { json: { value: 7 } },
  array: { json: [] },
  array_of_one_string: { json: ["ward"] },
};

/** Where the value is to be encrypted. @type {Record<string, Value>} */
const TOO_LONG = {
  string_of_240_bytes: { string: "n".repeat(240) },
  string_of_240_bytes_in_120_units: { string: "é".repeat(120) },
  string_of_1024_units: { string: "n".repeat(1024) },
};

export function properties() {
  const valid = [
    ...Object.entries(VALUES).map(([name, value]) => valued(name, value)),
    ...Object.entries(CLEAR).map(([name, value]) => ({
      case: name,
      context: EVENT,
      field: FIELD,
      value,
      text: textOf(value, "clear"),
    })),
    ...Object.entries(CONTEXTS).map(([name, context]) =>
      valued(`context_${name}`, { string: "north" }, context),
    ),
    ...FIELDS.map((field, at) => valued(`field_${at}`, { string: "north" }, EVENT, field)),
  ];
  const invalid = [
    ...refusals(REFUSED, ["deterministic", "randomized", "clear"]),
    ...refusals(TOO_LONG, ["deterministic", "randomized"]),
  ];
  const wrong = [...FIELDS, ...NO_FIELDS].find((field) => isField(field) !== FIELDS.includes(field));
  if (wrong !== undefined) throw new Error(`"${wrong}" is taken for what it is not`);
  return {
    format: "properties",
    root: hex(root),
    key_id: hex(id),
    valid,
    invalid,
    no_fields: NO_FIELDS,
    no_contexts: [
      [...SIX, "one-more"],
      [...SIX, "two", "more"],
    ].map((context) => ({
      context,
      expect: refusalOf(() => contextOfField(context, FIELD))?.code,
    })),
  };
}

/** A value that every policy sends. @param {string} name @param {Value} value @param {readonly string[]} [context] @param {string} [field] */
function valued(name, value, context = EVENT, field = FIELD) {
  const text = textOf(value, "deterministic");
  const key = contextKeyOf(root, contextOfField(context, field));
  const nonce = seeded(`property nonce ${name}`, 12);
  const [deterministic, randomized] = [encrypt(key, id, text), encryptRandomized(key, id, nonce, text)];
  const opened = [decrypt(() => key, deterministic), decryptRandomized(() => key, randomized)];
  if (opened.some((again) => again !== text)) throw new Error(`${name} does not come back`);
  return { case: name, context, field, value, text, deterministic, nonce: hex(nonce), randomized };
}

/** @param {Record<string, Value>} values @param {readonly Policy[]} policies */
const refusals = (values, policies) =>
  Object.entries(values).map(([name, value]) => {
    const codes = new Set(policies.map((policy) => refusalOf(() => textOf(value, policy))?.code));
    if (codes.size !== 1 || !codes.has("bad-property")) throw new Error(`${name} is not refused`);
    return { case: `refused_${name}`, value, policies, expect: "bad-property" };
  });
