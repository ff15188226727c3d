// @ts-check
// Test runners, and TypeScript by each way in which it finds a package.

import assert from "node:assert/strict";
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { EXPECTED } from "../lib/check.mjs";
import { installTool, nodeOf, versionOf } from "../lib/tools.mjs";
import { startApi } from "./servers.mjs";

/** @typedef {import("../lib/target.mjs").Target} Target */
/** @typedef {import("../lib/target.mjs").Context} Context */

const CONSUMERS = new URL("./consumers/", import.meta.url);

/** @type {readonly Target[]} */
export const targets = [
  {
    name: "Vitest",
    group: "tools",
    fast: true,
    async run(context) {
      const consumer = await testConsumer(context, "vitest");
      // It takes no Node 20.
      const node = await nodeOf("24", context.step);
      const args = [consumer.program("vitest"), "run", "--reporter=json", "--outputFile=report.json"];
      await consumer.run(node.path, args, { env: await environment(context) });
      assertPassed(await readFile(join(consumer.folder, "report.json"), "utf8"), 3);
      return { version: await versionIn(context, "vitest"), note: "Node and jsdom" };
    },
  },
  {
    name: "Jest",
    group: "tools",
    fast: true,
    async run(context) {
      const consumer = await testConsumer(context, "jest");
      const args = [
        "--experimental-vm-modules",
        consumer.program("jest"),
        "--json",
        "--outputFile=report.json",
      ];
      await consumer.run(process.execPath, args, { env: await environment(context) });
      assertPassed(await readFile(join(consumer.folder, "report.json"), "utf8"), 4);
      return { version: await versionIn(context, "jest"), note: "CommonJS, ES modules and jsdom" };
    },
  },
  typescriptTarget("TypeScript, nodenext", "nodenext", ["out/main.js", "out/main.cjs"]),
  typescriptTarget("TypeScript, bundler", "bundler", ["out/main.js"]),
];

/** @param {string} name @param {string} project @param {readonly string[]} outputs @returns {Target} */
function typescriptTarget(name, project, outputs) {
  return {
    name,
    group: "tools",
    fast: true,
    async run(context) {
      const versions = [];
      for (const tool of ["typescript", "typescript-5"]) {
        const consumer = await context.consumer({ from: new URL("typescript/", CONSUMERS), tools: [tool] });
        await cp(join(consumer.folder, "main.ts"), join(consumer.folder, "main.cts"));
        await consumer.run(consumer.program("tsc"), ["-p", `${project}.json`]);
        for (const check of ["check.js", "check.cjs"]) {
          await cp(join(consumer.folder, check), join(consumer.folder, "out", check));
        }
        for (const output of outputs) {
          const report = await consumer.report(process.execPath, [output]);
          assert.deepEqual(report, { ...EXPECTED, same: true }, `${tool}, ${output}`);
        }
        versions.push(versionOf(await installTool(tool, context.step), "typescript"));
      }
      return { version: versions.join(", ") };
    },
  };
}

/** Its tests compare with expected.json. @param {Context} context @param {string} tool */
const testConsumer = (context, tool) =>
  context.consumer({
    from: new URL(`${tool}/`, CONSUMERS),
    files: { "expected.json": JSON.stringify(EXPECTED) },
    tools: [tool],
  });

/** What the consumers' tests are given: an API of their own. @param {Context} context */
async function environment(context) {
  return { API: await startApi(context, "http://localhost"), CI: "1" };
}

/** Both runners report in one form. @param {string} report @param {number} tests */
function assertPassed(report, tests) {
  const { success, numPassedTests, numTotalTests } = JSON.parse(report);
  assert.deepEqual(
    { success, numPassedTests, numTotalTests },
    { success: true, numPassedTests: tests, numTotalTests: tests },
  );
}

/** @param {Context} context @param {string} tool */
async function versionIn(context, tool) {
  return versionOf(await installTool(tool, context.step), tool);
}
