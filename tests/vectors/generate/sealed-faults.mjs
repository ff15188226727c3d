// @ts-check
// What does not open: one fault a case. "Resealed" means that whoever altered the header had the file key: only one check is left to find it.

import { gcmsiv } from "@noble/ciphers/aes.js";
import { base64url, bytes, flipped, join, number, seeded, unbase64url, utf8 } from "./bytes.mjs";
import { openUnderBoth } from "./collision.mjs";
import { costFaults } from "./cost-faults.mjs";
import { orderFaults } from "./order-faults.mjs";
import { encode, rootEntry, rootKeyset } from "./record.mjs";
import { contentOf, fileKeysOf, headerOf, WRAPPED, wrapKeysOf } from "./sealed.mjs";
import { file, passphraseSlot, RECORD, rawSlot, recoverySlot, wrapperSlot } from "./sealed-cases.mjs";
import { revisionFaults, secretFaults } from "./secret-faults.mjs";
import { textFaults } from "./text-faults.mjs";

/** @typedef {import("./sealed.mjs").Secret} Secret */
/** @typedef {import("./sealed-cases.mjs").Files} Files */
/** @typedef {{ case: string, text: string, growth?: number, secret: Secret, minRevision?: number, expect: string }} SealedFault */

const PASSPHRASE = "correct horse battery staple";
const FILE_KEY = seeded("file key", 32);
/** @type {Secret} */
const RAW = { kind: "raw", key: seeded("raw", 32) };

/** @param {Files} whole @returns {SealedFault[]} */
export const sealedFaults = (whole) => [
  ...textFaults(whole),
  ...costFaults(whole),
  ...slotFaults(whole),
  ...twoKeyFaults(),
  ...headerFaults(whole),
  ...payloadFaults(whole),
  ...secretFaults(whole),
  ...revisionFaults(),
  ...orderFaults(whole),
];

