// @ts-check
// Bundlers, TypeScript's resolutions, frameworks and test runners.

import { targets as pages } from "./pages.mjs";

/** @type {readonly import("../lib/target.mjs").Target[]} */
export const targets = [...pages];
