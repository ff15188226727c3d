// @ts-check
// SPEC.md, section 13: sealed keyset files.

import { gcmsiv } from "@noble/ciphers/aes.js";
import { argon2id } from "@noble/hashes/argon2.js";
import {
  base64url,
  bigNumberOf,
  bytes,
  expand,
  hex,
  isZero,
  join,
  number,
  Refusal,
  same,
  textOf,
  unbase64url,
  utf8,
} from "./bytes.mjs";
import { decode } from "./record.mjs";
import { combine } from "./shares.mjs";

/** @typedef {{ kind: string, salt: Uint8Array, head: string, args: string[], check: Uint8Array, wrapped: Uint8Array }} Slot */
/** @typedef {{ slots: Slot[], nonce: Uint8Array, fileCheck: Uint8Array, header: string, payload: Uint8Array }} File */
/**
 * A secret: a passphrase, a PRF output, the shares, or the KEK as it is (raw, wrapper).
 * @typedef {{ kind: string, slot?: string | undefined, passphrase?: string, key?: Uint8Array, shares?: readonly string[] }} Secret
 */

/** What a wrapped file key is associated with. */
export const WRAPPED = utf8("blindtally slot");
const FIRST_LINE = "blindtally-keyset 1";
const MAX_CHARACTERS = 262144;
const MAX_SLOTS = 16;
/** Of memory in KiB times passes, over the passphrase slots that are tried: what one slot may cost at most. */
const MAX_WORK = 4194304;
const MAX_REVISION = 2n ** 53n - 1n;
const NUMBER = /^(0|[1-9][0-9]*)$/;

/** The line of a slot up to its check value. @param {string} kind @param {Uint8Array} salt @param {string | undefined} label @param {readonly (string | number)[]} args */
export const headOf = (kind, salt, label, args) =>
  ["slot", kind, base64url(salt), label === undefined ? "-" : base64url(utf8(label)), ...args].join(" ");

/** The line of a slot. @param {string} head @param {Uint8Array} salt @param {Uint8Array} kek @param {Uint8Array} fileKey */
export function slotLine(head, salt, kek, fileKey) {
  const { aead, check } = wrapKeysOf(head, salt, kek);
  return `${head} ${base64url(check)} ${base64url(aead.encrypt(fileKey))}`;
}

/** @param {string} head @param {Uint8Array} salt @param {Uint8Array} kek */
export function wrapKeysOf(head, salt, kek) {
  const keys = expand(kek, salt, join(utf8("blindtally slot"), bytes(0), utf8(head)), 76);
  const [key, nonce, check] = [keys.slice(0, 32), keys.slice(32, 44), keys.slice(44)];
  return { key, nonce, check, aead: gcmsiv(key, nonce, WRAPPED) };
}

/** The text of a file. @param {readonly string[]} slotLines @param {Uint8Array} fileKey @param {Uint8Array} nonce @param {Uint8Array} content revision and record @param {Uint8Array} [fileCheck] */
export function seal(slotLines, fileKey, nonce, content, fileCheck = fileKeysOf(fileKey).fileCheck) {
  const { sealKey } = fileKeysOf(fileKey);
  const header = headerOf(slotLines, nonce, fileCheck);
  return `${header}${base64url(gcmsiv(sealKey, nonce, utf8(header)).encrypt(content))}\n`;
}

/** @param {readonly string[]} slotLines @param {Uint8Array} nonce @param {Uint8Array} fileCheck */
export const headerOf = (slotLines, nonce, fileCheck) =>
  [FIRST_LINE, ...slotLines, `seal ${base64url(nonce)} ${base64url(fileCheck)}`, ""].join("\n");

/** @param {number} revision @param {Uint8Array} record */
export const contentOf = (revision, record) => join(number(revision, 8), record);

/** @param {Uint8Array} fileKey */
export function fileKeysOf(fileKey) {
  const keys = expand(fileKey, undefined, utf8("blindtally file"), 64);
  return { sealKey: keys.slice(0, 32), fileCheck: keys.slice(32) };
}

