// @ts-check
// sealed.json: files, the secrets that open them, and what is inside.

import { base64url, bytes, hex, join, seeded, utf8 } from "./bytes.mjs";
import { encode, rootEntry, rootKeyset, scopeOf } from "./record.mjs";
import { refusalOf } from "./refusal.mjs";
import { contentOf, headOf, idOf, open, passkeyKek, seal, slotLine, stretch } from "./sealed.mjs";
import { sealedFaults } from "./sealed-faults.mjs";
import { split } from "./shares.mjs";

/** @typedef {import("./sealed.mjs").Secret} Secret */
/**
 * A slot with the secret that opens it.
 * @typedef {{ kind: string, salt: Uint8Array, label: string | undefined, args: (string | number)[], head: string, line: string, kek: Uint8Array, secret: Secret }} Slot
 */
/** @typedef {{ fileKey: Uint8Array, nonce: Uint8Array, revision: number, record: Uint8Array, slots: Slot[], text: string }} File */

/** The lowest cost that is allowed: a test pays it often. */
const FLOOR = { m: 19456, t: 2, p: 1 };
const FILE_KEY = seeded("file key", 32);
const NONCE = seeded("nonce", 12);

/** What a label may hold, however strange: neighbours of what it may not, text that has other forms, and 64 bytes. */
const LABELS = [
  " ",
  "~",
  "\u00a0\u00ad",
  "\u2028\u2029",
  "\u202f",
  "\u2065",
  "\u206a\u206f",
  "\u200b\u200d\u200e\u200f\u061c",
  "\ufeffbyte order mark",
  "\ufffd\ufffe\uffff",
  "\u{e0001}\u{10ffff}",
  "e\u0301 \u00e9 \ufb01",
  "\u05e2\u05d1\u05e8\u05d9\u05ea \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
  "</td>&amp;\"'\\",
  "LQ",
  "💊".repeat(16),
];

const keyset = rootKeyset([rootEntry(seeded("root a", 32), "enabled", 1_760_000_000)]);
const twoKeys = rootKeyset(
  [...keyset.entries, rootEntry(seeded("root b", 32), "disabled", 1_750_000_000)],
  90,
);
export const RECORD = encode(keyset);

export function sealedFiles() {
  const valid = Object.entries(wholeFiles()).map(([name, { file, also = [], minRevision }]) => {
    const secrets = [...file.slots.map(({ secret }) => secret), ...also];
    for (const secret of secrets) {
      const { revision, record } = open(file.text, secret, minRevision);
      if (revision !== file.revision || hex(record) !== hex(file.record))
        throw new Error(`${name} holds something else`);
    }
    return {
      case: name,
      text: file.text,
      revision: file.revision,
      ...(minRevision !== undefined && { min_revision: minRevision }),
      record: hex(file.record),
      slots: file.slots.map(({ kind, salt, label, args, kek }) => ({
        id: idOf(salt),
        kind,
        label: label ?? null,
        arguments: args.map(String),
        kek: hex(kek),
      })),
      secrets: secrets.map(secretInJson),
    };
  });
  const invalid = sealedFaults(wholeFiles()).map((fault) => {
    const { text, growth = 0, secret, minRevision, expect } = fault;
    const refusal = refusalOf(() => open(grown(text, growth), secret, minRevision));
    if (refusal?.code !== expect) throw new Error(`${fault.case}: ${refusal?.code} instead of ${expect}`);
    return {
      case: fault.case,
      text,
      ...(growth > 0 && { growth }),
      secret: secretInJson(secret),
      ...(minRevision !== undefined && { min_revision: minRevision }),
      expect,
    };
  });
  return { format: "blindtally-keyset 1", file_key: hex(FILE_KEY), valid, invalid };
}

/** A text with so many A more at the end of its payload. @param {string} text @param {number} growth */
const grown = (text, growth) => (growth === 0 ? text : `${text.slice(0, -1)}${"A".repeat(growth)}\n`);

/** @param {Secret} secret */
const secretInJson = ({ kind, slot, passphrase, key, shares }) => ({
  kind,
  ...(slot !== undefined && { slot }),
  ...(passphrase !== undefined && { passphrase }),
  ...(key && { [kind === "passkey" ? "output" : "kek"]: hex(key) }),
  ...(shares && { shares }),
});

/** @typedef {Record<string, { file: File, also?: Secret[], minRevision?: number }>} Files */

