// @ts-check
// shares.json: shares of recovery slots, how they may be written, and what is refused.

import { bech32, bech32m } from "@scure/base";
import { bytes, flipped, hex, join, seeded } from "./bytes.mjs";
import { refusalOf } from "./refusal.mjs";
import { open } from "./sealed.mjs";
import { coefficients, file, recoverySlot, salt, WITH_ZEROS } from "./sealed-cases.mjs";
import { combine, encode, payload, split } from "./shares.mjs";

/** @typedef {{ case: string, threshold: number, of: number, set_id: string, kek: string, shares: string[], file: string, revision: number, record: string }} ShareSet */
/** @typedef {{ case: string, set: string, shares: string[], expect: string, position?: number }} ShareFault */
/** @typedef {import("./shares.mjs").Share} Share */

export function recoveryShares() {
  const sets = [
    set("two_of_two", 2, 2),
    set("two_of_three", 2, 3),
    set("three_of_five", 3, 5),
    set("all_of_32", 32, 32),
    set(WITH_ZEROS, 3, 4),
  ];
  const readings = readingsOf(sets);
  for (const { case: name, set: of, shares } of readings) {
    const { kek, file: text } = named(sets, of);
    if (hex(combine(shares).key) !== kek) throw new Error(`${name} gives another key`);
    open(text, { kind: "recovery", shares });
  }
  const invalid = [...shareFaults(sets), ...setFaults(sets)];
  for (const fault of invalid) {
    const refusal = refusalOf(() =>
      open(named(sets, fault.set).file, { kind: "recovery", shares: fault.shares }),
    );
    if (refusal?.code !== fault.expect || refusal.position !== fault.position)
      throw new Error(
        `${fault.case}: ${refusal?.code} at ${refusal?.position} instead of ${fault.expect} at ${fault.position}`,
      );
  }
  return {
    format: "bts 1",
    sets,
    readings,
    invalid: invalid.map(({ position = null, ...fault }) => ({ ...fault, position })),
  };
}

/** A set, and a file with its slot. @param {string} name @param {number} threshold @param {number} of @returns {ShareSet} */
function set(name, threshold, of) {
  const slot = recoverySlot(name, threshold, of);
  const shares = split(slot.kek, slot.salt.slice(0, 4), coefficients(name, threshold), of);
  const { text, revision, record } = file([slot]);
  return {
    case: name,
    threshold,
    of,
    set_id: hex(slot.salt.slice(0, 4)),
    kek: hex(slot.kek),
    shares,
    file: text,
    revision,
    record: hex(record),
  };
}

/** @param {readonly ShareSet[]} sets @param {string} name */
const named = (sets, name) => /** @type {ShareSet} */ (sets.find((set) => set.case === name));

/** Other ways to write and to choose them. @param {readonly ShareSet[]} sets */
function readingsOf(sets) {
  const [a = "", b = "", c = ""] = named(sets, "two_of_three").shares;
  const five = named(sets, "three_of_five").shares;
  const pick = (/** @type {number[]} */ ...at) => at.map((index) => five[index] ?? "");
  const two = [
    ["upper_case", a.toUpperCase(), c.toUpperCase()],
    ["upper_and_lower_case_by_share", a.toUpperCase(), c],
    ["with_spaces", ` ${grouped(a, " ")} `, grouped(c, "  ")],
    ["with_hyphens", grouped(a, "-"), grouped(c.toUpperCase(), "-")],
    ["with_tabs_and_line_breaks", `${grouped(a, "\r\n")}\r\n`, grouped(c, "\t\n")],
    ["with_everything", grouped(a.toUpperCase(), " - "), `\t${grouped(c, "\n- ")}\n`],
    ["first_and_second", a, b],
    ["second_and_third", b, c],
    ["in_reverse", c, a],
    ["one_more_than_needed", a, b, c],
    ["one_more_than_needed_in_reverse", c, b, a],
  ].map(([name = "", ...shares]) => ({ case: name, set: "two_of_three", shares }));
  const three = [
    ["first_three", ...pick(0, 1, 2)],
    ["last_three", ...pick(2, 3, 4)],
    ["any_three", ...pick(3, 0, 4)],
    ["four_of_five", ...pick(4, 1, 3, 0)],
    ["all_five", ...five],
  ].map(([name = "", ...shares]) => ({ case: name, set: "three_of_five", shares }));
  const whole = ["two_of_two", "all_of_32", WITH_ZEROS].map((name) => ({
    case: `all_shares_of_${name}`,
    set: name,
    shares: named(sets, name).shares,
  }));
  return [...two, ...three, ...whole];
}

