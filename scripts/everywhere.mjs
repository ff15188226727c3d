// @ts-check
// `npm run test:everywhere [-- NAME ...]`: the packed package in every place that the documents name, as a table.

import { rmSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { closeBrowsers } from "../tests/everywhere/lib/browsers.mjs";
import { packPackage } from "../tests/everywhere/lib/consumer.mjs";
import { contextOf, Untested } from "../tests/everywhere/lib/target.mjs";
import { targets } from "../tests/everywhere/targets.mjs";
import { build } from "./build.mjs";
import { elapsed, say, step } from "./lib/log.mjs";
import { CommandError, main, UserError } from "./lib/run.mjs";

/** @typedef {import("../tests/everywhere/lib/target.mjs").Target} Target */
/** @typedef {import("./lib/section.mjs").Outcome} Outcome */
/** @typedef {{ name: string, version: string, result: "passed" | "FAILED" | "untested", time: string, note: string }} Row */
/**
 * @typedef {object} Options
 * @property {readonly string[]} [names] only the targets whose name or group contains one of these
 * @property {boolean} [fast] only those that take seconds
 * @property {boolean} [keep] leave the folders of the consumers
 */

/** Most of it, at the first time, is an installation. */
const TARGET_MS = 600_000;

const USAGE = `npm run test:everywhere [-- [--fast] [--keep] [--list] [--no-build] [NAME ...]]

  --fast      only what takes seconds: the part that is in npm test
  --keep      leave the consumers' folders, and say where they are
  --list      only list the targets
  --no-build  take the package as it was built last
  NAME        only the targets whose name or group contains it`;

/**
 * Runs targets one after the other (they share two cores) and prints the table.
 * @param {Options} options @returns {Promise<Outcome>}
 */
export async function everywhere(options = {}) {
  const packed = await step("Packing the npm package, and installing it", packPackage);
  /** @type {Row[]} */
  const rows = [];
  try {
    for (const target of chosen(options))
      rows.push(await rowOf(target, packed.installed, options.keep === true));
  } finally {
    await closeBrowsers();
    rmSync(packed.folder, { recursive: true, force: true });
  }
  for (const line of table(rows)) say(line);
  /** @param {Row["result"]} result */
  const count = (result) => rows.filter((row) => row.result === result).length;
  const bad = rows.filter(({ result }) => result === "FAILED");
  const missing = rows.filter(({ result }) => result === "untested");
  return {
    passed: count("passed"),
    failed: count("FAILED"),
    skipped: count("untested"),
    notes: [
      ...missing.map(({ name, note }) => `Skipped: ${name}: ${note}`),
      ...bad.map(({ name, note }) => `${name}: ${note}`),
    ],
  };
}

/** @param {Options} options */
function chosen({ names = [], fast }) {
  return targets
    .filter((target) => !fast || target.fast)
    .filter(
      ({ name, group }) => names.length === 0 || names.some((word) => `${group} ${name}`.includes(word)),
    );
}

/** @param {Target} target @param {string} installed @param {boolean} keep @returns {Promise<Row>} */
async function rowOf(target, installed, keep) {
  const started = performance.now();
  /** @param {Row["result"]} result @param {string} version @param {string} note @returns {Row} */
  const row = (result, version, note) => ({
    name: target.name,
    version,
    result,
    time: elapsed(started),
    note,
  });
  try {
    return await step(target.name, async (step) => {
      const context = contextOf(installed, step);
      try {
        const { version, note = "" } = await within(TARGET_MS, target.run(context));
        return row("passed", version, note);
      } finally {
        for (const folder of await context.end(keep)) say(`     ${target.name}: ${folder}`);
      }
    });
  } catch (error) {
    if (error instanceof Untested) return row("untested", "", error.message);
    const known = error instanceof CommandError || error instanceof UserError;
    return row(
      "FAILED",
      "",
      error instanceof Error ? (known ? error.message : (error.stack ?? "")) : `${error}`,
    );
  }
}

/** Fails if it takes longer. What it has started is ended then. @template T @param {number} ms @param {Promise<T>} work @returns {Promise<T>} */
async function within(ms, work) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new UserError(`took longer than ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([work, /** @type {Promise<never>} */ (late)]);
  } finally {
    clearTimeout(timer);
  }
}

/** @param {readonly Row[]} rows */
function table(rows) {
  const columns = /** @type {const} */ (["name", "version", "result", "time"]);
  const head = { name: "target", version: "version", result: "result", time: "time", note: "" };
  const all = [head, ...rows];
  const widths = columns.map((column) => Math.max(...all.map((row) => row[column].length)));
  return all.map((row) => {
    const cells = columns.map((column, index) => row[column].padEnd(widths[index] ?? 0));
    return `${cells.join("  ")}  ${row.result === "FAILED" ? "" : row.note}`.trimEnd();
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main(async () => {
    const flag = /** @type {const} */ ({ type: "boolean" });
    const { values, positionals: names } = parseArgs({
      options: { fast: flag, keep: flag, list: flag, "no-build": flag, help: flag },
      allowPositionals: true,
    });
    const options = { names, fast: values.fast === true, keep: values.keep === true };
    const found = chosen(options);
    if (values.help || found.length === 0) {
      say(USAGE);
      return values.help ? 0 : 2;
    }
    if (values.list) {
      for (const { name, group, fast } of found) say(`${group.padEnd(10)} ${name}${fast ? " (fast)" : ""}`);
      return 0;
    }
    if (!values["no-build"]) await build();
    const outcome = await everywhere(options);
    for (const note of outcome.notes) say(note);
    say(`${outcome.passed} passed, ${outcome.failed} failed, ${outcome.skipped} skipped`);
    return outcome.failed === 0 ? 0 : 1;
  });
}
