// @ts-check
// What must not grow: the download of a browser, and the work of the hot path.

import { checkInstructions, whyNoInstructions } from "../instructions.mjs";
import { step } from "../lib/log.mjs";
import { failure, skip, success, together } from "../lib/section.mjs";
import { checkSize } from "../size.mjs";
import { built } from "./needs.mjs";

/** @typedef {import("../lib/section.mjs").Section} Section */

/** @type {Section} */
export const size = {
  name: "size",
  async run() {
    await built();
    const problem = await checkSize();
    return problem === null ? success() : failure(problem);
  },
};

/** @type {Section} */
export const instructions = {
  name: "instructions",
  async run() {
    const obstacle = await step("Valgrind", whyNoInstructions);
    if (obstacle !== null) return skip(obstacle);
    const problems = await checkInstructions();
    return together(problems.map((problem) => (problem === null ? success() : failure(problem))));
  },
};