/** @param {string} share @param {string} between */
const grouped = (share, between) => (share.match(/.{1,8}/g) ?? []).join(between);

/** Texts that are no share, as the second of two. @param {readonly ShareSet[]} sets @returns {ShareFault[]} */
function shareFaults(sets) {
  const whole = named(sets, "two_of_three");
  const [first = "", , share = ""] = whole.shares;
  const content = partsOf(share);
  /** @param {string} name @param {string} text @param {number} [position] @returns {ShareFault} */
  const bad = (name, text, position = 1) => ({
    case: `share_${name}`,
    set: "two_of_three",
    shares: position === 0 ? [text, first] : [first, text],
    expect: "bad-share",
    position,
  });
  /** @param {Partial<Share>} change */
  const changed = (change) => encode({ ...content, ...change });
  const words = bech32m.toWords(payload(content));
  /** @param {Uint8Array} bytes */
  const carrying = (bytes) => bech32m.encode("bts", bech32m.toWords(bytes), false);
  return [
    ...[0, 2, 3, 4, 12, 40, 66, 67, 72].map((at) => bad(`character_${at}_altered`, altered(share, at))),
    bad("two_characters_altered", altered(altered(share, 10), 50)),
    bad("three_characters_altered", altered(altered(altered(share, 5), 6), 70)),
    bad("four_characters_altered", altered(altered(altered(altered(share, 5), 20), 35), 66)),
    bad("characters_exchanged", exchanged(share)),
    bad("first_of_the_two", altered(first, 30), 0),
    bad("truncated_by_one", share.slice(0, -1)),
    bad("truncated_to_prefix", "bts1"),
    bad("empty", ""),
    bad("only_spaces", " \t\n-"),
    bad("longer_by_one", `${share}q`),
    bad("with_a_character_inserted", `${share.slice(0, -1)}q${share.slice(-1)}`),
    bad("with_a_character_removed", share.slice(0, 30) + share.slice(31)),
    bad("with_a_character_outside_the_alphabet", `${share.slice(0, 30)}b${share.slice(31)}`),
    bad("with_a_space_of_another_width", `${share.slice(0, 30)}\u00a0${share.slice(30)}`),
    bad("with_a_hyphen_of_another_kind", `${share.slice(0, 30)}\u2011${share.slice(30)}`),
    bad("in_full_width", share.replace("b", "\uff42")),
    bad("mixed_case", share.slice(0, 40) + share.slice(40).toUpperCase()),
    bad("mixed_case_prefix", `BTS${share.slice(3)}`),
    bad("wrong_prefix", bech32m.encode("btk", words, false)),
    bad("longer_prefix", bech32m.encode("btss", words, false)),
    bad("without_prefix", share.slice(4)),
    bad("bech32", bech32.encode("bts", words, false)),
    bad("payload_short", carrying(payload(content).slice(0, -1))),
    bad("payload_long", carrying(join(payload(content), bytes(0)))),
    bad("payload_empty", carrying(bytes())),
    bad("unused_bits", bech32m.encode("bts", [...words.slice(0, -1), (words.at(-1) ?? 0) | 1], false)),
    bad("unused_highest_bit", bech32m.encode("bts", [...words.slice(0, -1), (words.at(-1) ?? 0) | 4], false)),
    bad("a_word_too_many", bech32m.encode("bts", [...words, 0], false)),
    bad("index_zero", changed({ index: 0 })),
    bad("index_above_shares", changed({ index: 4 })),
    bad("index_255", changed({ index: 255 })),
    bad("threshold_zero", changed({ threshold: 0 })),
    bad("threshold_one", changed({ threshold: 1 })),
    bad("threshold_above_shares", changed({ threshold: 4 })),
    bad("shares_33", changed({ shares: 33 })),
    bad("shares_and_threshold_33", changed({ threshold: 33, shares: 33 })),
    bad("shares_one", changed({ threshold: 1, shares: 1, index: 1 })),
    {
      ...bad("bad_before_mixed", altered(share, 30)),
      shares: [first, named(sets, "two_of_two").shares[1] ?? "", altered(share, 30)],
      position: 2,
    },
  ];
}