/** @returns {Files} */
export function wholeFiles() {
  const absurd = passphraseLine("absurd", [`1${"0".repeat(40)}`, 0, 9]);
  const beside = rawSlot("beside");
  const recovery = recoverySlot("recovery", 2, 3);
  const [share = "", otherShare = ""] = recovery.secret.shares ?? [];
  const first = passphraseSlot("of the first", "first");
  /** @type {Secret} */
  const unnamed = { kind: "passphrase", passphrase: "of the first" };
  const two = [first, passphraseSlot("of the second", "second")];
  return {
    raw: { file: file([rawSlot("raw")]) },
    raw_twice: {
      file: file([rawSlot("raw"), rawSlot("another raw")]),
      also: [{ kind: "raw", key: seeded("another raw", 32) }],
    },
    passphrase: { file: file([passphraseSlot("correct horse battery staple", "passphrase")]) },
    passphrase_default_cost: {
      file: file([passphraseSlot("correct horse", "default", { m: 65536, t: 3, p: 1 })]),
    },
    passphrase_four_lanes: {
      file: file([passphraseSlot("correct horse", "lanes", { m: 19459, t: 2, p: 4 })]),
    },
    passphrase_one_byte: { file: file([passphraseSlot(" ", "one byte")]) },
    passphrase_1024_bytes: { file: file([passphraseSlot("💊".repeat(256), "1024 bytes")]) },
    passphrase_in_nfkc: {
      file: file([passphraseSlot("ﬁve Å ½ ＡＢ", "nfkc")]),
      also: ["five Å 1⁄2 AB", "five A\u030a ½ AB"].map((passphrase) => ({ kind: "passphrase", passphrase })),
    },
    passphrase_1024_bytes_in_nfkc: {
      file: file([passphraseSlot(`${"\u1f82".repeat(341)}n`, "1024 bytes in nfkc")]),
      also: [{ kind: "passphrase", passphrase: `${"\u03b1\u0313\u0300\u0345".repeat(341)}n` }],
    },
    passphrase_twice: { file: file(two), also: [{ kind: "passphrase", passphrase: "of the second" }] },
    passkey: { file: file([passkeySlot("passkey", "example.com", 16)]) },
    passkey_at_the_bounds: { file: file([passkeySlot("long passkey", `${"a".repeat(249)}.com`, 1023)]) },
    passkey_of_every_character: {
      file: file(
        ["abcdefghijklmnopqrstuvwxyz0123456789-.", "a", "0", "-", "."].map((rpId, at) =>
          passkeySlot(`passkey ${at}`, rpId, 16 + at),
        ),
      ),
    },
    recovery: { file: file([recovery]), also: [{ kind: "recovery", shares: [otherShare, share] }] },
    wrapper: { file: file([wrapperSlot("wrapper", "aws-kms", 184)]) },
    wrapper_at_the_bounds: {
      file: file([wrapperSlot("other wrapper", "0-store-of-32-characters-as-name", 1)]),
    },
    wrapper_of_the_longest_blob: { file: file([wrapperSlot("long wrapper", "a", 6144)]) },
    every_kind: {
      file: file([
        wrapperSlot("wrapper", "aws-kms", 184, "the service"),
        passphraseSlot("of the first", "first", FLOOR, "Zoë’s 🔑"),
        recoverySlot("recovery", 3, 5, "the board"),
        passkeySlot("passkey", "example.com", 64, "n".repeat(64)),
        passphraseSlot("of the second", "second"),
        rawSlot("raw", "-"),
      ]),
    },
    labels: { file: file(LABELS.map((label, at) => rawSlot(`raw ${at}`, label))) },
    sixteen_slots: { file: file(Array.from({ length: 16 }, (_, at) => rawSlot(`raw ${at}`))) },
    slot_with_absurd_cost_beside: { file: file([beside], { lines: [absurd, beside.line] }) },
    slot_with_absurd_cost_beside_the_one_named: {
      file: file([first], { lines: [absurd, first.line] }),
    },
    costs_at_the_limit: {
      // 38912 of the first slot + 16 · 259712 = 4194304. The first opens, so the other costs nothing; lanes do not count.
      file: file([first], { lines: [first.line, passphraseLine("most", [259712, 16, 4])] }),
      also: [unnamed],
    },
    costs_above_the_limit_of_slots_not_tried: {
      file: file([beside, first], {
        lines: [beside.line, first.line, passphraseLine("further", [262144, 16, 1])],
      }),
      also: [{ kind: "raw", key: seeded("beside", 32) }],
    },
    several_keys: { file: file([rawSlot("raw")], { record: encode(twoKeys), revision: 258 }) },
    scope: {
      file: file([rawSlot("raw")], { record: encode(scopeOf(twoKeys, ["tenant-7", "event"])), revision: 2 }),
    },
    revision_highest: { file: file([rawSlot("raw")], { revision: 2 ** 53 - 1 }) },
    revision_as_seen: { file: file([rawSlot("raw")], { revision: 7 }), minRevision: 7 },
    revision_newer: { file: file([rawSlot("raw")], { revision: 2 ** 32 }), minRevision: 7 },
  };
}

