// @ts-check
// Next with Turbopack: a server component, and client components that use `blindtally/react`.

import assert from "node:assert/strict";
import { join } from "node:path";
import { reportOf } from "../lib/browsers.mjs";
import { EXPECTED } from "../lib/check.mjs";
import { wasmCopiesIn } from "../lib/output.mjs";
import { installTool, versionOf } from "../lib/tools.mjs";
import { startApi, startServer } from "./servers.mjs";

/** @typedef {import("../lib/target.mjs").Target} Target */
/** @typedef {import("../lib/target.mjs").Context} Context */
/** @typedef {import("../lib/consumer.mjs").Consumer} Consumer */

const ENVIRONMENT = { NEXT_TELEMETRY_DISABLED: "1" };
const BUILD_MS = 300_000;

/** What consumers/next reports: each side reads its own events, of its own key. */
const EXPECTED_OF_BOTH = {
  server: { ...EXPECTED, results: { "page.rendered": 1 } },
  browser: { ...EXPECTED, results: { "page.viewed": 1 } },
};

/** @type {readonly Target[]} */
export const targets = [
  buildTarget("Next, build with Turbopack", "--turbopack"),
  buildTarget("Next, build with webpack", "--webpack"),
  {
    name: "Next, development with Turbopack",
    group: "bundlers",
    fast: false,
    async run(context) {
      await assertServed(context, await nextConsumer(context), "dev");
      return outcome(context);
    },
  },
];

/** @param {string} name @param {string} bundler @returns {Target} */
function buildTarget(name, bundler) {
  return {
    name,
    group: "bundlers",
    fast: false,
    async run(context) {
      const consumer = await nextConsumer(context);
      const options = { env: ENVIRONMENT, timeoutMs: BUILD_MS };
      await consumer.run(consumer.program("next"), ["build", bundler], options);
      // What the browser gets; the server's own bundles have the bytes in their code.
      const output = join(consumer.folder, ".next/static");
      assert.deepEqual(wasmCopiesIn(output, consumer), { core: 1, sealing: 0 });
      await assertServed(context, consumer, "start");
      return outcome(context);
    },
  };
}

/** @param {Context} context */
const nextConsumer = (context) =>
  context.consumer({ from: new URL("./consumers/next/", import.meta.url), tools: ["next"] });

/** @param {Context} context @param {Consumer} consumer @param {"start" | "dev"} command */
async function assertServed(context, consumer, command) {
  const args = [command, "--hostname", "127.0.0.1", "--port", "0"];
  const options = { cwd: consumer.folder, env: ENVIRONMENT };
  const { url, output } = await startServer(context, consumer.program("next"), args, options);
  const api = await startApi(context, url);
  const { report } = await reportOf(context, "chromium", `${url}/?api=${encodeURIComponent(api)}`);
  assert.deepEqual(report, EXPECTED_OF_BOTH);
  // In development the server repeats what the browser's console says, a failed hydration for example.
  assert.deepEqual(
    output.filter((line) => /⨯|error|warn|hydrat/i.test(line)),
    [],
  );
}

/** @param {Context} context */
async function outcome(context) {
  return { version: versionOf(await installTool("next", context.step), "next") };
}
