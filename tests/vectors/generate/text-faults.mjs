// @ts-check
// Texts that are no sealed file, though every seal in them is whole: a reader refuses them before it uses a secret.

import { base64url, bytes, join, seeded, utf8 } from "./bytes.mjs";
import { nextCharacter } from "./keyset-faults.mjs";
import { headOf, slotLine } from "./sealed.mjs";
import {
  file,
  passkeySlot,
  passphraseSlot,
  rawSlot,
  recoverySlot,
  salt,
  wrapperSlot,
} from "./sealed-cases.mjs";

/** @typedef {import("./sealed-cases.mjs").Files} Files */
/** @typedef {import("./sealed-faults.mjs").SealedFault} SealedFault */

const MAX_CHARACTERS = 262144;
const KEY = seeded("raw", 32);
const OTHER = "raw";
/** The first and the last of the control characters, those that terminals act on, and all that turn text around. */
const NOT_IN_LABELS = [
  ...[0x00, 0x08, 0x09, 0x0a, 0x0d, 0x1b, 0x1f, 0x7f, 0x80, 0x85, 0x9b, 0x9f],
  ...[0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069],
];
/** What no domain has in a relying party id, the neighbours of what it may have among them. */
const NOT_IN_RP_IDS = {
  upper_case: "Example.com",
  a_port: "localhost:8080",
  a_path: "example.com/",
  a_comma: "example,com",
  an_underscore: "_example.com",
  an_asterisk: "*.example.com",
  a_grave_accent: "example.com`",
  a_brace: "{example.com",
  a_space: "example com",
  a_space_in_front: " example.com",
  a_line_feed_at_the_end: "example.com\n",
  an_escape: "example.com\u001b[2J",
  a_nul: "example.com\0",
  a_delete: "example.com\u007f",
  an_override: "\u202eexample.com",
  a_letter_of_another_script: "ex\u0430mple.com",
  a_full_width_letter: "\uff45xample.com",
  a_letter_that_lower_case_makes_ascii: "\u212aing.example",
};

/** @param {Files} whole @returns {SealedFault[]} */
export const textFaults = (whole) =>
  [...shapeFaults(whole), ...fieldFaults(), ...argumentFaults()].map(
    ({ secret = { kind: "raw", key: KEY }, expect = "bad-keyset-file", ...fault }) => ({
      ...fault,
      secret,
      expect,
    }),
  );

/** @typedef {Omit<SealedFault, "secret" | "expect"> & Partial<Pick<SealedFault, "secret" | "expect">>} TextFault */

