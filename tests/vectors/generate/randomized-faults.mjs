// @ts-check
// What no reader of randomized tokens takes: one fault a case, each made from a token that is whole.

import { gcmsiv } from "@noble/ciphers/aes.js";
import { bytes, flipped, hex, join, seeded, unbase64url, utf8 } from "./bytes.mjs";
import { nextCharacter } from "./keyset-faults.mjs";
import { PREFIX, randomizedKeyOf } from "./randomized.mjs";
import { EVENT, entryOf, keyOf, tokenOf, tokenText, WARD } from "./randomized-cases.mjs";
import { rootEntry } from "./record.mjs";
import { contextKeyOf, encrypt, pad } from "./token.mjs";

/** @typedef {{ case: string, keyset?: string, context?: string[], token: string, expect: string }} Fault */

const TEXT = "secret-event-a";
const NONCE = seeded("br1 nonce fault", 12);

/** @returns {Fault[]} */
export const randomizedFaults = () => [
  ...byteFaults(),
  ...keyFaults(),
  ...formatFaults(),
  ...sealFaults(),
  ...paddingFaults(),
  ...textFaults(),
];

/** Each byte of a token by itself: its key id, its nonce, its text, its tag. @returns {Fault[]} */
function byteFaults() {
  const sent = whole();
  const first = Array.from(sent, (_, at) => at).map((at) => ({
    case: `byte_${at}_first_bit`,
    token: tokenText(flipped(sent, at, 0x80)),
    expect: at < 4 ? "unknown-key" : "bad-token",
  }));
  const last = [3, 4, 15, 16, 47, 48, 63].map((at) => ({
    case: `byte_${at}_last_bit`,
    token: tokenText(flipped(sent, at, 1)),
    expect: at < 4 ? "unknown-key" : "bad-token",
  }));
  return [...first, ...last];
}

/** Keys that are not to be used, or not known. @returns {Fault[]} */
function keyFaults() {
  const stranger = rootEntry(seeded("root of nobody", 32));
  const [primary, disabled, enabled, destroyed] = [0, 1, 2, 3].map((at) => entryOf("several", at).id);
  const rest = unbase64url(tokenOf("several", EVENT, TEXT, NONCE).token.slice(4))?.subarray(4);
  if (!primary || !disabled || !enabled || !destroyed || !rest) throw new Error("a key is missing");
  /** @param {string} name @param {Uint8Array} id @param {Uint8Array} rest @param {string} expect */
  const fault = (name, id, rest, expect) => ({
    case: name,
    keyset: "several",
    token: tokenText(id, rest),
    expect,
  });
  const disabledToken = sealed(keyOf("several", EVENT, 1), disabled, pad(TEXT));
  return [
    fault("keyid_unknown", stranger.id, rest, "unknown-key"),
    {
      case: "keyid_unknown_whole_token",
      keyset: "several",
      token: tokenText(stranger.id, sealed(contextKeyOf(stranger.secret, EVENT), stranger.id, pad(TEXT))),
      expect: "unknown-key",
    },
    fault("keyid_disabled", disabled, rest, "disabled-key"),
    fault("keyid_disabled_whole_token", disabled, disabledToken, "disabled-key"),
    fault("keyid_destroyed", destroyed, rest, "destroyed-key"),
    fault("keyid_of_another_enabled_key", enabled, rest, "bad-token"),
    { ...fault("keyid_unknown_in_a_scope", stranger.id, rest, "unknown-key"), ...IN_SCOPE },
    { ...fault("keyid_disabled_in_a_scope", disabled, rest, "disabled-key"), ...IN_SCOPE },
    { ...fault("keyid_destroyed_in_a_scope", destroyed, rest, "destroyed-key"), ...IN_SCOPE },
    fault("order_size_before_key", stranger.id, rest.subarray(1), "bad-token"),
    fault("order_disabled_key_before_tag", disabled, flipped(rest, -1), "disabled-key"),
    fault("order_destroyed_key_before_tag", destroyed, flipped(rest, -1), "destroyed-key"),
  ];
}

