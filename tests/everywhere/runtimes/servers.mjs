// @ts-check
// Places without a window: Node of each supported line, Deno, Bun and Cloudflare's runtime.

import { join } from "node:path";
import { target } from "../../../scripts/lib/paths.mjs";
import { assertReport } from "../lib/check.mjs";
import { installTool, nodeOf, programOf, versionOf } from "../lib/tools.mjs";
import { workerdTargets } from "./workerd.mjs";

/** @typedef {import("../lib/target.mjs").Target} Target */
/** @typedef {import("../lib/target.mjs").Context} Context */

const IMPORTED = `import * as blindtally from "blindtally";
import * as hazard from "blindtally/hazard";
import { check } from "./check.js";
console.log(JSON.stringify(check({ ...blindtally, ...hazard })));
`;
const REQUIRED = `const { check } = require("./check.cjs");
console.log(JSON.stringify(check({ ...require("blindtally"), ...require("blindtally/hazard") })));
`;

/** @type {readonly ("20" | "22" | "24" | "26")[]} */
const LINES = ["20", "22", "24", "26"];

/** @type {readonly Target[]} */
export const targets = [
  ...LINES.flatMap((line) => [
    nodeTarget(`Node ${line}, import`, line, "main.mjs", IMPORTED),
    nodeTarget(`Node ${line}, require`, line, "main.cjs", REQUIRED),
  ]),
  {
    name: "Deno",
    group: "runtimes",
    fast: true,
    async run(context) {
      const tool = await installTool("deno", context.step);
      const consumer = await context.consumer({ files: { "main.mjs": IMPORTED } });
      // It may read the project, which the .wasm is in, and nothing else.
      const args = ["run", "--no-prompt", "--cached-only", "--allow-read=.", "main.mjs"];
      const env = { DENO_DIR: join(target, "everywhere", "deno"), DENO_NO_UPDATE_CHECK: "1" };
      assertReport(await consumer.report(programOf(tool, "deno"), args, { env }));
      return { version: versionOf(tool, "deno") };
    },
  },
  {
    name: "Bun",
    group: "runtimes",
    fast: true,
    async run(context) {
      const tool = await installTool("bun", context.step);
      const consumer = await context.consumer({ files: { "main.mjs": IMPORTED, "main.cjs": REQUIRED } });
      for (const file of ["main.mjs", "main.cjs"]) {
        assertReport(await consumer.report(programOf(tool, "bun"), ["run", file]), file);
      }
      return { version: versionOf(tool, "bun"), note: "import and require" };
    },
  },
  ...workerdTargets,
];

/** @param {string} name @param {typeof LINES[number]} line @param {string} file @param {string} program @returns {Target} */
function nodeTarget(name, line, file, program) {
  return {
    name,
    group: "runtimes",
    fast: true,
    async run(context) {
      const { path, version } = await nodeFor(line, context);
      const consumer = await context.consumer({ files: { [file]: program } });
      assertReport(await consumer.report(path, [file]));
      return { version };
    },
  };
}

/** The Node that runs this, if it is of the line, else one of the npm package `node`. @param {typeof LINES[number]} line @param {Context} context */
function nodeFor(line, { step }) {
  const { node } = process.versions;
  return node.startsWith(`${line}.`) ? { path: process.execPath, version: node } : nodeOf(line, step);
}
