// @ts-check
// How many tests passed, read from what the runners print.

import { plain } from "./log.mjs";

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/** What `cargo test` and wasm-bindgen's runner print for each program: `test result: ok. 12 passed; 0 failed; 1 ignored`. */
const CARGO = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm;
/** The closing lines of node:test, as `ℹ pass 3` (spec) or `# pass 3` (TAP). */
const NODE = /^(?:#|ℹ) (pass|fail|cancelled|skipped|todo) (\d+)$/gm;

/** The last line of this project's own commands. */
const OWN = /^(\d+) passed, (\d+) failed, (\d+) skipped$/gm;

/** @returns {Counts} */
export const none = () => ({ passed: 0, failed: 0, skipped: 0 });

/** @param {Counts} a @param {Counts} b @returns {Counts} */
export const add = (a, b) => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

/** @param {Counts} counts */
export const total = (counts) => counts.passed + counts.failed + counts.skipped;

/** @param {Counts} counts */
export const inWords = (counts) =>
  `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;

/** @param {string} output @returns {Counts} */
export function fromCargo(output) {
  let counts = none();
  for (const [, passed, failed, skipped] of plain(output).matchAll(CARGO)) {
    counts = add(counts, { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) });
  }
  return counts;
}

/** @param {string} output @returns {Counts} */
export function fromNode(output) {
  const counts = none();
  for (const [, word, number] of plain(output).matchAll(NODE)) {
    // A test that was given up is no pass, and one marked as to do is not tested.
    if (word === "pass") counts.passed += Number(number);
    else if (word === "fail" || word === "cancelled") counts.failed += Number(number);
    else counts.skipped += Number(number);
  }
  return counts;
}

/** @param {string} output @returns {Counts} */
export function fromOwn(output) {
  const [, passed, failed, skipped] = [...plain(output).matchAll(OWN)].at(-1) ?? [];
  return { passed: Number(passed ?? 0), failed: Number(failed ?? 0), skipped: Number(skipped ?? 0) };
}
