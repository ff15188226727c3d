// @ts-check
// `npm run bench`: how fast, beside what a user could pick instead, as ratios of one run. benches/README.md explains.

import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { measureInBrowser } from "./lib/bench-browsers.mjs";
import { about } from "./lib/bench-machine.mjs";
import { buildNative, criterion } from "./lib/bench-native.mjs";
import { coldStart, logEvents, measureInNode, memory } from "./lib/bench-node.mjs";
import { text } from "./lib/bench-report.mjs";
import { sizes } from "./lib/bench-sizes.mjs";
import { write } from "./lib/bench-write.mjs";
import { say, step } from "./lib/log.mjs";
import { main } from "./lib/run.mjs";

/** @typedef {import("./lib/bench-report.mjs").Results} Results */

const USAGE = `npm run bench [-- [--quick] [--only RUNTIME] [--write] [--native]]

  --quick          few rounds, to try something: the figures say little
  --only RUNTIME   only node, chromium or firefox
  --write          put a full run into benches/README.md, benches/ratios.svg and benches/results.json
  --native         the criterion benches of the crate instead, with and without the processor's AES`;

const RUNTIMES = /** @type {const} */ (["node", "chromium", "firefox"]);

/** How often what is repeated. A full run is meant to take ten minutes, a quick one two. */
const FULL = {
  node: { rounds: 15, mapRounds: 7, hugeRounds: 3 },
  chromium: { rounds: 15, mapRounds: 7, hugeRounds: 3 },
  firefox: { rounds: 9, mapRounds: 5, hugeRounds: 2 },
  starts: 31,
  requests: 30,
};
const QUICK = {
  node: { rounds: 4, mapRounds: 3, hugeRounds: 1 },
  chromium: { rounds: 3, mapRounds: 2, hugeRounds: 1 },
  firefox: { rounds: 2, mapRounds: 1, hugeRounds: 1 },
  starts: 21,
  requests: 6,
};

await main(async () => {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      write: { type: "boolean", default: false },
      native: { type: "boolean", default: false },
      help: { type: "boolean" },
    },
  });
  const runtimes = RUNTIMES.filter((runtime) => values.only === undefined || values.only === runtime);
  // A table that mixes runs, or of few rounds, would be taken for more than it is.
  const partial = values.quick || values.only !== undefined;
  if (values.help || runtimes.length === 0 || (values.write && partial)) {
    say(USAGE);
    return values.help ? 0 : 2;
  }
  await build();
  if (values.native) {
    for (const aes of /** @type {const} */ (["hardware", "software"])) say(await criterion(aes));
    return 0;
  }
  const results = await measureAll(runtimes, values.quick);
  say(`\n${text(results)}`);
  if (values.write)
    await step("Writing benches/README.md, ratios.svg, results.json", async () => write(results));
  return 0;
});

/** @param {readonly (typeof RUNTIMES)[number][]} runtimes @param {boolean} quick @returns {Promise<Results>} */
async function measureAll(runtimes, quick) {
  const plan = quick ? QUICK : FULL;
  /** @type {Results} */
  const results = { quick, about: await about(), sizes: await step("Sizes", sizes) };
  if (runtimes.includes("node")) {
    const native = await step(
      "Compiling the native program, with and without the processor's AES",
      buildNative,
    );
    results.node = await step("Node", (step) => measureInNode({ ...plan.node, native }, step));
    results.memory = await step("Memory of a map of 1,000,000 rows in Node", memory);
    results.coldStart = await step("Cold starts of Node", () => coldStart(plan.starts));
    results.logEvents = await step("logEvents against the analytics API", () => logEvents(plan.requests));
  }
  for (const runtime of runtimes) {
    if (runtime === "node") continue;
    results[runtime] = await step(`In ${runtime}`, (step) =>
      measureInBrowser(runtime, { ...plan[runtime], starts: plan.starts }, step),
    );
  }
  return results;
}
