// @ts-check
// Places without a window: Node of each supported line, Deno, Bun and Cloudflare's runtime.

import assert from "node:assert/strict";
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

// Every entry that uses the system: files, threads, a queue on a disk, and the client, which sends nothing anywhere.
const WHOLE = `import { createClient, Keyset } from "blindtally";
import { KeysetFile } from "blindtally/sealed";
import { createKeysetFile, openKeysetFile } from "blindtally/store";
import { fileQueue } from "blindtally/queue";
import { startWorker } from "blindtally/worker";

const raw = new Uint8Array(32).fill(7);
const file = await KeysetFile.create(Keyset.generate());
await file.addSlot({ raw });
(await createKeysetFile("consumer.keyset", file)).dispose();
const { keyset } = await openKeysetFile("consumer.keyset", { raw });

const sent = new Map();
const fetch = async (url, { body }) => {
  const { events } = JSON.parse(body);
  for (const { event } of events) sent.set(event, (sent.get(event) ?? 0) + 1);
  return Response.json({ stored: events.length, duplicates: 0 }, { status: 201 });
};
const endpoint = "https://analytics.example";
const client = createClient({ endpoint, keyset, fetch, queue: fileQueue("consumer.queue") });
await client.logEvents(["page.viewed", "page.viewed", "button.pressed"]);
await client.shutdown();

const worker = await startWorker();
const { counts } = await worker.decryptResults(keyset.cipher(), sent);
worker.terminate();
const { delivered, waiting } = client.stats;
console.log(JSON.stringify({ ...Object.fromEntries(counts), delivered, waiting }));
`;
const WHOLE_EXPECTED = { "page.viewed": 2, "button.pressed": 1, delivered: 3, waiting: 0 };

/** @type {readonly ("20" | "22" | "24" | "26")[]} */
const LINES = ["20", "22", "24", "26"];

/** @type {readonly Target[]} */
export const targets = [
  ...LINES.flatMap((line) => [
    nodeTarget(`Node ${line}, import`, line, "main.mjs", IMPORTED),
    nodeTarget(`Node ${line}, require`, line, "main.cjs", REQUIRED),
    nodeTarget(`Node ${line}, files and threads`, line, "whole.mjs", WHOLE),
  ]),
  {
    name: "Deno",
    group: "runtimes",
    fast: true,
    async run(context) {
      const tool = await installTool("deno", context.step);
      const consumer = await context.consumer({ files: { "main.mjs": IMPORTED, "whole.mjs": WHOLE } });
      const run = ["run", "--no-prompt", "--cached-only"];
      const env = { DENO_DIR: join(target, "everywhere", "deno"), DENO_NO_UPDATE_CHECK: "1" };
      // It may read the project, which the .wasm is in, and nothing else.
      const args = [...run, "--allow-read=.", "main.mjs"];
      assertReport(await consumer.report(programOf(tool, "deno"), args, { env }));
      const all = [...run, "--allow-read", "--allow-write=.", "--allow-sys", "whole.mjs"];
      assert.deepEqual(await consumer.report(programOf(tool, "deno"), all, { env }), WHOLE_EXPECTED);
      return { version: versionOf(tool, "deno"), note: "import, files and threads" };
    },
  },
  {
    name: "Bun",
    group: "runtimes",
    fast: true,
    async run(context) {
      const tool = await installTool("bun", context.step);
      const consumer = await context.consumer({
        files: { "main.mjs": IMPORTED, "main.cjs": REQUIRED, "whole.mjs": WHOLE },
      });
      for (const file of ["main.mjs", "main.cjs"]) {
        assertReport(await consumer.report(programOf(tool, "bun"), ["run", file]), file);
      }
      const whole = await consumer.report(programOf(tool, "bun"), ["run", "whole.mjs"]);
      assert.deepEqual(whole, WHOLE_EXPECTED);
      return { version: versionOf(tool, "bun"), note: "import, require, files and threads" };
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
      const report = await consumer.report(path, [file]);
      if (file === "whole.mjs") assert.deepEqual(report, WHOLE_EXPECTED);
      else assertReport(report);
      return { version };
    },
  };
}

/** The Node that runs this, if it is of the line, else one of the npm package `node`. @param {typeof LINES[number]} line @param {Context} context */
function nodeFor(line, { step }) {
  const { node } = process.versions;
  return node.startsWith(`${line}.`) ? { path: process.execPath, version: node } : nodeOf(line, step);
}
