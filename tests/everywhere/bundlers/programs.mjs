// @ts-check
// Bundles for servers that take every package in: the .wasm is not beside them, so they have its bytes in their code.

import assert from "node:assert/strict";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../../scripts/lib/run.mjs";
import { assertReport } from "../lib/check.mjs";
import { wasmCopiesIn } from "../lib/output.mjs";
import { installTool, versionOf } from "../lib/tools.mjs";

/** @typedef {import("../lib/target.mjs").Target} Target */
/** @typedef {import("../lib/consumer.mjs").Consumer} Consumer */

const ESBUILD = ["main.js", "--bundle", "--platform=node", "--format=cjs", "--outfile=dist/server.cjs"];
const PROGRAM_TIMEOUT_MS = 60_000;

/** @type {readonly Target[]} */
export const targets = [
  programTarget("Vite", "vite", "server.mjs", (consumer) =>
    consumer.run(consumer.program("vite"), ["build"]),
  ),
  programTarget("webpack", "webpack", "server.cjs", (consumer) =>
    consumer.run(process.execPath, ["webpack.mjs"]),
  ),
  programTarget("esbuild", "esbuild", "server.cjs", (consumer) =>
    consumer.run(consumer.program("esbuild"), ESBUILD),
  ),
];

/**
 * @param {string} name @param {string} tool @param {string} program what it makes in dist
 * @param {(consumer: Consumer) => Promise<unknown>} build @returns {Target}
 */
function programTarget(name, tool, program, build) {
  return {
    name: `${name}, for a server`,
    group: "bundlers",
    // webpack takes longer than all others together.
    fast: tool !== "webpack",
    async run(context) {
      const from = new URL("./consumers/server/", import.meta.url);
      const consumer = await context.consumer({ from, tools: [tool] });
      await build(consumer);
      const output = join(consumer.folder, "dist");
      assert.deepEqual(wasmCopiesIn(output, consumer), { core: 1, sealing: 0 });
      // Where no package is near.
      const alone = await mkdtemp(join(tmpdir(), "blindtally-server-"));
      context.defer(() => rm(alone, { recursive: true, force: true }));
      await cp(join(output, program), join(alone, program));
      const { stdout } = await run(process.execPath, [program], {
        cwd: alone,
        timeoutMs: PROGRAM_TIMEOUT_MS,
      });
      assertReport(JSON.parse(stdout));
      return { version: versionOf(await installTool(tool, context.step), tool) };
    },
  };
}
