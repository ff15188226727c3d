// @ts-check
// Secrets that do not open a file, or are none; and files that are older than one seen before.

import { bytes, flipped, join, seeded } from "./bytes.mjs";
import { contentOf, passkeyKek, stretch } from "./sealed.mjs";
import { coefficients, file, rawSlot, recoverySlot, salt, slot } from "./sealed-cases.mjs";
import { split } from "./shares.mjs";

/** @typedef {import("./sealed.mjs").Secret} Secret */
/** @typedef {import("./sealed-cases.mjs").Files} Files */
/** @typedef {import("./sealed-faults.mjs").SealedFault} SealedFault */

const PASSPHRASE = "correct horse battery staple";
const FILE_KEY = seeded("file key", 32);
/** @type {Secret} */
const RAW = { kind: "raw", key: seeded("raw", 32) };

/** @param {Files} whole @returns {SealedFault[]} */
export function secretFaults(whole) {
  const every = textOf(whole, "every_kind");
  const passphrase = textOf(whole, "passphrase");
  /** @param {string} name @param {string} text @param {Secret} secret @param {string} [expect] @returns {SealedFault} */
  const secretly = (name, text, secret, expect = "cannot-open") => ({ case: name, text, secret, expect });
  /** @param {string} word @param {string} [slot] @returns {Secret} */
  const word = (word, slot) => ({
    kind: "passphrase",
    passphrase: word,
    ...(slot !== undefined && { slot }),
  });
  const recovery = textOf(whole, "recovery");
  const wrong = split(seeded("wrong KEK", 32), salt("recovery").slice(0, 4), coefficients("recovery", 2), 3);
  const [first, second] = passphraseIds(whole);
  const zero = new Uint8Array(32);
  const zeroPasskey = file([
    slot("passkey", "zero", undefined, ["YQ", "YQ"], passkeyKek(zero), { key: zero }),
  ]);
  const stretched = stretch(PASSPHRASE, salt("passphrase"), { m: 19456, t: 2, p: 1 });
  return [
    secretly("secret_passphrase_wrong", passphrase, word("correct horse battery stable")),
    secretly("secret_passphrase_with_a_space", passphrase, word(`${PASSPHRASE} `)),
    secretly("secret_passphrase_in_another_case", passphrase, word(PASSPHRASE.toUpperCase())),
    secretly(
      "secret_passphrase_of_another_slot",
      textOf(whole, "passphrase_twice"),
      word("of the first", second),
    ),
    secretly("secret_passphrase_empty", passphrase, word(""), "bad-passphrase"),
    secretly("secret_passphrase_of_1025_bytes", passphrase, word("n".repeat(1025)), "bad-passphrase"),
    secretly(
      "secret_passphrase_of_1025_bytes_in_nfkc",
      passphrase,
      word("\ufdfa".repeat(30) + "n".repeat(35)),
      "bad-passphrase",
    ),
    secretly("secret_passphrase_of_4097_units", passphrase, word("n".repeat(4097)), "bad-passphrase"),
    secretly(
      "secret_passphrase_that_becomes_longer",
      passphrase,
      word("\ufdfa".repeat(4096)),
      "bad-passphrase",
    ),
    secretly("secret_raw_wrong", textOf(whole, "raw"), { kind: "raw", key: flipped(seeded("raw", 32), -1) }),
    secretly("secret_raw_that_is_the_file_key", textOf(whole, "raw"), { kind: "raw", key: FILE_KEY }),
    secretly("secret_raw_of_another_slot", textOf(whole, "raw_twice"), {
      kind: "raw",
      key: seeded("raw", 32),
      slot: idOfSlot(whole, "raw_twice", 1),
    }),
    secretly("secret_passkey_wrong", textOf(whole, "passkey"), {
      kind: "passkey",
      key: flipped(seeded("PRF output of passkey", 32), 0),
      slot: idOfSlot(whole, "passkey", 0),
    }),
    secretly("secret_wrapper_wrong", textOf(whole, "wrapper"), {
      kind: "wrapper",
      key: flipped(seeded("data key of wrapper", 32), 0),
      slot: idOfSlot(whole, "wrapper", 0),
    }),
    secretly(
      "secret_raw_of_31_bytes",
      textOf(whole, "raw"),
      { kind: "raw", key: seeded("raw", 32).slice(1) },
      "bad-key",
    ),
    secretly(
      "secret_raw_of_33_bytes",
      textOf(whole, "raw"),
      { kind: "raw", key: join(seeded("raw", 32), bytes(0)) },
      "bad-key",
    ),
    secretly("secret_raw_of_no_bytes", textOf(whole, "raw"), { kind: "raw", key: bytes() }, "bad-key"),
    secretly(
      "secret_raw_zero",
      file([slot("raw", "zero", undefined, [], zero, { key: zero })]).text,
      { kind: "raw", key: zero },
      "bad-key",
    ),
    secretly(
      "secret_passkey_of_64_bytes",
      textOf(whole, "passkey"),
      { kind: "passkey", key: seeded("PRF output of passkey", 64), slot: idOfSlot(whole, "passkey", 0) },
      "bad-key",
    ),
    secretly("secret_passkey_zero", zeroPasskey.text, { kind: "passkey", key: zero }, "bad-key"),
    secretly(
      "secret_wrapper_of_31_bytes",
      textOf(whole, "wrapper"),
      { kind: "wrapper", key: seeded("data key of wrapper", 31), slot: idOfSlot(whole, "wrapper", 0) },
      "bad-key",
    ),
    secretly(
      "secret_wrapper_zero",
      file([slot("wrapper", "zero", undefined, ["aws-kms", "YQ"], zero, { key: zero })]).text,
      { kind: "wrapper", key: zero },
      "bad-key",
    ),
    secretly("secret_shares_of_another_key", recovery, { kind: "recovery", shares: wrong.slice(0, 2) }),
    secretly("secret_kind_without_slot", textOf(whole, "raw"), word(PASSPHRASE), "unknown-slot"),
    secretly(
      "secret_kind_without_slot_stretched",
      passphrase,
      { kind: "raw", key: stretched },
      "unknown-slot",
    ),
    secretly("secret_slot_unknown", passphrase, word(PASSPHRASE, "00000000"), "unknown-slot"),
    secretly(
      "secret_slot_of_another_kind",
      every,
      { kind: "raw", key: seeded("raw", 32), slot: /** @type {string} */ (first) },
      "unknown-slot",
    ),
    secretly(
      "secret_shares_of_another_file",
      recovery,
      recoverySlot("elsewhere", 2, 3).secret,
      "unknown-slot",
    ),
    secretly(
      "secret_shares_without_slot",
      textOf(whole, "raw"),
      recoverySlot("recovery", 2, 3).secret,
      "unknown-slot",
    ),
    secretly(
      "secret_shares_of_another_threshold",
      recovery,
      recoverySlot("recovery", 3, 3).secret,
      "unknown-slot",
    ),
    secretly(
      "secret_shares_of_another_number",
      recovery,
      recoverySlot("recovery", 2, 4).secret,
      "unknown-slot",
    ),
    secretly(
      "secret_shares_too_few",
      recovery,
      { kind: "recovery", shares: (recoverySlot("recovery", 2, 3).secret.shares ?? []).slice(0, 1) },
      "too-few-shares",
    ),
  ];
}