/** Section 13.2. @param {string} text @param {Secret} secret @param {number} [minRevision] */
export function open(text, secret, minRevision = 0) {
  checkSecret(secret);
  const file = parse(text);
  const combined = secret.kind === "recovery" ? combine(secret.shares ?? []) : undefined;
  const wanted = combined === undefined ? secret.slot : hex(combined.setId);
  const slots = file.slots.filter(
    ({ kind, salt }) => kind === secret.kind && (wanted === undefined || idOf(salt) === wanted),
  );
  if (slots.length === 0) throw new Refusal("unknown-slot");
  if (combined && slots[0]?.args.join(" ") !== `${combined.threshold} ${combined.shares}`)
    throw new Refusal("unknown-slot");
  if (secret.kind === "passphrase") checkWork(slots);
  const content = firstOf(slots, (slot) => tryToOpen(file, slot, combined?.key ?? kekOf(slot, secret)));
  if (content === undefined) throw new Refusal("cannot-open");
  if (content.length < 8) throw new Refusal("bad-keyset");
  const revision = bigNumberOf(content.subarray(0, 8));
  if (revision < 1n || revision > MAX_REVISION) throw new Refusal("bad-keyset");
  const record = content.slice(8);
  decode(record);
  if (Number(revision) < minRevision) throw new Refusal("rollback");
  return { revision: Number(revision), record };
}

/** What comes out of the first slot that opens: the slots after it are left alone. @param {readonly Slot[]} slots @param {(slot: Slot) => Uint8Array | undefined} attempt */
function firstOf(slots, attempt) {
  for (const slot of slots) {
    const content = attempt(slot);
    if (content !== undefined) return content;
  }
  return undefined;
}

/** All steps, whatever comes of each. @param {File} file @param {Slot} slot @param {Uint8Array} kek */
function tryToOpen({ header, nonce, fileCheck, payload }, slot, kek) {
  const { aead, check } = wrapKeysOf(slot.head, slot.salt, kek);
  const fileKey = decrypted(aead, slot.wrapped);
  const keys = fileKeysOf(fileKey ?? new Uint8Array(32));
  const content = decrypted(gcmsiv(keys.sealKey, nonce, utf8(header)), payload);
  const isOpen = fileKey !== undefined && same(check, slot.check) && same(keys.fileCheck, fileCheck);
  return isOpen ? content : undefined;
}

/** @param {{ decrypt(sealed: Uint8Array): Uint8Array }} aead @param {Uint8Array} sealed */
function decrypted(aead, sealed) {
  try {
    return aead.decrypt(sealed);
  } catch {
    return undefined;
  }
}

/** Refuses what is no secret, whatever the file is. @param {Secret} secret */
function checkSecret({ kind, passphrase, key }) {
  if (kind === "passphrase") normalized(passphrase ?? "");
  else if (kind !== "recovery" && (key?.length !== 32 || isZero(key))) throw new Refusal("bad-key");
}

/** @param {Slot} slot @param {Secret} secret */
function kekOf({ kind, salt, args }, { passphrase, key = bytes() }) {
  if (kind === "passphrase") return stretch(passphrase ?? "", salt, costOf(args));
  return kind === "passkey" ? passkeyKek(key) : key;
}

/** @param {Uint8Array} output of the PRF */
export const passkeyKek = (output) => expand(output, undefined, utf8("blindtally passkey"), 32);

/** @type {Map<string, Uint8Array>} */
const stretched = new Map();

/** Argon2id, once for the same input. @param {string} passphrase @param {Uint8Array} salt @param {{ m: number, t: number, p: number }} cost */
export function stretch(passphrase, salt, cost) {
  const password = normalized(passphrase);
  const name = JSON.stringify([hex(password), hex(salt), cost]);
  const kek = stretched.get(name) ?? argon2id(password, salt, { ...cost, dkLen: 32, version: 0x13 });
  stretched.set(name, kek);
  return kek;
}

/** @param {string} passphrase */
function normalized(passphrase) {
  if (/\p{Surrogate}/u.test(passphrase)) throw new Refusal("bad-passphrase");
  const password = utf8(passphrase.normalize("NFKC"));
  if (password.length < 1 || password.length > 1024) throw new Refusal("bad-passphrase");
  return password;
}

