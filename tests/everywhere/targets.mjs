// @ts-check
// Every place in which the package is shown to work, in the order of the table.

import { targets as bundlers } from "./bundlers/targets.mjs";
import { targets as browsers } from "./runtimes/browsers.mjs";
import { targets as forbidden } from "./runtimes/forbidden.mjs";
import { targets as servers } from "./runtimes/servers.mjs";
import { targets as untested } from "./runtimes/untested.mjs";

/** @type {readonly import("./lib/target.mjs").Target[]} */
export const targets = [...servers, ...browsers, ...forbidden, ...bundlers, ...untested];
