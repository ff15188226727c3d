// @ts-check
// `npm run test:faults`: real processes with every fault between them; each event must be counted exactly once.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { ensureChromium } from "./lib/browsers.mjs";
import { say, step } from "./lib/log.mjs";
import { bin, inRoot } from "./lib/paths.mjs";
import { main, run, start } from "./lib/run.mjs";

// What the table holds, so that arguments are checked before anything is built.
/** @type {{ leastEvents: number, selfChecks: string[], faults: string[] }} */
const TABLE = JSON.parse(readFileSync(inRoot("tests/faults/table.json"), "utf8"));

const USAGE = `npm run test:faults [-- [--events N] [--bounded] [--list] [NAME ...]]

  NAME         only the faults and self-checks whose name contains it
  --events N   that many events for each fault, ${TABLE.leastEvents} or more; default 100000
  --bounded    few events for each, as in npm test
  --list       only their names; a self-check brings about a defect that the table must see`;

await main(async () => {
  const asked = argumentsOf(process.argv.slice(2));
  if (typeof asked === "string") {
    say(`${asked}\n\n${USAGE}`);
    return 2;
  }
  const { values, names } = asked;
  if (values.help) {
    say(USAGE);
    return 0;
  }
  if (values.list) {
    for (const name of chosen(TABLE.selfChecks, names)) say(`self-check  ${name}`);
    for (const name of chosen(TABLE.faults, names)) say(`fault       ${name}`);
    return 0;
  }
  await build();
  await step("Compiling the tests", async () => void (await run(join(bin, "tsc"), ["--project", "tests"])));
  const browser = await step("Chromium", ensureChromium);
  const args = [
    inRoot("tests/build/faults/main.js"),
    ...(values.events === undefined ? [] : ["--events", values.events]),
    ...(values.bounded ? ["--bounded"] : []),
    "--",
    ...names,
  ];
  const table = start(process.execPath, args, {
    stdio: ["ignore", "inherit", "inherit"],
    env: "path" in browser ? { CHROME_PATH: browser.path } : {},
  });
  return new Promise((resolve) => table.once("close", (code) => resolve(code ?? 1)));
});

/** What was asked for, or what is wrong with it. @param {string[]} args */
function argumentsOf(args) {
  const flag = /** @type {const} */ ({ type: "boolean" });
  /** @type {{ values: { events?: string, bounded?: boolean, list?: boolean, help?: boolean }, positionals: string[] }} */
  let parsed;
  try {
    parsed = parseArgs({
      args,
      options: { events: { type: "string" }, bounded: flag, list: flag, help: flag },
      allowPositionals: true,
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const { values, positionals: names } = parsed;
  const events = Number(values.events ?? TABLE.leastEvents);
  if (!Number.isSafeInteger(events) || events < TABLE.leastEvents)
    return `--events must be a whole number of ${TABLE.leastEvents} or more.`;
  const unknown = names.filter((name) => chosen([...TABLE.selfChecks, ...TABLE.faults], [name]).length === 0);
  if (unknown.length > 0)
    return `No fault and no self-check has a name that contains ${unknown.map((name) => `"${name}"`).join(" or ")}.`;
  return { values, names };
}

/** Those of them whose name contains one of the words; without words, all. @param {string[]} all @param {string[]} words */
function chosen(all, words) {
  return words.length === 0 ? all : all.filter((name) => words.some((word) => name.includes(word)));
}