/** Shares that are whole, and do not belong together. @param {readonly ShareSet[]} sets @returns {ShareFault[]} */
function setFaults(sets) {
  const [a = "", b = "", c = ""] = named(sets, "two_of_three").shares;
  const five = named(sets, "three_of_five").shares;
  const [other = ""] = named(sets, "two_of_two").shares;
  const most = named(sets, "all_of_32").shares;
  /** @param {string} name @param {string[]} shares @param {string} expect @param {number} [position] @param {string} [set] @returns {ShareFault} */
  const fault = (name, shares, expect, position, set = "two_of_three") => ({
    case: `set_${name}`,
    set,
    shares,
    expect,
    ...(position !== undefined && { position }),
  });
  const third = partsOf(c);
  const otherSlot = [...(recoverySlot("elsewhere", 2, 3).secret.shares ?? [])];
  const wrongKey = split(
    seeded("wrong KEK", 32),
    salt("two_of_three").slice(0, 4),
    coefficients("two_of_three", 2),
    3,
  );
  const off = encode({ ...third, value: flipped(third.value, -1) });
  const fourth = partsOf(five[3] ?? "");
  const offFive = encode({ ...fourth, value: flipped(fourth.value, 0, 0x80) });
  return [
    fault("mixed", [a, other], "mixed-shares", 1),
    fault("mixed_in_the_third", [a, b, five[2] ?? ""], "mixed-shares", 2),
    fault("mixed_by_the_first", [other, a, b], "mixed-shares", 1),
    fault(
      "mixed_by_one_bit_of_the_id",
      [a, encode({ ...third, setId: flipped(third.setId, -1) })],
      "mixed-shares",
      1,
    ),
    fault("mixed_thresholds", [a, encode({ ...third, threshold: 3 })], "mixed-shares", 1),
    fault("mixed_numbers", [a, encode({ ...third, shares: 4 })], "mixed-shares", 1),
    fault("mixed_before_duplicate", [a, a, other], "mixed-shares", 2),
    fault("duplicate", [a, a], "duplicate-share", 1),
    fault("duplicate_in_another_case", [a, a.toUpperCase()], "duplicate-share", 1),
    fault("duplicate_in_the_third", [a, b, a], "duplicate-share", 2),
    fault("duplicate_of_the_second", [a, b, b], "duplicate-share", 2),
    fault("duplicate_with_another_value", [a, c, off], "duplicate-share", 2),
    fault("duplicate_before_too_few", [five[0] ?? "", five[0] ?? ""], "duplicate-share", 1, "three_of_five"),
    fault("empty", [], "too-few-shares"),
    fault("too_few", [b], "too-few-shares"),
    fault("too_few_of_three", [five[4] ?? "", five[1] ?? ""], "too-few-shares", undefined, "three_of_five"),
    fault("too_few_of_32", most.slice(1), "too-few-shares", undefined, "all_of_32"),
    fault("too_few_before_unknown_slot", otherSlot.slice(0, 1), "too-few-shares"),
    fault("off_the_polynomial", [a, b, off], "mixed-shares"),
    fault("off_the_polynomial_in_front", [off, a, b], "mixed-shares"),
    fault(
      "off_the_polynomial_of_three",
      [five[0] ?? "", five[1] ?? "", five[4] ?? "", offFive],
      "mixed-shares",
      undefined,
      "three_of_five",
    ),
    fault(
      "off_the_polynomial_before_unknown_slot",
      [...otherSlot, encode({ ...third, setId: salt("elsewhere").slice(0, 4) })],
      "mixed-shares",
    ),
    fault("of_no_slot", otherSlot, "unknown-slot"),
    fault(
      "of_another_threshold",
      [...(recoverySlot("two_of_three", 3, 3).secret.shares ?? [])],
      "unknown-slot",
    ),
    fault("of_another_number", [...(recoverySlot("two_of_three", 2, 4).secret.shares ?? [])], "unknown-slot"),
    fault("of_another_key", [wrongKey[0] ?? "", wrongKey[2] ?? ""], "cannot-open"),
    fault("of_another_key_all", wrongKey, "cannot-open"),
    fault("with_a_forged_share", [a, off], "cannot-open"),
    fault(
      "with_exchanged_indices",
      [encode({ ...partsOf(a), index: 3 }), encode({ ...third, index: 1 })],
      "cannot-open",
    ),
  ];
}

/** @param {string} share @returns {Share} */
function partsOf(share) {
  const content = bech32m.fromWords(bech32m.decode(/** @type {`${string}1${string}`} */ (share)).words);
  const [threshold = 0, shares = 0, index = 0] = content.subarray(4, 7);
  return { setId: content.slice(0, 4), threshold, shares, index, value: content.slice(7) };
}

/** @param {string} text @param {number} at */
function altered(text, at) {
  const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
  const next = alphabet[(alphabet.indexOf(text[at] ?? "") + 1) % alphabet.length];
  return text.slice(0, at) + next + text.slice(at + 1);
}

/** The first two neighbours that differ, exchanged. @param {string} text */
function exchanged(text) {
  const at = [...text].findIndex((character, at) => at > 10 && character !== text[at + 1]);
  return text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2);
}
