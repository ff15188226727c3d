// @ts-check
// Bundlers, TypeScript's resolutions, frameworks and test runners.

/** @type {readonly import("../lib/target.mjs").Target[]} */
export const targets = [];