/** @param {Files} whole @returns {SealedFault[]} */
function slotFaults(whole) {
  const raw = rawSlot("raw");
  const another = rawSlot("another raw");
  const two = textOf(whole, "raw_twice");
  /** The same key in another place. @param {string} name @param {readonly string[]} lines @param {Secret} [secret] @returns {SealedFault} */
  const resealed = (name, lines, secret = RAW) => ({
    case: `${name}_resealed`,
    text: file([], { lines: [...lines] }).text,
    secret,
    expect: "cannot-open",
  });
  /** @param {string} name @param {string} line @returns {SealedFault[]} */
  const bothWays = (name, line) => [
    refused(name, textOf(whole, "raw").replace(raw.line, line)),
    resealed(name, [line]),
  ];
  const [check = "", wrapped = ""] = raw.line.split(" ").slice(-2);
  const otherFileKey = seeded("another file key", 32);
  const recovery = recoverySlot("recovery", 2, 3);
  const passphrase = passphraseSlot(PASSPHRASE, "passphrase");
  return [
    ...bothWays("slot_check_first_bit", raw.line.replace(check, altered(check, 0, 0x80))),
    ...bothWays("slot_check_last_bit", raw.line.replace(check, altered(check, -1))),
    ...bothWays("slot_check_of_another_slot", raw.line.replace(check, another.line.split(" ").at(-2) ?? "")),
    ...bothWays("slot_wrapped_first_bit", raw.line.replace(wrapped, altered(wrapped, 0, 0x80))),
    ...bothWays("slot_wrapped_tag_last_bit", raw.line.replace(wrapped, altered(wrapped, -1))),
    ...bothWays(
      "slot_wrapped_of_another_slot",
      raw.line.replace(wrapped, another.line.split(" ").at(-1) ?? ""),
    ),
    ...bothWays(
      "slot_salt_last_bit",
      raw.line.replace(base64url(raw.salt), base64url(flipped(raw.salt, -1))),
    ),
    ...bothWays("slot_label_added", raw.line.replace(" - ", " bmV3 ")),
    ...bothWays(
      "slot_kind_changed",
      raw.line.replace("slot raw", "slot wrapper").replace(" - ", " - a YQ "),
    ).map((fault) => ({
      ...fault,
      secret: { ...RAW, kind: "wrapper" },
    })),
    // For whoever goes on with zeros where no file key came out of the slot.
    {
      ...resealed("slot_wrapped_broken_and_file_key_zero", []),
      text: file([], {
        lines: [raw.line.replace(wrapped, altered(wrapped, -1))],
        fileKey: new Uint8Array(32),
      }).text,
    },
    resealed("slot_of_another_file_key", [rawSlot("raw", undefined, otherFileKey).line]),
    refused("slot_label_changed", textOf(whole, "every_kind").replace(/(slot raw \S+) \S+/, "$1 bmV3")),
    refused("slot_removed", two.replace(`${another.line}\n`, "")),
    refused("slot_added", textOf(whole, "raw").replace(`${raw.line}\n`, `${raw.line}\n${another.line}\n`)),
    refused(
      "slot_added_with_an_own_secret",
      textOf(whole, "raw").replace(
        `${raw.line}\n`,
        `${raw.line}\n${rawSlot("intruder", undefined, otherFileKey).line}\n`,
      ),
      { kind: "raw", key: seeded("intruder", 32) },
    ),
    refused(
      "slots_exchanged",
      two.replace(`${raw.line}\n${another.line}\n`, `${another.line}\n${raw.line}\n`),
    ),
    refused("slot_of_another_file", textOf(whole, "raw").replace(raw.line, another.line), {
      kind: "raw",
      key: seeded("another raw", 32),
    }),
    resealed("slot_passphrase_passes_changed", [passphrase.line.replace(" 19456 2 1 ", " 19456 3 1 ")], {
      kind: "passphrase",
      passphrase: PASSPHRASE,
    }),
    resealed(
      "slot_passphrase_check_last_bit",
      [passphrase.line.replace(/(\S+) (\S+)$/, (_, own, rest) => `${altered(own, -1)} ${rest}`)],
      { kind: "passphrase", passphrase: PASSPHRASE },
    ),
    resealed("slot_recovery_label_changed", [recovery.line.replace(" - ", " bmV3 ")], recovery.secret),
    resealed(
      "slot_wrapper_blob_changed",
      [
        wrapperSlot("wrapper", "aws-kms", 32).line.replace(
          /(aws-kms) (\S+)/,
          (_, store, blob) => `${store} ${altered(blob, 0)}`,
        ),
      ],
      wrapperSlot("wrapper", "aws-kms", 32).secret,
    ),
    resealed(
      "slot_wrapper_store_changed",
      [wrapperSlot("wrapper", "aws-kms", 32).line.replace("aws-kms", "aws-kmz")],
      wrapperSlot("wrapper", "aws-kms", 32).secret,
    ),
  ];
}

/** A file that no honest writer makes: its slot and its payload open under two passphrases. @returns {SealedFault[]} */
function twoKeyFaults() {
  const { salt, head, kek } = passphraseSlot("the first guess", "guesses");
  const other = passphraseSlot("the second guess", "guesses").kek;
  const first = wrapKeysOf(head, salt, kek);
  const second = wrapKeysOf(head, salt, other);
  const wrapped = openUnderBoth(first, second, WRAPPED, "wrapped");
  const [fileKey, otherFileKey] = [first, second].map(({ aead }) => fileKeysOf(aead.decrypt(wrapped)));
  if (!fileKey || !otherFileKey) throw new Error("it opens under none");
  const line = `${head} ${base64url(first.check)} ${base64url(wrapped)}`;
  const nonce = seeded("nonce", 12);
  const header = headerOf([line], nonce, fileKey.fileCheck);
  const keys = /** @type {const} */ ([
    { key: fileKey.sealKey, nonce },
    { key: otherFileKey.sealKey, nonce },
  ]);
  const payload = openUnderBoth(...keys, utf8(header), "payload");
  for (const { key } of keys) gcmsiv(key, nonce, utf8(header)).decrypt(payload);
  const text = `${header}${base64url(payload)}\n`;
  // Whoever compares no check value answers both alike, and so tells that the passphrase is one of the two.
  return [
    {
      case: "slot_of_two_passphrases_with_the_first",
      text,
      secret: { kind: "passphrase", passphrase: "the first guess" },
      expect: "bad-keyset",
    },
    {
      case: "slot_of_two_passphrases_with_the_second",
      text,
      secret: { kind: "passphrase", passphrase: "the second guess" },
      expect: "cannot-open",
    },
  ];
}

