// @ts-check
// `npm test [-- NAME ...]`: everything that is tested, section by section. The last line is the count.

import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { inWords } from "./lib/counts.mjs";
import { elapsed, say } from "./lib/log.mjs";
import { CommandError, main, UserError } from "./lib/run.mjs";
import { failure, together } from "./lib/section.mjs";
import { instructions, size } from "./sections/gates.mjs";
import {
  cli,
  client,
  docs,
  everywhere,
  faults,
  keyring,
  kms,
  packaging,
  page,
  sealing,
  services,
  suite,
  suiteInBrowsers,
} from "./sections/javascript.mjs";
import { build, fuzzing, sources } from "./sections/project.mjs";
import { inChromium, inFirefox, inNode, native } from "./sections/rust.mjs";

/** @typedef {import("./lib/section.mjs").Section} Section */
/** @typedef {import("./lib/section.mjs").Outcome} Outcome */

/** In the order in which a fault is found soonest. @type {Section[]} */
const SECTIONS = [
  build,
  sources,
  size,
  instructions,
  native,
  inNode,
  inChromium,
  inFirefox,
  suite,
  suiteInBrowsers,
  client,
  sealing,
  keyring,
  kms,
  cli,
  services,
  packaging,
  everywhere,
  faults,
  docs,
  page,
  fuzzing,
];

const USAGE = `npm test [-- NAME ...]

  NAME   only the sections whose name contains it: ${SECTIONS.map(({ name }) => name).join(", ")}`;

await main(async () => {
  const { values, positionals } = parseArgs({
    options: { help: { type: "boolean" } },
    allowPositionals: true,
  });
  const chosen = SECTIONS.filter(
    ({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word)),
  );
  if (values.help || chosen.length === 0) {
    say(USAGE);
    return values.help ? 0 : 2;
  }
  /** @type {{ name: string, outcome: Outcome, time: string }[]} */
  const results = [];
  for (const section of chosen) {
    say(`\n--- ${section.name} ---`);
    const started = performance.now();
    const outcome = await outcomeOf(section);
    results.push({ name: section.name, outcome, time: elapsed(started) });
    for (const note of outcome.notes) say(note);
    say(`${section.name}: ${inWords(outcome)}`);
  }
  return summary(results);
});

/** @param {Section} section @returns {Promise<Outcome>} */
async function outcomeOf(section) {
  try {
    return await section.run();
  } catch (error) {
    if (error instanceof CommandError || error instanceof UserError) return failure(error.message);
    return failure(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

/** @param {{ name: string, outcome: Outcome, time: string }[]} results */
function summary(results) {
  const all = together(results.map(({ outcome }) => outcome));
  say("\n--- all ---");
  for (const { name, outcome, time } of results) {
    say(`${name.padEnd(20)} ${inWords(outcome).padEnd(36)} ${time.padStart(9)}`);
    for (const note of outcome.notes.filter((note) => note.startsWith("Skipped: ")))
      say(`${"".padEnd(20)} ${note}`);
  }
  say(inWords(all));
  return all.failed === 0 ? 0 : 1;
}
