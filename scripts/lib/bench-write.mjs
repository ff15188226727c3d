// @ts-check
// Puts a full run where readers find it.

import { readFileSync, writeFileSync } from "node:fs";
import { picture } from "./bench-picture.mjs";
import { runtimesOf, text } from "./bench-report.mjs";
import { inRoot } from "./paths.mjs";
import { UserError } from "./run.mjs";

/** @typedef {import("./bench-report.mjs").Results} Results */

const [README, PICTURE, DATA] = ["benches/README.md", "benches/ratios.svg", "benches/results.json"];
const BEGIN = "<!-- begin of the figures, written by `npm run bench -- --write` -->";
const END = "<!-- end of the figures -->";
const MAIN_SIZE = 24;
/** Not in the picture: a Map does no cryptography, and would make all bars short. */
const SHOWN_REPEATED = new Set(["repeated-single", "repeated-batch"]);

/** @param {Results} results */
export function write(results) {
  const readme = readFileSync(inRoot(README), "utf8");
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin)
    throw new UserError(`${README} has lost the marks between which the figures stand.`);
  const figures = `![The ratios as bars](ratios.svg)\n\n${text(results)}`;
  writeFileSync(
    inRoot(README),
    `${readme.slice(0, begin + BEGIN.length)}\n\n${figures}\n\n${readme.slice(end)}`,
  );
  writeFileSync(inRoot(PICTURE), drawn(results));
  writeFileSync(inRoot(DATA), `${JSON.stringify(rounded(results), null, 2)}\n`);
}

/** @param {Results} results */
export function drawn(results) {
  const groups = runtimesOf(results).map(([name, { encrypting }]) => ({
    title: name,
    bars: [
      ...encrypting.distinct
        .filter(({ size }) => size === MAIN_SIZE)
        .map(({ label, ratio, id }) => ({ label, ...ratio, ours: /^(single|batch)-/.test(id) })),
      ...encrypting.repeated
        .filter(({ id }) => SHOWN_REPEATED.has(id))
        .map(({ id, ratio }) => ({
          label:
            id === "repeated-batch"
              ? "blindtally, batch, repeated names"
              : "blindtally, one by one, repeated names",
          ...ratio,
          ours: true,
        })),
    ],
  }));
  return picture(groups, `Encrypting names of ${MAIN_SIZE} bytes, ${results.about.date}`);
}

/** Digits beyond the fourth are noise. @param {unknown} value @returns {unknown} */
function rounded(value) {
  if (typeof value === "number") return Number.isInteger(value) ? value : Number(value.toPrecision(4));
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, rounded(member)]));
}
