// @ts-check
// What is tested about the project as a whole: it builds, its sources are in order, and random inputs break nothing.

import { buildFuzzTargets, fuzz, whyNoFuzzing } from "../fuzz.mjs";
import { step } from "../lib/log.mjs";
import { CommandError } from "../lib/run.mjs";
import { failure, skip, success, together } from "../lib/section.mjs";
import { checks, lint } from "../lint.mjs";
import { built } from "./needs.mjs";

/** @typedef {import("../lib/section.mjs").Section} Section */

const FUZZ_SECONDS = 10;

/** @type {Section} */
export const build = {
  name: "build",
  async run() {
    await built();
    return success();
  },
};

/** @type {Section} */
export const sources = {
  name: "lint",
  async run() {
    await built();
    const outcomes = [];
    for (const check of checks) {
      const problem = await lint(check);
      outcomes.push(problem === null ? success() : failure(`${check.name}: ${problem}`));
    }
    return together(outcomes);
  },
};

/** @type {Section} */
export const fuzzing = {
  name: "fuzz",
  async run() {
    const obstacle = await whyNoFuzzing();
    if (obstacle !== null) return skip(obstacle);
    const targets = await step("Compiling the fuzz targets", buildFuzzTargets);
    if (targets.length === 0) return failure("fuzz/ has no target.");
    const outcomes = [];
    for (const target of targets) {
      try {
        await step(`Fuzzing ${target} for ${FUZZ_SECONDS} s`, (step) => fuzz(target, FUZZ_SECONDS, step));
        outcomes.push(success());
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        outcomes.push(failure(error.message));
      }
    }
    return together(outcomes);
  },
};
