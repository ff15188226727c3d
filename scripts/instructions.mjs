// @ts-check
// `npm run instructions`: how many instructions the hot path takes, against what was recorded. Times differ from run to
// run and from machine to machine; these counts do not.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { say, step } from "./lib/log.mjs";
import { inRoot, root, target } from "./lib/paths.mjs";
import { main, run, UserError } from "./lib/run.mjs";
import { countInstructions, whyNoValgrind } from "./lib/valgrind.mjs";

/** @typedef {import("./lib/log.mjs").Step} Step */
/** @typedef {{ name: string, items: number, count: number, profile: string }} Counted */
/** @typedef {{ rustc: string, host: string, counts: Record<string, number> }} Recorded */

const PACKAGE = "blindtally-instructions";
/** The function of that package whose instructions count. */
const FRAME = "counted_work";
const RECORD = "benches/instructions/recorded.json";
/** The profile of the .wasm: what is counted is what ships, as far as a native program can show it. */
const PROFILE = "wasm-release";
const SOFTWARE = {
  name: "software",
  // The code that wasm runs; and without this, the choice of code and so the count would depend on the processor.
  flags: ["aes", "polyval", "sha2"].map((crate) => `--cfg=${crate}_backend="soft"`),
};
const HARDWARE = { name: "hardware", flags: [] };

/** In percent. With one compiler the same source gives the same count, all but a few instructions. */
const TOLERANCE = 5;
/**
 * Three successive compilers differed by less than one percent, but nobody promises that: a change of this size may be
 * the compiler's, and must not break the tests of somebody who has a newer one. A lost optimization is more than this.
 */
const TOLERANCE_OTHER_COMPILER = 15;

const AGAIN = "`npm run instructions -- --record`";
const USAGE = `npm run instructions [-- --record | --hardware]

  --record     write the counts to ${RECORD}, for later runs to be compared with
  --hardware   with the AES instructions of this processor; shown, and compared with nothing`;

/** Why the recorded counts cannot be compared with here, or `null`. @param {Step} step */
export async function whyNoInstructions(step) {
  const { host } = await compiler();
  const wanted = recorded().host;
  if (host !== wanted) return `the counts were recorded for ${wanted}, and Rust compiles for ${host} here`;
  return whyNoValgrind(step);
}

/** Counts every case and shows the counts beside the recorded ones. Returns a line for each case: what is wrong, or `null`. */
export async function checkInstructions() {
  const counted = await count(SOFTWARE);
  const { rustc } = await compiler();
  const record = recorded();
  const isSame = rustc === record.rustc;
  const tolerance = isSame ? TOLERANCE : TOLERANCE_OTHER_COMPILER;
  show(counted, record.counts);
  if (!isSame) say(`Recorded with ${record.rustc}; this is ${rustc}.`);
  say(`Allowed: ${tolerance} % more.`);
  const names = new Set([...Object.keys(record.counts), ...counted.map(({ name }) => name)]);
  return [...names].map((name) => {
    const found = counted.find((one) => one.name === name);
    const expected = record.counts[name];
    if (found === undefined || expected === undefined)
      return `${name} is only in ${found ? PACKAGE : RECORD}; ${AGAIN} writes the file again.`;
    return judge(found, expected, tolerance);
  });
}

/** @param {Counted} counted @param {number} expected @param {number} tolerance */
function judge({ name, count, profile }, expected, tolerance) {
  const percent = change(count, expected);
  // As long as the old figure stands, all that was gained could be lost again without a word.
  if (percent < -tolerance)
    return `${name} has become ${(-percent).toFixed(1)} % faster; ${AGAIN} keeps it so.`;
  if (percent <= tolerance) return null;
  const excess = `${percent.toFixed(1)} % more than the recorded ${inDigits(expected)}`;
  return `${name} takes ${inDigits(count)} instructions, ${excess}. \`callgrind_annotate ${profile}\` shows where.`;
}