/**
 * A file. `lines` stands for the lines of the slots where these are altered.
 * @param {Slot[]} slots
 * @param {{ revision?: number, record?: Uint8Array, lines?: string[], content?: Uint8Array, nonce?: Uint8Array, fileKey?: Uint8Array, fileCheck?: Uint8Array }} [options]
 * @returns {File}
 */
export function file(slots, options = {}) {
  const { revision = 1, record = RECORD, nonce = NONCE, fileKey = FILE_KEY } = options;
  const { lines = slots.map(({ line }) => line), content = contentOf(revision, record), fileCheck } = options;
  const text = seal(lines, fileKey, nonce, content, fileCheck);
  return { fileKey, nonce, revision, record, slots, text };
}

/** @param {string} name */
export const salt = (name) => seeded(`salt of ${name}`, 16);

/** @param {string} kind @param {string} name @param {string | undefined} label @param {(string | number)[]} args @param {Uint8Array} kek @param {Omit<Secret, "kind">} secret @param {Uint8Array} [fileKey] @returns {Slot} */
export function slot(kind, name, label, args, kek, secret, fileKey = FILE_KEY) {
  const head = headOf(kind, salt(name), label, args);
  const line = slotLine(head, salt(name), kek, fileKey);
  return {
    kind,
    salt: salt(name),
    label,
    args,
    head,
    line,
    kek,
    secret: { kind, slot: idOf(salt(name)), ...secret },
  };
}

/** @param {string} name @param {string} [label] @param {Uint8Array} [fileKey] */
export const rawSlot = (name, label, fileKey) =>
  slot("raw", name, label, [], seeded(name, 32), { key: seeded(name, 32) }, fileKey);

/** @param {string} passphrase @param {string} name @param {{ m: number, t: number, p: number }} [cost] @param {string} [label] */
export const passphraseSlot = (passphrase, name, cost = FLOOR, label = undefined) =>
  slot("passphrase", name, label, [cost.m, cost.t, cost.p], stretch(passphrase, salt(name), cost), {
    passphrase,
  });

/** The line of a slot that nothing opens. @param {string} name @param {readonly (string | number)[]} cost */
export const passphraseLine = (name, cost) =>
  [
    headOf("passphrase", salt(name), undefined, cost),
    base64url(seeded(`check of ${name}`, 32)),
    base64url(seeded(`wrapped of ${name}`, 48)),
  ].join(" ");

/** @param {string} name @param {string} rpId @param {number} length of the credential id @param {string} [label] */
export const passkeySlot = (name, rpId, length, label) => {
  const args = [utf8(rpId), credentialId(length)].map((arg) => Buffer.from(arg).toString("base64url"));
  const output = seeded(`PRF output of ${name}`, 32);
  return slot("passkey", name, label, args, passkeyKek(output), { key: output });
};

/** @param {number} length */
const credentialId = (length) => Uint8Array.from({ length }, (_, at) => at % 251);

/** @param {string} name @param {number} threshold @param {number} shares @param {string} [label] */
export function recoverySlot(name, threshold, shares, label) {
  const kek = seeded(`recovery KEK ${name}`, 32);
  const texts = split(kek, salt(name).slice(0, 4), coefficients(name, threshold), shares);
  return slot("recovery", name, label, [threshold, shares], kek, {
    slot: undefined,
    shares: texts.slice(0, threshold),
  });
}

/** Any byte is a coefficient, zero too: the sets of this name have some of them. */
export const WITH_ZEROS = "coefficients_of_zero";

/** @param {string} name @param {number} threshold */
export const coefficients = (name, threshold) =>
  Array.from({ length: threshold - 1 }, (_, at) =>
    seeded(`coefficient ${at + 1} of ${name}`, 32).fill(0, 0, name === WITH_ZEROS ? 8 * (at + 1) : 0),
  );

/** @param {string} name @param {string} store @param {number} length of the blob @param {string} [label] */
export const wrapperSlot = (name, store, length, label) => {
  const blob = join(
    ...Array.from({ length: Math.ceil(length / 32) }, (_, at) => seeded(`blob ${at}`, 32)),
    bytes(),
  ).slice(0, length);
  const kek = seeded(`data key of ${name}`, 32);
  return slot("wrapper", name, label, [store, Buffer.from(blob).toString("base64url")], kek, { key: kek });
};
