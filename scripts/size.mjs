// @ts-check
// `npm run size [-- --functions]`: what a browser downloads, and whether that is within the budget.

import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { download, ENCRYPT_AND_DECRYPT, EVERYTHING, sum } from "./lib/download.mjs";
import { say, step } from "./lib/log.mjs";
import { main } from "./lib/run.mjs";
import { functionsOfWasm } from "./lib/wasm-functions.mjs";

/** @typedef {import("./lib/download.mjs").Size} Size */

/** What a page can load at once, and its budget in bytes with gzip, the .wasm and the JavaScript together. */
const BUNDLES = [
  { title: "To encrypt and decrypt", source: ENCRYPT_AND_DECRYPT, budget: 30_000 },
  { title: "Everything, with the client", source: EVERYTHING, budget: 40_000 },
];
const AIM = 24_000;
/** Of the core's .wasm alone: what it had before keysets learnt to live, 1,024 bytes for that, and 400 for randomized tokens. */
const CORE_BUDGET = 18_764 + 1_024 + 400;

const SHOWN_FUNCTIONS = 40;
const USAGE = `npm run size [-- --functions]

  --functions   also the ${SHOWN_FUNCTIONS} largest functions of the .wasm`;

/** Measures, prints a table, and returns what is wrong, or `null`. The package must be built. */
export async function checkSize() {
  const problems = [];
  let core = 0;
  for (const { title, source, budget } of BUNDLES) {
    const { wasm, scripts, later } = await step("Bundling for browsers", () => download(source));
    const whole = sum([wasm, ...scripts]);
    core = wasm.size.gzip;
    say(row(title, ["raw", "gzip -9", "brotli -11"]));
    say(row("  core (.wasm)", figures(wasm.size)));
    say(row("  JavaScript, bundled and minified", figures(sum(scripts))));
    say(row("  together", figures(whole)));
    for (const { name, size } of later) say(row(`  on request: ${plainName(name)}`, figures(size)));
    say(`  Budget: ${inDigits(budget)} with gzip.`);
    problems.push(overBudget(`${title}: a browser downloads`, whole.gzip, budget));
  }
  say(
    `Budget of the core: ${inDigits(CORE_BUDGET)} with gzip. Aim to encrypt and decrypt: ${inDigits(AIM)}.`,
  );
  problems.push(overBudget("The core's .wasm has", core, CORE_BUDGET));
  return problems.filter((problem) => problem !== null).join(" ") || null;
}

/** @param {string} what @param {number} bytes @param {number} budget */
const overBudget = (what, bytes, budget) =>
  bytes <= budget
    ? null
    : `${what} ${inDigits(bytes)} bytes with gzip, ${inDigits(bytes - budget)} more than the budget.`;

async function showFunctions() {
  const functions = await step("Building the .wasm with names", functionsOfWasm);
  const all = functions.reduce((total, { bytes }) => total + bytes, 0);
  const largest = functions.sort((a, b) => b.bytes - a.bytes).slice(0, SHOWN_FUNCTIONS);
  say(`\n${inDigits(functions.length)} functions of ${inDigits(all)} bytes; the largest, in bytes:`);
  for (const { name, bytes } of largest) say(`${inDigits(bytes).padStart(8)}  ${name}`);
}

/** Without the folder and the hash that the bundler gives a file. @param {string} name */
const plainName = (name) => basename(name).replace(/-[\w-]{8}(?=\.\w+$)/, "");

/** @param {Size} size */
const figures = ({ raw, gzip, brotli }) => [raw, gzip, brotli].map(inDigits);

/** @param {number} count */
const inDigits = (count) => count.toLocaleString("en-US");

/** @param {string} title @param {string[]} cells */
const row = (title, cells) => title.padEnd(36) + cells.map((cell) => cell.padStart(12)).join("");

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main(async () => {
    const { values } = parseArgs({ options: { functions: { type: "boolean" }, help: { type: "boolean" } } });
    if (values.help) {
      say(USAGE);
      return 0;
    }
    await build({ only: "wasm" });
    const problem = await checkSize();
    if (values.functions) await showFunctions();
    if (problem !== null) say(`\n${problem}`);
    return problem === null ? 0 : 1;
  });
}