/** How many percent more `count` is. @param {number} count @param {number} recorded */
const change = (count, recorded) => (count / recorded - 1) * 100;

async function writeRecord() {
  const counted = await count(SOFTWARE);
  /** @type {Recorded} */
  const record = {
    ...(await compiler()),
    counts: Object.fromEntries(counted.map(({ name, count }) => [name, count])),
  };
  show(counted, existsSync(inRoot(RECORD)) ? recorded().counts : {});
  writeFileSync(inRoot(RECORD), `${JSON.stringify(record, null, 2)}\n`);
  say(`Written to ${RECORD}.`);
}

/** @param {typeof SOFTWARE} variant @returns {Promise<Counted[]>} */
async function count({ name, flags }) {
  const folder = join(target, "instructions", name);
  const program = join(folder, PROFILE, PACKAGE);
  await step("Compiling the program to be counted", (step) =>
    run("cargo", ["build", "--package", PACKAGE, "--profile", PROFILE], {
      // Instead of flags of the user's own, which would change the counts.
      env: { CARGO_TARGET_DIR: folder, CARGO_ENCODED_RUSTFLAGS: flags.join("\x1f") },
      log: `cargo-instructions-${name}`,
      onLine: (line) => step.note(line),
    }),
  );
  const { stdout } = await run(program, []);
  const cases = stdout.split("\n").map((line) => line.split(" "));
  /** @type {Counted[]} */
  const counted = [];
  await step("Counting instructions", async (step) => {
    for (const [name = "", items] of cases) {
      step.note(name);
      const profile = relative(root, join(folder, `${name}.callgrind`));
      const count = await countInstructions(program, [name], FRAME, profile);
      counted.push({ name, items: Number(items), count, profile });
    }
  });
  return counted;
}

/** The compiler in use, and what it compiles for. */
async function compiler() {
  const { stdout } = await run("rustc", ["--verbose", "--version"]);
  const host = /^host: (.+)$/m.exec(stdout)?.[1];
  const [rustc] = stdout.split("\n");
  if (rustc === undefined || host === undefined)
    throw new UserError("`rustc --verbose --version` names no host.");
  return { rustc, host };
}

/** @returns {Recorded} */
const recorded = () => JSON.parse(readFileSync(inRoot(RECORD), "utf8"));

/** @param {Counted[]} counted @param {Record<string, number>} before */
function show(counted, before) {
  say(row("instructions", ["an item", "in all", "recorded", "change"]));
  for (const { name, items, count } of counted) {
    const expected = before[name];
    const comparison =
      expected === undefined ? ["-", "-"] : [inDigits(expected), signed(change(count, expected))];
    say(row(name, [inDigits(Math.round(count / items)), inDigits(count), ...comparison]));
  }
}

/** @param {string} title @param {string[]} cells */
const row = (title, cells) => title.padEnd(22) + cells.map((cell) => cell.padStart(14)).join("");

/** @param {number} count */
const inDigits = (count) => count.toLocaleString("en-US");

/** @param {number} percent */
const signed = (percent) => `${percent < 0 ? "" : "+"}${percent.toFixed(1)} %`;

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main(async () => {
    const { values } = parseArgs({
      options: { record: { type: "boolean" }, hardware: { type: "boolean" }, help: { type: "boolean" } },
    });
    if (values.help || (values.record && values.hardware)) {
      say(USAGE);
      return values.help ? 0 : 2;
    }
    const compares = !values.record && !values.hardware;
    const obstacle = await step("Valgrind", compares ? whyNoInstructions : whyNoValgrind);
    if (obstacle !== null) {
      say(`Instructions cannot be counted: ${obstacle}.`);
      return 1;
    }
    if (values.record) await writeRecord();
    if (values.hardware) show(await count(HARDWARE), {});
    if (!compares) return 0;
    const problems = (await checkInstructions()).filter((problem) => problem !== null);
    for (const problem of problems) say(problem);
    return problems.length === 0 ? 0 : 1;
  });
}
