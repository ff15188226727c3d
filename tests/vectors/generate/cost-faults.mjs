// @ts-check
// Passphrase slots that cost too much or too little to be tried. Where a slot opens, it is the first and a cheap one: a reader
// that looks at no costs opens the file at once, instead of working for minutes.

import { file, passphraseLine, passphraseSlot } from "./sealed-cases.mjs";

/** @typedef {import("./sealed-cases.mjs").Files} Files */
/** @typedef {import("./sealed-faults.mjs").SealedFault} SealedFault */

const PASSPHRASE = "correct horse battery staple";

/** @param {Files} whole @returns {SealedFault[]} */
export const costFaults = (whole) => [...rangeFaults(), ...sumFaults(whole)];

/** @returns {SealedFault[]} */
function rangeFaults() {
  const slot = passphraseSlot(PASSPHRASE, "passphrase");
  /** @param {readonly (string | number)[]} args */
  const line = (...args) => {
    const fields = slot.line.split(" ");
    return [...fields.slice(0, 4), ...args, ...fields.slice(-2)].join(" ");
  };
  /** @param {string} name @param {readonly (string | number)[]} args */
  const costing = (name, ...args) => refused(name, PASSPHRASE, line(...args));
  const second = passphraseSlot("of the second", "second");
  return [
    costing("params_memory_zero", 0, 2, 1),
    costing("params_memory_below_floor", 19455, 2, 1),
    costing("params_memory_above_cap", 262145, 2, 1),
    costing("params_memory_wraps_in_16_bits", 65536 + 65536 * 4 + 19456, 2, 1),
    costing("params_memory_wraps_in_32_bits", 2 ** 32 + 19456, 2, 1),
    costing("params_memory_wraps_in_64_bits", String(2n ** 64n + 19456n), 2, 1),
    costing("params_passes_zero", 19456, 0, 1),
    costing("params_passes_one", 19456, 1, 1),
    costing("params_passes_17", 19456, 17, 1),
    costing("params_passes_wrap_in_32_bits", 19456, 2 ** 32 + 2, 1),
    costing("params_lanes_zero", 19456, 2, 0),
    costing("params_lanes_five", 19456, 2, 5),
    costing("params_lanes_wrap_in_8_bits", 19456, 2, 257),
    refused("params_of_a_later_slot", "of the second", second.line, line(19456, 1, 1)),
  ];
}

/** Each slot is within its limits, and all of them are not. @param {Files} whole @returns {SealedFault[]} */
function sumFaults(whole) {
  const { line } = passphraseSlot("of the first", "first");
  /** Further slots of these costs, after the one that opens. @param {string} name @param {readonly [number, number][]} costs */
  const costing = (name, ...costs) =>
    refused(
      name,
      "of the first",
      line,
      ...costs.map(([m, t], at) => passphraseLine(`further ${at}`, [m, t, 1])),
    );
  const beside = /** @type {Files[string]} */ (whole.costs_above_the_limit_of_slots_not_tried).file;
  const most = /** @type {[number, number]} */ ([262144, 16]);
  return [
    // 38912 of the first slot + 3902400 + 252993 = 4194305.
    costing("params_sum_above_by_one", [243900, 16], [19461, 13]),
    costing("params_sum_of_the_highest_cost_and_one_more", most),
    costing("params_sum_of_sixteen_slots", ...Array(15).fill(most)),
    // The highest memory at the fewest passes, and the fewest memory at the most passes.
    costing("params_sum_by_memory", ...Array(8).fill([262144, 2])),
    costing("params_sum_by_passes", ...Array(14).fill([19456, 16])),
    {
      case: "params_sum_where_no_slot_is_named",
      text: beside.text,
      secret: { kind: "passphrase", passphrase: "of the first" },
      expect: "bad-parameters",
    },
  ];
}

/** @param {string} name @param {string} passphrase @param {readonly string[]} lines @returns {SealedFault} */
const refused = (name, passphrase, ...lines) => ({
  case: name,
  text: file([], { lines: [...lines] }).text,
  secret: { kind: "passphrase", passphrase },
  expect: "bad-parameters",
});