/** @returns {SealedFault[]} */
export function revisionFaults() {
  const raw = rawSlot("raw");
  /** @param {string} name @param {number} revision @param {number} minRevision @returns {SealedFault} */
  const older = (name, revision, minRevision) => ({
    case: name,
    text: file([raw], { revision }).text,
    secret: RAW,
    minRevision,
    expect: "rollback",
  });
  return [
    older("rollback_by_one", 6, 7),
    older("rollback_to_the_first", 1, 2 ** 53 - 1),
    older("rollback_in_the_high_half", 2 ** 32 - 1, 2 ** 32),
    {
      ...older("order_record_before_rollback", 1, 2),
      text: file([raw], { content: contentOf(1, bytes(1)) }).text,
      expect: "bad-keyset",
    },
    {
      ...older("order_revision_before_rollback", 0, 2),
      expect: "bad-keyset",
    },
    {
      ...older("rollback_with_a_wrong_secret", 1, 2),
      secret: { kind: "raw", key: seeded("another raw", 32) },
      expect: "cannot-open",
    },
  ];
}

/** @param {Files} whole @param {string} name */
const textOf = (whole, name) => /** @type {Files[string]} */ (whole[name]).file.text;

/** @param {Files} whole @param {string} name @param {number} at */
const idOfSlot = (whole, name, at) => whole[name]?.file.slots[at]?.secret.slot ?? "";

/** @param {Files} whole */
const passphraseIds = (whole) => [0, 1].map((at) => idOfSlot(whole, "passphrase_twice", at));