/** @param {readonly Slot[]} slots of passphrases */
function checkWork(slots) {
  const costs = slots.map(({ args }) => costOf(args));
  if (costs.reduce((work, { m, t }) => work + m * t, 0) > MAX_WORK) throw new Refusal("bad-parameters");
}

/** @param {readonly string[]} args */
function costOf(args) {
  const [m = 0, t = 0, p = 0] = args.map(Number);
  if (!(m >= 19456 && m <= 262144 && t >= 2 && t <= 16 && p >= 1 && p <= 4))
    throw new Refusal("bad-parameters");
  return { m, t, p };
}

/** @param {Uint8Array} salt */
export const idOf = (salt) => hex(salt.subarray(0, 4));

/** @param {string} text @returns {File} */
function parse(text) {
  must(text.length <= MAX_CHARACTERS && /^[\n\x20-\x7e]*$/.test(text) && text.endsWith("\n"));
  const lines = text.slice(0, -1).split("\n");
  must(lines.length >= 4 && lines[0] === FIRST_LINE);
  const [sealLine = "", payloadLine = ""] = lines.slice(-2);
  const slots = lines.slice(1, -2).map(parseSlot);
  must(slots.length <= MAX_SLOTS && new Set(slots.map(({ salt }) => idOf(salt))).size === slots.length);
  const [word, nonce = "", fileCheck = "", ...more] = sealLine.split(" ");
  must(word === "seal" && more.length === 0);
  return {
    slots,
    nonce: field(nonce, 12),
    fileCheck: field(fileCheck, 32),
    header: text.slice(0, -payloadLine.length - 1),
    payload: field(payloadLine, 24, MAX_CHARACTERS),
  };
}

/** @param {string} line @returns {Slot} */
function parseSlot(line) {
  const fields = line.split(" ");
  const [word, kind = "", salt = "", label = ""] = fields;
  const [check = "", wrapped = ""] = fields.slice(-2);
  const args = fields.slice(4, -2);
  const read = Object.hasOwn(ARGUMENTS, kind) ? ARGUMENTS[kind] : undefined;
  must(word === "slot" && read !== undefined && fields.length >= 6);
  if (label !== "-") must(isLabel(textOf(field(label, 1, 64))));
  read?.(args);
  const head = fields.slice(0, -2).join(" ");
  return { kind, salt: field(salt, 16), head, args, check: field(check, 32), wrapped: field(wrapped, 48) };
}

/** What is shown as it is: no control characters, and none that turns the direction of the text around it. @param {string | undefined} text */
const isLabel = (text) => text !== undefined && !/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(text);

/** What each kind has between its label and its check value. @type {Readonly<Record<string, (args: readonly string[]) => void>>} */
const ARGUMENTS = {
  passphrase: (args) => must(args.length === 3 && args.every((arg) => NUMBER.test(arg))),
  raw: (args) => must(args.length === 0),
  passkey([rpId = "", credentialId = "", ...more]) {
    must(more.length === 0 && /^[a-z0-9.-]{1,253}$/.test(textOf(field(rpId, 1, 253)) ?? ""));
    field(credentialId, 1, 1023);
  },
  recovery(args) {
    const [threshold = 0, shares = 0] = args.map(Number);
    must(
      args.length === 2 &&
        args.every((arg) => NUMBER.test(arg)) &&
        threshold >= 2 &&
        threshold <= shares &&
        shares <= 32,
    );
  },
  wrapper([name = "", blob = "", ...more]) {
    must(more.length === 0 && /^[a-z0-9-]{1,32}$/.test(name));
    field(blob, 1, 6144);
  },
};

/** @param {string} text @param {number} least bytes @param {number} [most] */
function field(text, least, most = least) {
  const decoded = unbase64url(text);
  if (decoded === undefined || decoded.length < least || decoded.length > most)
    throw new Refusal("bad-keyset-file");
  return decoded;
}

/** @param {boolean} isSo */
function must(isSo) {
  if (!isSo) throw new Refusal("bad-keyset-file");
}