/** Lines and what ends them. @param {Files} whole @returns {TextFault[]} */
function shapeFaults(whole) {
  const text = textOf(whole, "raw_twice");
  const [first = "", slot = "", another = "", sealLine = "", payload = ""] = text.split("\n");
  /** @param {readonly string[]} lines */
  const lined = (...lines) => lines.map((line) => `${line}\n`).join("");
  const seventeen = Array.from({ length: 17 }, (_, at) => rawSlot(at === 0 ? OTHER : `raw ${at}`).line);
  const length = text.length;
  return [
    { case: "text_empty", text: "" },
    { case: "text_first_line_only", text: lined(first) },
    { case: "text_other_version", text: text.replace("keyset 1\n", "keyset 2\n") },
    { case: "text_first_line_upper", text: text.replace("blindtally", "Blindtally") },
    { case: "text_first_line_longer", text: text.replace("keyset 1\n", "keyset 1 \n") },
    { case: "text_leading_newline", text: `\n${text}` },
    { case: "text_byte_order_mark", text: `\ufeff${text}` },
    { case: "text_crlf", text: text.replaceAll("\n", "\r\n") },
    { case: "text_cr_only", text: text.replaceAll("\n", "\r") },
    { case: "text_crlf_at_the_end", text: `${text.slice(0, -1)}\r\n` },
    { case: "text_no_final_newline", text: text.slice(0, -1) },
    { case: "text_trailing_newline", text: `${text}\n` },
    { case: "text_trailing_space", text: `${text.slice(0, -1)} \n` },
    { case: "text_trailing_line", text: lined(first, slot, another, sealLine, payload, payload) },
    { case: "text_empty_line", text: lined(first, slot, "", another, sealLine, payload) },
    {
      case: "text_payload_in_two_lines",
      text: lined(first, slot, another, sealLine, payload.slice(0, 40), payload.slice(40)),
    },
    { case: "text_missing_payload", text: lined(first, slot, another, sealLine) },
    { case: "text_empty_payload", text: lined(first, slot, another, sealLine, "") },
    { case: "text_missing_seal", text: lined(first, slot, another, payload) },
    { case: "text_two_seals", text: lined(first, slot, another, sealLine, sealLine, payload) },
    { case: "text_seal_before_slot", text: lined(first, slot, sealLine, another, payload) },
    { case: "text_missing_first_line", text: lined(slot, another, sealLine, payload) },
    { case: "text_no_slots", text: file([]).text },
    { case: "text_17_slots", text: file([], { lines: seventeen }).text },
    { case: "text_same_slot_twice", text: file([], { lines: [slot, slot] }).text },
    { case: "text_salt_duplicate", text: file([], { lines: [slot, rawSlot(OTHER, "labelled").line] }).text },
    { case: "text_slot_id_duplicate", text: file([], { lines: [slot, slotWithTheIdOf(OTHER)] }).text },
    { case: "text_slot_word_upper", text: text.replace("\nslot", "\nSLOT") },
    { case: "text_seal_word_upper", text: text.replace("\nseal", "\nSEAL") },
    { case: "text_extra_space", text: text.replace("slot raw", "slot  raw") },
    { case: "text_leading_space", text: text.replace("\nslot raw", "\n slot raw") },
    { case: "text_space_after_slot", text: lined(first, `${slot} `, another, sealLine, payload) },
    { case: "text_space_after_seal", text: lined(first, slot, another, `${sealLine} `, payload) },
    { case: "text_tab", text: text.replace("slot raw", "slot\traw") },
    { case: "text_not_ascii", text: text.replace(" - ", " \u00a0 ") },
    { case: "text_nul", text: `${text.slice(0, -2)}\0\n` },
    { case: "text_too_long", text, growth: MAX_CHARACTERS + 1 - length, expect: "bad-keyset-file" },
    { case: "text_longest_and_altered", text, growth: MAX_CHARACTERS - length, expect: "cannot-open" },
  ];
}

/** A slot with another salt whose first four bytes are the same. @param {string} name */
function slotWithTheIdOf(name) {
  const other = join(salt(name).slice(0, 4), new Uint8Array(12));
  return slotLine(
    headOf("raw", other, undefined, []),
    other,
    seeded("another raw", 32),
    seeded("file key", 32),
  );
}