const IN_SCOPE = { keyset: "scope_of_several", context: ["tenant-7", "production", "event"] };

/** Tokens of the other format, and contexts. @returns {Fault[]} */
function formatFaults() {
  const deterministic = encrypt(keyOf("known", EVENT), id(), TEXT);
  const { token } = tokenOf("known", EVENT, TEXT, NONCE);
  const withNonce = join(id(), NONCE, unbase64url(deterministic.slice(4))?.subarray(4) ?? bytes());
  return [
    { case: "format_bt1", token: deterministic, expect: "not-a-token" },
    { case: "format_bt1_prefix", token: `bt1_${token.slice(4)}`, expect: "not-a-token" },
    { case: "format_br2_prefix", token: `br2_${token.slice(4)}`, expect: "not-a-token" },
    { case: "format_upper_case_prefix", token: `BR1_${token.slice(4)}`, expect: "not-a-token" },
    { case: "format_bt1_with_this_prefix", token: PREFIX + deterministic.slice(4), expect: "bad-token" },
    { case: "format_bt1_with_a_nonce", token: tokenText(withNonce), expect: "bad-token" },
    { case: "context_other_label", token, context: ["other"], expect: "bad-token" },
    { case: "context_of_a_field", token, context: WARD, expect: "bad-token" },
    {
      case: "context_of_another_field",
      token: tokenOf("known", WARD, TEXT, NONCE).token,
      context: ["event", "property", "room"],
      expect: "bad-token",
    },
    {
      case: "context_split_differently",
      token: tokenOf("known", ["a-b", "c"], TEXT, NONCE).token,
      context: ["a", "b-c"],
      expect: "bad-token",
    },
    {
      case: "context_other_in_a_scope",
      ...IN_SCOPE,
      token: tokenOf("several", EVENT, TEXT, NONCE).token,
      expect: "bad-token",
    },
  ];
}

/** Sealed, but not as the format says: under other keys, nonces or associated data. @returns {Fault[]} */
function sealFaults() {
  const derived = keyOf("known", EVENT);
  const [key, own] = [derived.subarray(0, 32), derived.subarray(32)];
  const r = randomizedKeyOf(derived);
  const aad = join(utf8(PREFIX), id());
  /** @param {string} name @param {Uint8Array} key @param {Uint8Array} used @param {Uint8Array} [data] */
  const fault = (name, key, used, data) => ({
    case: name,
    token: tokenText(id(), NONCE, gcmsiv(key, used, data).encrypt(pad(TEXT))),
    expect: "bad-token",
  });
  return [
    fault("key_of_bt1", key, NONCE, aad),
    fault("key_of_bt1_and_its_nonce", key, own, aad),
    fault("key_right_and_nonce_of_bt1", r, own, aad),
    fault("key_of_another_derivation", randomizedKeyOf(key), NONCE, aad),
    fault("nonce_other_than_sent", r, seeded("br1 nonce another", 12), aad),
    fault("nonce_reversed", r, NONCE.slice().reverse(), aad),
    fault("aad_empty", r, NONCE, bytes()),
    fault("aad_without_prefix", r, NONCE, id()),
    fault("aad_without_key_id", r, NONCE, utf8(PREFIX)),
    fault("aad_of_bt1", r, NONCE, join(utf8("bt1_"), id())),
    fault("aad_with_nonce", r, NONCE, join(aad, NONCE)),
  ];
}

