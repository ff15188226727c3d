// @ts-check
// One part of `npm test`: a name and something that is run and counted.

import { fromCargo, fromNode, fromOwn, none, total } from "./counts.mjs";
import { plain, step } from "./log.mjs";
import { run } from "./run.mjs";

/** @typedef {import("./counts.mjs").Counts} Counts */
/** @typedef {Counts & { notes: string[] }} Outcome */
/** @typedef {{ name: string, run(): Promise<Outcome> }} Section */

/**
 * @typedef {object} Program
 * @property {string} title
 * @property {"cargo" | "node" | "own"} counts whose way of printing counts it has
 * @property {string} command
 * @property {readonly string[]} args
 * @property {string} log
 * @property {Record<string, string | undefined>} [env]
 * @property {number} [timeoutMs]
 */

const TIMEOUT_MS = 1_800_000;
const SHOWN_LINES = 60;

/**
 * Runs a test program and counts. A program that fails without naming a failed test counts as one, and so does one
 * that ran no test at all.
 * @param {Program} program
 * @returns {Promise<Outcome>}
 */
export async function counted({ title, counts: whose, command, args, log, env, timeoutMs = TIMEOUT_MS }) {
  const result = await step(title, (step) =>
    run(command, args, {
      ...(env && { env }),
      log,
      timeoutMs,
      onLine: (line) => step.note(line),
      allowFailure: true,
    }),
  );
  const counts = { cargo: fromCargo, node: fromNode, own: fromOwn }[whose](result.output);
  const all = `All of it: target/logs/${log}.log`;
  if (!result.ok) {
    const tail = plain(result.output).trimEnd().split("\n").slice(-SHOWN_LINES);
    const notes = [`${title}: ${command} ${result.why}.`, ...tail.map((line) => `  ${line}`), all];
    return { ...counts, failed: Math.max(counts.failed, 1), notes };
  }
  if (total(counts) === 0) return failure(`${title}: no test was run. ${all}`);
  return { ...counts, notes: skippedIn(result.output) };
}

/**
 * The tests that say of themselves that they were skipped: `﹣ claim # reason` (spec), `ok 1 - claim # SKIP reason`
 * (TAP), `test claim ... ignored` (Cargo), `Skipped: claim (reason)` (ours).
 * @param {string} output
 */
function skippedIn(output) {
  const lines = plain(output)
    .split("\n")
    .map((line) => line.trim());
  const skipped = lines.filter((line) =>
    /^(?:﹣ |ok \d+ .* # SKIP\b|test .* \.\.\. ignored|Skipped: )/.test(line),
  );
  return skipped.map((line) => `Skipped: ${line.replace(/^(?:﹣|ok \d+ -|test|Skipped:) /, "")}`);
}

/** Several outcomes as one. @param {Outcome[]} outcomes @returns {Outcome} */
export function together(outcomes) {
  return {
    passed: outcomes.reduce((sum, { passed }) => sum + passed, 0),
    failed: outcomes.reduce((sum, { failed }) => sum + failed, 0),
    skipped: outcomes.reduce((sum, { skipped }) => sum + skipped, 0),
    notes: outcomes.flatMap(({ notes }) => notes),
  };
}

/** @param {string} reason @returns {Outcome} */
export const skip = (reason) => ({ ...none(), skipped: 1, notes: [`Skipped: ${reason}.`] });

/** @param {string} note @returns {Outcome} */
export const failure = (note) => ({ ...none(), failed: 1, notes: [note] });

/** @returns {Outcome} */
export const success = () => ({ ...none(), passed: 1, notes: [] });

/**
 * Work that several sections need and that is done for the first of them.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {() => Promise<T>}
 */
export function once(work) {
  /** @type {Promise<T> | undefined} */
  let result;
  return () => {
    result ??= work();
    return result;
  };
}
