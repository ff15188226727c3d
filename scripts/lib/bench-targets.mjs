// @ts-check
// What the project wants to reach, beside what this run measured.

import { isMeasured } from "./bench-browsers.mjs";
import { digits, withSpread } from "./bench-table.mjs";

/** @typedef {import("./bench-report.mjs").Results} Results */
/** @typedef {import("./bench-node.mjs").Measured} Measured */
/** @typedef {import("../../benches/js/statistics.mjs").Spread} Spread */

/**
 * `least` and `aim` are bounds from below, or from above where `below` is set.
 * @typedef {{ label: string, least: number, aim: number, below?: true, unit: string, measured: Spread | undefined }} Target
 */

/** The rows of the table of aims. @param {Results} results */
export function targets(results) {
  const rows = list(results).filter(({ measured }) => measured !== undefined);
  return [
    ["", "at least", "aim", "measured", ""],
    ...rows.map(({ label, least, aim, below, unit, measured }) => {
      const bound = (/** @type {number} */ value) => `${below ? "under " : ""}${value}${unit}`;
      const spread = /** @type {Spread} */ (measured);
      return [
        label,
        bound(least),
        bound(aim),
        figure(spread, unit),
        verdict(spread.median, least, aim, below),
      ];
    }),
  ];
}

/** A peak has one figure and no spread. @param {Spread} spread @param {string} unit */
const figure = (spread, unit) =>
  spread.p10 === spread.p90 ? `${digits(spread.median)}${unit}` : withSpread(spread, unit);

/** @param {number} value @param {number} least @param {number} aim @param {true | undefined} below */
function verdict(value, least, aim, below) {
  const reached = (/** @type {number} */ bound) => (below ? value < bound : value >= bound);
  return reached(aim) ? "aim reached" : reached(least) ? "reached" : "not reached";
}

/** @param {Results} results @returns {Target[]} */
function list({ node, chromium, memory, coldStart, logEvents }) {
  const page = isMeasured(chromium) ? chromium : undefined;
  return [
    ...encrypting(node, "Node", { batch: [25, 50], single: [9, 20] }),
    ...encrypting(page, "Chromium", { batch: [33, 60], single: [8, 15] }),
    ...decrypting(node, "Node"),
    ...decrypting(page, "Chromium"),
    {
      label: "in-wasm batch against native batch with AES instructions, cost",
      ...{ least: 14, aim: 5, below: true, unit: "x" },
      measured: node?.natives.find(({ id }) => id === "native-hardware")?.cost,
    },
    {
      label: "peak memory of a map of 1M, garbage collected at each look, against what its result keeps",
      ...{ least: 1.3, aim: 1.3, below: true, unit: "x" },
      measured:
        memory && memory.live.peak !== null ? exactly(memory.live.peak / memory.live.kept) : undefined,
    },
    {
      label: "cold start to the first token, Node, package imported",
      ...{ least: 4, aim: 2, below: true, unit: " ms" },
      measured: coldStart?.find(({ id }) => id === "imported")?.loaded,
    },
    {
      label: "events a second through the whole client, encrypted against off, distinct names",
      ...{ least: 0.9, aim: 0.97, unit: "x" },
      measured: logEvents?.find(({ id }) => id === "distinct")?.ratio,
    },
  ];
}

/**
 * @param {Measured | undefined} measured @param {string} where
 * @param {{ batch: [number, number], single: [number, number] }} bounds @returns {Target[]}
 */
function encrypting(measured, where, { batch, single }) {
  const rows = [...(measured?.encrypting.distinct ?? []), ...(measured?.encrypting.repeated ?? [])];
  const of = (/** @type {string} */ id) => rows.find((row) => row.id === id)?.ratio;
  const target = (
    /** @type {string} */ label,
    /** @type {[number, number]} */ [least, aim],
    /** @type {Spread | undefined} */ ratio,
  ) => ({
    label: `${label}, ${where}`,
    least,
    aim,
    unit: "x",
    measured: ratio,
  });
  return [
    target("batch, distinct 24-byte names, against noble gcmsiv", batch, of("batch-24")),
    target("one by one, distinct, against noble gcmsiv", single, of("single-24")),
    target(
      "one by one, distinct, against libsodium secretbox",
      [0.75, 1.5],
      measured?.encrypting.againstSodium,
    ),
    target("repeated names, one by one, against noble gcmsiv", [50, 80], of("repeated-single")),
  ];
}

/** @param {Measured | undefined} measured @param {string} where @returns {Target[]} */
function decrypting(measured, where) {
  return [
    {
      label: `map of 100k against noble's decryption, ${where}`,
      ...{ least: 9, aim: 13, unit: "x" },
      measured: measured?.decrypting.rows.find(({ id }) => id === "100k")?.ratio,
    },
    {
      label: `cost of an entry, 1M against 1k, ${where}`,
      ...{ least: 2.5, aim: 1.5, below: /** @type {const} */ (true), unit: "x" },
      measured: measured?.decrypting.growth,
    },
  ];
}

/** @param {number} value @returns {Spread} */
const exactly = (value) => ({ p10: value, median: value, p90: value });