/** Fields of every slot and of the seal. @returns {TextFault[]} */
function fieldFaults() {
  const whole = rawSlot(OTHER);
  const [word = "", kind = "", salted = "", label = "", check = "", wrapped = ""] = whole.line.split(" ");
  /** A file with this line in place of the slot's. @param {string} name @param {readonly string[]} fields @returns {TextFault} */
  const slotted = (name, ...fields) => ({ case: name, text: file([], { lines: [fields.join(" ")] }).text });
  /** A file with this label, wrapped as it should be. @param {string} name @param {string} text @returns {TextFault} */
  const labelled = (name, text) => {
    const head = [word, kind, salted, text].join(" ");
    return {
      case: name,
      text: file([], { lines: [slotLine(head, whole.salt, KEY, seeded("file key", 32))] }).text,
    };
  };
  const text = file([whole]).text;
  const [nonce = "", fileCheck = ""] = /\nseal (\S+) (\S+)\n/.exec(text)?.slice(1) ?? [];
  return [
    slotted("text_unknown_kind", word, "secret", salted, label, check, wrapped),
    slotted("text_kind_upper", word, "RAW", salted, label, check, wrapped),
    slotted("text_kind_of_a_prototype", word, "constructor", salted, label, check, wrapped),
    slotted("text_field_missing", word, kind, salted, check, wrapped),
    slotted("text_field_too_many", word, kind, salted, label, "-", check, wrapped),
    slotted("text_salt_short", word, kind, salted.slice(0, -2), label, check, wrapped),
    slotted("text_salt_trailing_bits", word, kind, withTrailingBits(salted), label, check, wrapped),
    slotted("text_salt_padding", word, kind, `${salted}==`, label, check, wrapped),
    slotted("text_check_short", word, kind, salted, label, base64url(bytes(...Array(31))), wrapped),
    slotted("text_check_trailing_bits", word, kind, salted, label, withTrailingBits(check), wrapped),
    slotted("text_wrapped_short", word, kind, salted, label, check, wrapped.slice(0, -4)),
    slotted("text_wrapped_long", word, kind, salted, label, check, `${wrapped}AAAA`),
    slotted("text_wrapped_standard_alphabet", word, kind, salted, label, check, `${wrapped.slice(0, -1)}+`),
    labelled("text_label_of_no_characters", ""),
    labelled("text_label_two_dashes", "--"),
    labelled("text_label_too_long", base64url(utf8("n".repeat(65)))),
    labelled("text_label_ill_formed_utf8", base64url(bytes(0x61, 0xff))),
    labelled("text_label_encoded_surrogate", base64url(bytes(0xed, 0xa0, 0x80))),
    labelled("text_label_too_long_in_bytes", base64url(utf8(`n${"💊".repeat(16)}`))),
    labelled("text_label_trailing_bits", withTrailingBits(base64url(utf8("n")))),
    ...NOT_IN_LABELS.map((code) =>
      labelled(`text_label_with_u${named(code)}`, base64url(utf8(`a${String.fromCharCode(code)}b`))),
    ),
    labelled("text_label_of_a_control_character_alone", base64url(utf8("\u001b"))),
    labelled("text_label_ends_in_a_line_feed", base64url(utf8("label\n"))),
    labelled("text_label_begins_with_an_override", base64url(utf8("\u202elabel"))),
    {
      case: "text_label_of_a_slot_not_tried",
      text: file([whole, passphraseSlot("of the first", "first", undefined, "\u001b[2J")]).text,
    },
    { case: "text_nonce_short", text: text.replace(` ${nonce} `, ` ${nonce.slice(0, -4)} `) },
    { case: "text_nonce_long", text: text.replace(` ${nonce} `, ` ${nonce}AAAA `) },
    { case: "text_file_check_trailing_bits", text: text.replace(fileCheck, withTrailingBits(fileCheck)) },
    { case: "text_file_check_missing", text: text.replace(` ${fileCheck}`, "") },
    { case: "text_seal_field_too_many", text: text.replace(fileCheck, `${fileCheck} ${fileCheck}`) },
    { case: "text_payload_padding", text: `${text.slice(0, -1)}=\n` },
    { case: "text_payload_standard_alphabet", text: `${text.slice(0, -2)}+\n` },
    {
      case: "text_payload_trailing_bits",
      text: `${file([whole], { content: bytes(...Array(9)) }).text.slice(0, -2)}B\n`,
    },
    {
      case: "text_payload_shorter_than_tag_and_revision",
      text: file([whole], { content: bytes(...Array(7)) }).text,
    },
  ];
}

