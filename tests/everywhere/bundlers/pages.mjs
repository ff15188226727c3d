// @ts-check
// Bundlers that make pages: the same page from each of them, in Chromium under a strict Content-Security-Policy.

import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { reportOf } from "../lib/browsers.mjs";
import { EXPECTED } from "../lib/check.mjs";
import { wasmCopiesIn } from "../lib/output.mjs";
import { serve } from "../lib/site.mjs";
import { installTool, versionOf } from "../lib/tools.mjs";
import { API_POLICY, countsOfTokens, startApi, startServer } from "./servers.mjs";

/** @typedef {import("../lib/target.mjs").Target} Target */
/** @typedef {import("../lib/target.mjs").Context} Context */
/** @typedef {import("../lib/consumer.mjs").Consumer} Consumer */

/**
 * @typedef {object} Bundler
 * @property {string} name
 * @property {string} tool its folder in tests/everywhere/tools, and that of its files in consumers, if it needs any
 * @property {string} [npm] its package, if that has another name
 * @property {boolean} [settings] whether it has files in consumers
 * @property {Readonly<Record<string, unknown>>} [manifest]
 * @property {(consumer: Consumer) => Promise<unknown>} build into the folder dist
 * @property {boolean} [html] whether it takes the page itself, and not its script alone
 * @property {boolean} [slow] to install, for the most part
 * @property {string} [note]
 */

/** The consumers' files. */
const CONSUMERS = new URL("./consumers/", import.meta.url);

/** What consumers/page/main.js reports. */
const PAGE = {
  ...EXPECTED,
  worker: { "page.viewed": 3 },
  keyring: "page.viewed",
  results: { "page.viewed": 2, "dose.missed": 1 },
  wards: { north: 1 },
};

const nodeBuild = (/** @type {Consumer} */ consumer) => consumer.run(process.execPath, ["build.mjs"]);

/** @type {readonly Bundler[]} */
const BUNDLERS = [
  {
    name: "Vite, build",
    tool: "vite",
    html: true,
    build: (consumer) => consumer.run(consumer.program("vite"), ["build"]),
  },
  { name: "webpack", tool: "webpack", settings: true, build: nodeBuild },
  { name: "Rspack", tool: "rspack", npm: "@rspack/core", settings: true, build: nodeBuild },
  {
    name: "Rollup",
    tool: "rollup",
    settings: true,
    build: (consumer) => consumer.run(consumer.program("rollup"), ["--config", "--failAfterWarnings"]),
    note: "with a plugin for files",
  },
  {
    name: "esbuild",
    tool: "esbuild",
    settings: true,
    build: nodeBuild,
    note: "init(address), with the loader file",
  },
  {
    name: "Parcel",
    tool: "parcel",
    slow: true,
    html: true,
    manifest: {
      // Parcel reads "exports" of packages only when it is told to.
      "@parcel/resolver-default": { packageExports: true },
      // For newer browsers Parcel puts an import map into the page, as inline code that a strict policy forbids.
      browserslist: "chrome >= 100",
    },
    build: (consumer) => consumer.run(consumer.program("parcel"), ["build", "index.html", "--no-cache"]),
    note: "with packageExports",
  },
];

/** @type {readonly Target[]} */
export const targets = [
  ...BUNDLERS.map(buildTarget),
  {
    name: "Vite, development",
    group: "bundlers",
    fast: true,
    async run(context) {
      const consumer = await pageConsumer(context, { tool: "vite" });
      const args = ["--host", "127.0.0.1", "--port", "0"];
      const { url } = await startServer(context, consumer.program("vite"), args, { cwd: consumer.folder });
      await assertPage(context, url);
      return { version: await toolVersion(context, "vite") };
    },
  },
];

/** @param {Bundler} bundler @returns {Target} */
function buildTarget(bundler) {
  return {
    name: bundler.name,
    group: "bundlers",
    fast: !bundler.slow,
    async run(context) {
      const consumer = await pageConsumer(context, bundler);
      await bundler.build(consumer);
      const output = join(consumer.folder, "dist");
      if (!bundler.html) await cp(join(consumer.folder, "index.html"), join(output, "index.html"));
      assert.deepEqual(wasmCopiesIn(output, consumer), { core: 1, sealing: 1 });
      const site = await serve(context, output, { policy: API_POLICY });
      await assertPage(context, new URL(site.url).origin);
      assert.equal(site.wasmRequests.length, 2, `each .wasm is fetched once: ${site.wasmRequests}`);
      const version = await toolVersion(context, bundler.tool, bundler.npm);
      return { version, ...(bundler.note && { note: bundler.note }) };
    },
  };
}

/** @param {Context} context @param {Pick<Bundler, "tool" | "settings" | "manifest">} bundler */
async function pageConsumer(context, { tool, settings, manifest = {} }) {
  const consumer = await context.consumer({ from: new URL("page/", CONSUMERS), tools: [tool], manifest });
  if (settings) await cp(new URL(`${tool}/`, CONSUMERS), consumer.folder, { recursive: true });
  return consumer;
}

/** Opens the page with an API beside it. The API has got tokens alone. @param {Context} context @param {string} origin */
async function assertPage(context, origin) {
  const api = await startApi(context, origin);
  const { report } = await reportOf(context, "chromium", `${origin}/?api=${encodeURIComponent(api)}`);
  assert.deepEqual(report, PAGE);
  assert.deepEqual((await countsOfTokens(api)).sort(), [1, 2]);
}

/** @param {Context} context @param {string} tool @param {string} [npm] */
async function toolVersion(context, tool, npm = tool) {
  return versionOf(await installTool(tool, context.step), npm);
}
