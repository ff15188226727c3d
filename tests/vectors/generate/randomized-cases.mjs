// @ts-check
// br1.json: texts, nonces and the tokens they give, and what no reader takes.

import { base64url, bytes, hex, join, seeded, unhex, utf8 } from "./bytes.mjs";
import { decryptRandomized, encryptRandomized, PREFIX } from "./randomized.mjs";
import { randomizedFaults } from "./randomized-faults.mjs";
import { contextKey, encode, readingKey, rootEntry, rootKeyset, scopeOf, tokensFor } from "./record.mjs";
import { refusalOf } from "./refusal.mjs";
import { decrypt } from "./token.mjs";

/** @typedef {import("./record.mjs").Keyset} Keyset */
/** @typedef {import("./record.mjs").Entry} Entry */
/** @typedef {{ case: string, keyset: string, context: string[], text: string, nonce: Uint8Array, entry?: number }} Valued */

export const EVENT = ["event"];
export const WARD = ["event", "property", "ward"];
const TENANT = ["tenant-7", "production", "event"];
const UNICODE = ["Zürich", "💊"];
const LONGEST = Array.from({ length: 8 }, (_, at) => String(at).repeat(64));
const CONTEXTS = { EVENT, WARD, TENANT, UNICODE, LONGEST, SPLIT: ["a-b", "c"], OTHERWISE: ["a", "b-c"] };

const known = Uint8Array.from({ length: 32 }, (_, at) => at);
const several = rootKeyset([
  rootEntry(seeded("root a", 32)),
  rootEntry(seeded("root b", 32), "disabled"),
  rootEntry(seeded("root c", 32)),
  rootEntry(seeded("root d", 32), "destroyed"),
]);
/** @type {Record<string, Keyset>} */
export const KEYSETS = {
  known: rootKeyset([rootEntry(known)]),
  nearly_zero: rootKeyset([rootEntry(unhex(`${"00".repeat(31)}01`))]),
  several,
  scope_of_several: scopeOf(several, TENANT),
};

/** The last length of each bucket, and the first of the next. */
const EDGES = [1, 31, 32, 63, 64, 111, 112, 159, 160, 239];
/** Texts that have caused trouble elsewhere; each is one like any other. */
const TEXTS = {
  nul: "\0",
  nul_at_the_end: "a\0",
  the_marker_as_a_character: "\u0080",
  byte_order_mark: "\ufeffa",
  line_feed: "a\nb",
  spaces: "  a  ",
  prototype: "__proto__",
  composed: "caf\u00e9",
  decomposed: "cafe\u0301",
  emoji: "💊 taken",
  last_code_point: "\u{10ffff}",
  full_bucket_of_three_byte_characters: `${"日".repeat(10)}a`,
  longest_of_three_byte_characters: `${"日".repeat(79)}é`,
  number: "7",
  token: tokensFor(several, EVENT, "secret-event-a")[0] ?? "",
  prefix: PREFIX,
};
/** What is no text: SPEC.md, section 5. */
const REFUSED = { empty: "", of_240_bytes: "n".repeat(240), of_120_characters_of_two_bytes: "é".repeat(120) };

export function randomizedTokens() {
  const valid = valued().map(({ case: name, keyset, context, text, nonce, entry = 0 }) => {
    const made = tokenOf(keyset, context, text, nonce, entry);
    const opened = decryptRandomized(readingKey(named(keyset), context), made.token);
    const refusal = refusalOf(() => decrypt(readingKey(named(keyset), context), made.token));
    if (opened !== text || refusal?.code !== "not-a-token") throw new Error(`${name} does not come back`);
    return { case: name, keyset, context, text, nonce: hex(nonce), ...made };
  });
  // A scope makes the tokens of its keyset, and no others come twice.
  const tokens = valid.filter(({ keyset }) => keyset !== "scope_of_several").map(({ token }) => token);
  if (new Set(tokens).size !== tokens.length) throw new Error("a token comes twice");
  const invalid = randomizedFaults().map(({ keyset = "known", context = EVENT, ...fault }) => {
    const refusal = refusalOf(() => decryptRandomized(readingKey(named(keyset), context), fault.token));
    if (refusal?.code !== fault.expect)
      throw new Error(`${fault.case}: ${refusal?.code} instead of ${fault.expect}`);
    return { case: fault.case, keyset, context, token: fault.token, expect: fault.expect };
  });
  const texts = Object.entries(REFUSED).map(([name, text]) => {
    const refusal = refusalOf(() => tokenOf("known", EVENT, text, new Uint8Array(12)));
    return { case: `text_${name}`, text, expect: refusal?.code };
  });
  const keysets = Object.entries(KEYSETS).map(([name, keyset]) => [name, hex(encode(keyset))]);
  return { format: "br1", keysets: Object.fromEntries(keysets), valid, invalid, texts };
}

/** @returns {Valued[]} */
function valued() {
  const common = { keyset: "known", context: EVENT };
  return [
    ...EDGES.map((length) => ({
      ...common,
      case: `text_of_${length}_bytes`,
      text: "n".repeat(length),
      nonce: nonce(`length ${length}`),
    })),
    ...Object.entries(TEXTS).map(([name, text]) => ({
      ...common,
      case: `text_${name}`,
      text,
      nonce: nonce(name),
    })),
    ...Object.entries(CONTEXTS).flatMap(([name, context]) =>
      ["known", "nearly_zero", "several"].map((keyset) => ({
        case: `context_${name.toLowerCase()}_${keyset}`,
        keyset,
        context,
        text: "secret-event-a",
        nonce: nonce("context"),
      })),
    ),
    ...["a", "n".repeat(239)].map((text) => ({
      case: `scope_${utf8(text).length}_bytes`,
      keyset: "scope_of_several",
      context: TENANT,
      text,
      nonce: nonce("scope"),
    })),
    ...["several", "scope_of_several"].map((keyset) => ({
      case: `key_not_primary_${keyset}`,
      keyset,
      context: TENANT,
      text: "a",
      nonce: nonce("key"),
      entry: 2,
    })),
    { ...common, case: "nonce_zero", text: "a", nonce: new Uint8Array(12) },
    { ...common, case: "nonce_of_ones", text: "a", nonce: bytes(...Array(12).fill(0xff)) },
    { ...common, case: "nonce_another", text: "a", nonce: nonce("another") },
    { ...common, case: "nonce_repeated_for_another_text", text: "b", nonce: nonce("another") },
    { ...common, case: "nonce_of_the_context", text: "a", nonce: keyOf("known", EVENT).subarray(32) },
  ];
}

/** @param {string} name */
const nonce = (name) => seeded(`br1 nonce ${name}`, 12);

/** @param {string} name */
const named = (name) => /** @type {Keyset} */ (KEYSETS[name]);

/** @param {string} keyset @param {number} [at] */
export const entryOf = (keyset, at = 0) => /** @type {Entry} */ (named(keyset).entries[at]);

/** `K || N` of one of the entries, the primary one. @param {string} keyset @param {string[]} context @param {number} [at] */
export const keyOf = (keyset, context, at = 0) => contextKey(named(keyset), entryOf(keyset, at), context);

/** @param {string} keyset @param {string[]} context @param {string} text @param {Uint8Array} nonce @param {number} [at] */
export function tokenOf(keyset, context, text, nonce, at = 0) {
  const { id } = entryOf(keyset, at);
  const token = encryptRandomized(keyOf(keyset, context, at), id, nonce, text);
  return { key_id: hex(id), token };
}

/** Whatever bytes, as a token. @param {readonly Uint8Array[]} parts */
export const tokenText = (...parts) => PREFIX + base64url(join(...parts));
