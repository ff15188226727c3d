// @ts-check
// Bundlers, TypeScript's resolutions, frameworks and test runners.

import { targets as next } from "./next.mjs";
import { targets as pages } from "./pages.mjs";
import { targets as programs } from "./programs.mjs";
import { targets as react } from "./react.mjs";
import { targets as tools } from "./tools.mjs";
import { targets as unused } from "./unused.mjs";

/** @type {readonly import("../lib/target.mjs").Target[]} */
export const targets = [...pages, ...programs, ...next, ...react, ...tools, ...unused];
