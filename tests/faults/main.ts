// `node tests/build/faults/main.js [--events N] [--bounded] [NAME ...]`: tries the faults one after the other and prints
// the table. The last line is the count. What is asked for is checked by scripts/faults.mjs.

import { deepEqual } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { BROWSER_ROWS } from "./rows/browsers.js";
import { CHECKS } from "./rows/checks.js";
import { NETWORK_ROWS } from "./rows/network.js";
import { PROCESS_ROWS } from "./rows/processes.js";
import { DEADLINE_MS, type Outcome, type Row, Untested } from "./rows/row.js";

// What is cleaned up at the end of the process is cleaned up when it is ended, too.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));

const EVENTS = 100_000;
/** Enough for each fault to happen as often as its row asks. */
const BOUNDED_EVENTS = 3_000;
const ROWS: readonly Row[] = [...NETWORK_ROWS, ...PROCESS_ROWS, ...BROWSER_ROWS];
const WIDTHS = [38, 10, 10, 7, 8, 9] as const;

const { values, positionals } = parseArgs({
  options: { events: { type: "string" }, bounded: { type: "boolean" } },
  allowPositionals: true,
});
const events = Number(values.events ?? (values.bounded ? BOUNDED_EVENTS : EVENTS));
const chosen = <T extends { readonly name: string }>(all: readonly T[]): readonly T[] =>
  positionals.length === 0 ? all : all.filter(({ name }) => positionals.some((word) => name.includes(word)));
const counts = { passed: 0, failed: 0, skipped: 0 };
const scanned = { bytes: 0, leaks: 0 };

// What the command lists, and checks names against, is what there is.
const { selfChecks, faults } = JSON.parse(
  readFileSync(new URL("../../faults/table.json", import.meta.url), "utf8"),
);
const namesOf = (rows: readonly { readonly name: string }[]): string[] => rows.map(({ name }) => name);
deepEqual([selfChecks, faults], [namesOf(CHECKS), namesOf(ROWS)], "table.json lists other names");

await all();
// A row that was given up may have left something running.
process.exit();

async function all(): Promise<void> {
  // A table is worth what it can see.
  for (const { name, run } of chosen(CHECKS)) await tell(`seen: ${name}`, run);
  const rows = chosen(ROWS);
  if (rows.length > 0) say(line(["fault", "sent", "counted", "lost", "double", "seconds", ""]));
  for (const row of rows) await tell(row.name, () => tryRow(row));
  if (scanned.bytes > 0) say(scanLine());
  say(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exitCode = counts.failed > 0 || counts.passed + counts.skipped === 0 ? 1 : 0;
}

/** Runs something that prints its own line if all is well, and says what is wrong otherwise. */
async function tell(name: string, run: () => Promise<readonly string[]>): Promise<void> {
  try {
    const problems = await run();
    counts[problems.length === 0 ? "passed" : "failed"] += 1;
    for (const problem of problems) say(`  FAILED ${name}: ${problem}`);
    if (name.startsWith("seen: ") && problems.length === 0) say(name);
  } catch (error) {
    if (error instanceof Untested) {
      counts.skipped += 1;
      say(`Skipped: ${name} (${error.message})`);
      return;
    }
    counts.failed += 1;
    say(`  FAILED ${name}: ${error instanceof Error ? error.message : error}`);
  }
}

async function tryRow({ name, run }: Row): Promise<readonly string[]> {
  const started = performance.now();
  const { findings, note, problems } = await inTime(run(events));
  const { sent, counted, lost, double } = findings;
  scanned.bytes += findings.bytes;
  scanned.leaks += findings.leaks.length;
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  say(
    line([
      name,
      ...[sent, counted, lost, double].map((count) => count.toLocaleString("en-US")),
      seconds,
      note,
    ]),
  );
  return sent === events ? problems : [`${sent} events were sent, not ${events}`, ...problems];
}

function scanLine(): string {
  const megabytes = Math.ceil(scanned.bytes / 1e6).toLocaleString("en-US");
  const found = scanned.leaks === 0 ? "no name, no value, no key" : `${scanned.leaks} PLACES IN CLEAR`;
  return `${megabytes} MB of traffic, files, rows, profiles and logs were scanned: ${found}.`;
}

function inTime(run: Promise<Outcome>): Promise<Outcome> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not over after ${DEADLINE_MS / 1_000} s`)), DEADLINE_MS);
  });
  return Promise.race([run, late]).finally(() => clearTimeout(timer));
}

function line([name = "", ...cells]: readonly string[]): string {
  const numbers = cells.slice(0, 5).map((cell, place) => cell.padStart(WIDTHS[place + 1] ?? 0));
  return [name.padEnd(WIDTHS[0]), ...numbers, ` ${cells[5] ?? ""}`].join("").trimEnd();
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
