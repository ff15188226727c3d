// @ts-check
// Two faults at once: section 13.2 says which of them is answered.

import { bytes, seeded } from "./bytes.mjs";
import { file, passphraseLine, recoverySlot } from "./sealed-cases.mjs";

/** @typedef {import("./sealed-cases.mjs").Files} Files */
/** @typedef {import("./sealed-faults.mjs").SealedFault} SealedFault */
/** @typedef {import("./sealed.mjs").Secret} Secret */

/** @param {Files} whole @returns {SealedFault[]} */
export function orderFaults(whole) {
  /** @param {string} name */
  const textOf = (name) => /** @type {Files[string]} */ (whole[name]).file.text;
  /** @param {string} name @param {string} text @param {Secret} secret @param {string} expect @returns {SealedFault} */
  const order = (name, text, secret, expect) => ({ case: `order_${name}`, text, secret, expect });
  /** @param {string} passphrase @param {string} [slot] @returns {Secret} */
  const word = (passphrase, slot) => ({
    kind: "passphrase",
    passphrase,
    ...(slot !== undefined && { slot }),
  });
  /** @param {Uint8Array} key @returns {Secret} */
  const raw = (key) => ({ kind: "raw", key });
  const shares = recoverySlot("recovery", 2, 3).secret.shares ?? [];
  const costly = passphraseLine("absurd", [1, 1, 0]);
  const costlyText = file([], { lines: [costly] }).text;
  const twoCostly = file([], { lines: [costly, costly] }).text;
  return [
    order("passphrase_before_slot", textOf("raw"), word(""), "bad-passphrase"),
    order("passphrase_before_cost", costlyText, word(""), "bad-passphrase"),
    order("key_before_slot", textOf("passphrase"), raw(bytes()), "bad-key"),
    order("key_of_zeros_before_slot", textOf("passphrase"), raw(new Uint8Array(32)), "bad-key"),
    order("text_before_cost", twoCostly, word("of the first"), "bad-keyset-file"),
    order("text_before_slot", twoCostly, raw(seeded("raw", 32)), "bad-keyset-file"),
    order(
      "text_before_shares",
      `${textOf("recovery")}\n`,
      { kind: "recovery", shares: shares.slice(1) },
      "bad-keyset-file",
    ),
    order("slot_before_cost", costlyText, word("of the first", "00000000"), "unknown-slot"),
    order("kind_before_cost", costlyText, raw(seeded("raw", 32)), "unknown-slot"),
  ];
}
