// @ts-check
// The oldest React that `blindtally/react` is for: rendered by a server, hydrated and counted in Chromium. Next brings the newest.

import assert from "node:assert/strict";
import { join } from "node:path";
import { reportOf } from "../lib/browsers.mjs";
import { EXPECTED } from "../lib/check.mjs";
import { wasmCopiesIn } from "../lib/output.mjs";
import { serve } from "../lib/site.mjs";
import { installTool, versionOf } from "../lib/tools.mjs";
import { API_POLICY, countsOfTokens, startApi } from "./servers.mjs";

/** @typedef {import("../lib/target.mjs").Target} Target */
/** @typedef {import("../lib/target.mjs").Context} Context */
/** @typedef {import("../lib/consumer.mjs").Consumer} Consumer */

const CONSUMER = new URL("./consumers/react/", import.meta.url);
const TOOL = "react-18";

/** React says more of a hydration that fails in development; what users get is the other. */
const MODES = ["production", "development"];

/** @type {readonly Target[]} */
export const targets = [
  {
    name: "React 18",
    group: "bundlers",
    fast: true,
    async run(context) {
      const consumer = await context.consumer({ from: CONSUMER, tools: ["vite", TOOL] });
      const version = versionOf(await installTool(TOOL, context.step), "react");
      for (const mode of MODES) {
        const output = await rendered(consumer, mode);
        assert.deepEqual(wasmCopiesIn(output, consumer), { core: 1, sealing: 0 }, mode);
        const site = await serve(context, output, { policy: API_POLICY });
        await assertHydrated(context, new URL(site.url).origin, version, mode);
      }
      return { version, note: "with Vite; rendered by a server, and hydrated" };
    },
  },
];

/** The folder of the page. React, and the package, stay outside of the server's bundle. @param {Consumer} consumer @param {string} mode */
async function rendered(consumer, mode) {
  const env = { NODE_ENV: mode };
  const vite = consumer.program("vite");
  await consumer.run(vite, ["build", "--mode", mode], { env });
  await consumer.run(vite, ["build", "--mode", mode, "--ssr", "server.jsx", "--outDir", "server"], { env });
  assert.equal(await consumer.report(process.execPath, ["server/server.js"], { env }), "<p>nothing</p>");
  return join(consumer.folder, "dist");
}

/** @param {Context} context @param {string} origin @param {string} version @param {string} mode */
async function assertHydrated(context, origin, version, mode) {
  const api = await startApi(context, origin);
  const { report } = await reportOf(context, "chromium", `${origin}/?api=${encodeURIComponent(api)}`);
  const hydrated = { version, before: "nothing", after: "1", isKept: true, faults: [] };
  assert.deepEqual(report, { ...EXPECTED, ...hydrated, logged: 1, delivered: 1 }, mode);
  assert.deepEqual(await countsOfTokens(api), [1], mode);
}