/** Authentic, but padded as no writer pads, or no text. @returns {Fault[]} */
function paddingFaults() {
  /** @param {string} name @param {Uint8Array} padded */
  const fault = (name, padded) => ({
    case: name,
    token: tokenText(id(), sealed(keyOf("known", EVENT), id(), padded)),
    expect: "bad-token",
  });
  /** @param {number} size @param {readonly Uint8Array[]} parts */
  const filled = (size, ...parts) => join(...parts, new Uint8Array(size - join(...parts).length));
  const marker = bytes(0x80);
  return [
    fault("padding_missing_marker", filled(32, utf8(TEXT))),
    fault("padding_missing_marker_full", utf8("n".repeat(32))),
    fault("padding_all_zero", new Uint8Array(32)),
    fault("padding_empty_text", filled(32, marker)),
    fault("padding_larger_bucket_than_needed", filled(64, utf8(TEXT), marker)),
    fault("padding_largest_bucket_for_159_bytes", filled(240, utf8("n".repeat(159)), marker)),
    fault("padding_no_room_for_marker", utf8("n".repeat(240))),
    fault("padding_size_not_a_bucket", filled(48, utf8("n".repeat(40)), marker)),
    fault("padding_none", utf8(TEXT)),
    fault("padding_garbage_after_marker", filled(32, utf8(TEXT), marker, bytes(0x00, 0x01))),
    fault("content_ill_formed_utf8", filled(32, bytes(0x61, 0xff), marker)),
    fault("content_encoded_surrogate", filled(32, bytes(0xed, 0xa0, 0x80), marker)),
    fault("content_overlong_utf8", filled(32, bytes(0xc0, 0xaf), marker)),
    fault("content_cut_utf8", filled(32, bytes(0xf0, 0x9f, 0x92), marker)),
    fault("content_above_the_last_code_point", filled(32, bytes(0xf4, 0x90, 0x80, 0x80), marker)),
  ];
}

/** Texts that are not the one text of a token. @returns {Fault[]} */
function textFaults() {
  const { token } = tokenOf("known", EVENT, TEXT, NONCE);
  const sent = whole();
  if (!/[-_]/.test(token.slice(4))) throw new Error("the text shows no character of its own alphabet");
  /** @param {string} name @param {string} text @param {string} [expect] */
  const fault = (name, text, expect = "bad-token") => ({ case: name, token: text, expect });
  return [
    fault("text_truncated_by_one", token.slice(0, -1)),
    fault("text_truncated_by_a_byte", tokenText(sent.subarray(0, -1))),
    fault("text_extended_by_one", `${token}A`),
    fault("text_extended_by_a_byte", tokenText(join(sent, bytes(0)))),
    fault("text_padding_sign", `${token}==`),
    fault("text_standard_alphabet", `${PREFIX}${token.slice(4).replaceAll("-", "+").replaceAll("_", "/")}`),
    fault("text_trailing_bits_set", token.slice(0, -1) + nextCharacter(token.slice(-1))),
    fault("text_inner_whitespace", `${token.slice(0, 20)} ${token.slice(20)}`),
    fault("text_trailing_newline", `${token}\n`),
    fault("text_not_ascii", `${token.slice(0, -1)}é`),
    fault("text_only_prefix", PREFIX),
    fault("text_key_id_only", tokenText(id())),
    fault("text_key_id_and_nonce_only", tokenText(id(), NONCE)),
    fault("text_shorter_than_tag", tokenText(sent.subarray(0, 24))),
    fault("text_longer_than_any", `${tokenOf("known", EVENT, "n".repeat(239), NONCE).token}AAAA`),
    fault("text_leading_space", ` ${token}`, "not-a-token"),
    fault("text_byte_order_mark_in_front", `\ufeff${token}`, "not-a-token"),
    fault("text_prefix_cut", token.slice(0, 3), "not-a-token"),
    fault("text_without_prefix", token.slice(4), "not-a-token"),
    fault("text_in_clear", TEXT, "not-a-token"),
    fault("text_empty", "", "not-a-token"),
  ];
}

const id = () => entryOf("known").id;

/** The bytes of the token that most faults are made from. */
function whole() {
  const sent = unbase64url(tokenOf("known", EVENT, TEXT, NONCE).token.slice(4));
  if (sent?.length !== 64 || hex(sent.subarray(4, 16)) !== hex(NONCE))
    throw new Error("not the smallest token");
  return sent;
}

/** `nonce || sealed` of what may be no padded text. @param {Uint8Array} contextKey @param {Uint8Array} id @param {Uint8Array} padded */
const sealed = (contextKey, id, padded) =>
  join(NONCE, gcmsiv(randomizedKeyOf(contextKey), NONCE, join(utf8(PREFIX), id)).encrypt(padded));