/** @param {Files} whole @returns {SealedFault[]} */
function headerFaults(whole) {
  const text = textOf(whole, "raw");
  const right = fileKeysOf(FILE_KEY).fileCheck;
  /** @param {Uint8Array} fileCheck */
  const checked = (fileCheck) => file([rawSlot("raw")], { fileCheck }).text;
  const [nonce = "", fileCheck = ""] = /\nseal (\S+) (\S+)\n/.exec(text)?.slice(1) ?? [];
  return [
    refused("header_nonce_first_bit", text.replace(nonce, altered(nonce, 0, 0x80))),
    refused("header_nonce_last_bit", text.replace(nonce, altered(nonce, -1))),
    refused("header_file_check_first_bit", text.replace(fileCheck, altered(fileCheck, 0, 0x80))),
    refused("header_file_check_first_bit_resealed", checked(flipped(right, 0, 0x80))),
    refused("header_file_check_last_bit_resealed", checked(flipped(right, -1))),
  ];
}

/** @param {Files} whole @returns {SealedFault[]} */
function payloadFaults(whole) {
  const text = textOf(whole, "raw");
  const header = text.slice(0, text.lastIndexOf("\n", text.length - 2) + 1);
  const payload = /** @type {Uint8Array} */ (unbase64url(text.slice(header.length, -1)));
  /** @param {Uint8Array} changed */
  const paid = (changed) => `${header}${base64url(changed)}\n`;
  const raw = rawSlot("raw");
  /** @param {string} name @param {Uint8Array} content @param {string} expect @returns {SealedFault} */
  const holding = (name, content, expect) => ({
    case: name,
    text: file([raw], { content }).text,
    secret: RAW,
    expect,
  });
  const entry = rootEntry(seeded("root a", 32));
  const twice = encode(rootKeyset([entry, entry]));
  return [
    refused("payload_first_bit", paid(flipped(payload, 0, 0x80))),
    refused("payload_last_bit_of_tag", paid(flipped(payload, -1))),
    refused("payload_truncated_by_one", paid(payload.slice(0, -1))),
    refused("payload_truncated_to_least", paid(payload.slice(0, 24))),
    refused("payload_longer_by_one", paid(join(payload, bytes(0)))),
    refused(
      "payload_of_another_revision",
      paid(payloadOf(file([raw], { revision: 2, nonce: seeded("another nonce", 12) }).text)),
    ),
    refused(
      "payload_of_another_file",
      paid(payloadOf(file([raw], { fileKey: seeded("another file key", 32) }).text)),
    ),
    holding("payload_without_record", contentOf(1, bytes()), "bad-keyset"),
    holding("payload_revision_zero", contentOf(0, RECORD), "bad-keyset"),
    holding("payload_revision_above_the_highest", contentOf(2 ** 53, RECORD), "bad-keyset"),
    holding("payload_revision_of_all_bits", join(bytes(...Array(8).fill(255)), RECORD), "bad-keyset"),
    holding("payload_garbage", seeded("garbage", 92), "bad-keyset"),
    holding("payload_record_truncated", contentOf(1, RECORD.slice(0, -1)), "bad-keyset"),
    holding("payload_record_trailing_byte", contentOf(1, join(RECORD, bytes(0))), "bad-keyset"),
    holding("payload_record_duplicate_key", contentOf(1, twice), "duplicate-key"),
    holding("payload_record_wrong_check", contentOf(1, flipped(RECORD, -1)), "key-check"),
    holding("payload_revision_in_four_bytes", join(number(1, 4), RECORD), "bad-keyset"),
  ];
}

/** @param {string} name @param {string} text @param {Secret} [secret] @returns {SealedFault} */
const refused = (name, text, secret = RAW) => ({ case: name, text, secret, expect: "cannot-open" });

/** A field with one bit changed. @param {string} field @param {number} at @param {number} [bit] */
const altered = (field, at, bit) => base64url(flipped(unbase64url(field) ?? bytes(), at, bit));

/** @param {string} text */
const payloadOf = (text) => unbase64url(text.split("\n").at(-2) ?? "") ?? bytes();

/** @param {Files} whole @param {string} name */
const textOf = (whole, name) => /** @type {Files[string]} */ (whole[name]).file.text;