/** Arguments of the kinds. The slot beside is whole and is the one whose secret is given. @returns {TextFault[]} */
function argumentFaults() {
  const beside = rawSlot(OTHER).line;
  /** @param {string} name @param {{ line: string }} slot @param {readonly (string | number)[]} args @returns {TextFault} */
  const argued = (name, slot, ...args) => {
    const fields = slot.line.split(" ");
    const line = [...fields.slice(0, 4), ...args, ...fields.slice(-2)].join(" ");
    return { case: name, text: file([], { lines: [line, beside] }).text };
  };
  const passphrase = passphraseSlot("correct horse battery staple", "passphrase");
  const passkey = passkeySlot("passkey", "example.com", 16);
  const [rpId = "", credential = ""] = passkey.line.split(" ").slice(4);
  const recovery = recoverySlot("recovery", 2, 3);
  const wrapper = wrapperSlot("wrapper", "aws-kms", 16);
  const [, blob = ""] = wrapper.line.split(" ").slice(4);
  return [
    argued("text_cost_missing", passphrase, 19456, 2),
    argued("text_cost_too_many", passphrase, 19456, 2, 1, 1),
    argued("text_cost_leading_zero", passphrase, "019456", 2, 1),
    argued("text_cost_double_zero", passphrase, 19456, "00", 1),
    argued("text_cost_plus_sign", passphrase, "+19456", 2, 1),
    argued("text_cost_negative", passphrase, 19456, -2, 1),
    argued("text_cost_hexadecimal", passphrase, "0x4c00", 2, 1),
    argued("text_cost_fraction", passphrase, 19456, "2.0", 1),
    argued("text_cost_exponent", passphrase, "2e4", 2, 1),
    argued("text_threshold_one", recovery, 1, 3),
    argued("text_threshold_above_shares", recovery, 4, 3),
    argued("text_threshold_leading_zero", recovery, "02", 3),
    argued("text_threshold_wraps", recovery, 258, 259),
    argued("text_shares_33", recovery, 2, 33),
    argued("text_shares_missing", recovery, 2),
    argued("text_shares_too_many", recovery, 2, 3, 3),
    argued("text_rp_id_empty", passkey, "", credential),
    argued("text_rp_id_too_long", passkey, base64url(utf8("a".repeat(254))), credential),
    argued("text_rp_id_not_ascii", passkey, base64url(utf8("zürich.example")), credential),
    argued("text_rp_id_ill_formed_utf8", passkey, base64url(bytes(0x61, 0xff)), credential),
    argued("text_rp_id_trailing_bits", passkey, withTrailingBits(base64url(utf8("a"))), credential),
    ...Object.entries(NOT_IN_RP_IDS).map(([what, id]) =>
      argued(`text_rp_id_with_${what}`, passkey, base64url(utf8(id)), credential),
    ),
    argued("text_credential_id_missing", passkey, rpId),
    argued("text_credential_id_empty", passkey, rpId, ""),
    argued("text_credential_id_too_long", passkey, rpId, base64url(new Uint8Array(1024))),
    argued("text_credential_id_trailing_bits", passkey, rpId, withTrailingBits(credential)),
    argued("text_store_empty", wrapper, "", blob),
    argued("text_store_upper", wrapper, "AWS-kms", blob),
    argued("text_store_underscore", wrapper, "aws_kms", blob),
    argued("text_store_too_long", wrapper, "a".repeat(33), blob),
    argued("text_blob_empty", wrapper, "aws-kms", ""),
    argued("text_blob_too_long", wrapper, "aws-kms", base64url(new Uint8Array(6145))),
    argued("text_blob_missing", wrapper, "aws-kms"),
    argued("text_blob_padding", wrapper, "aws-kms", `${blob}==`),
    argued("text_raw_with_an_argument", rawSlot("another raw"), 1),
  ];
}

/** @param {number} code */
const named = (code) => code.toString(16).padStart(4, "0");

/** The same bytes with a bit set that belongs to none. @param {string} text */
function withTrailingBits(text) {
  if (text.length % 4 === 0) throw new Error("a text of this length has no such bit");
  return text.slice(0, -1) + nextCharacter(text.slice(-1));
}

/** @param {Files} whole @param {string} name */
function textOf(whole, name) {
  const { file: named } = /** @type {Files[string]} */ (whole[name]);
  return named.text;
}
