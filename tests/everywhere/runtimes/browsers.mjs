// @ts-check
// Pages without a bundler: module scripts, workers and service workers, under the strictest policy that lets them run.

import assert from "node:assert/strict";
import { reportOf } from "../lib/browsers.mjs";
import { assertReport } from "../lib/check.mjs";
import { serve } from "../lib/site.mjs";

/** @typedef {import("../lib/target.mjs").Target} Target */
/** @typedef {import("../lib/browsers.mjs").BrowserName} BrowserName */

const DIST = "/node_modules/blindtally/dist/esm";
/** Nothing but what is named is allowed. */
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'";

const IMPORT_MAP = JSON.stringify({
  imports: { blindtally: `${DIST}/entry/browser.js`, "blindtally/hazard": `${DIST}/hazard.js` },
});

const CHECKING = `
import { check } from "/check.js";
const report = () => blindtally.init().then(() => check({ ...blindtally, ...hazard }), (error) => error.code);
`;
const BY_NAME = `import * as blindtally from "blindtally";
import * as hazard from "blindtally/hazard";${CHECKING}`;
const BY_PATH = `import * as blindtally from "${DIST}/entry/browser.js";
import * as hazard from "${DIST}/hazard.js";${CHECKING}`;

const REPORTED = "report().then((value) => { globalThis.report = value; });\n";

/**
 * @typedef {object} Way
 * @property {string} title
 * @property {Readonly<Record<string, string>>} files
 * @property {string} [policy]
 */

/** @type {readonly Way[]} */
const WAYS = [
  {
    title: "module script",
    files: {
      "index.html": page(`<script type="importmap">${IMPORT_MAP}</script>`),
      "main.js": BY_NAME + REPORTED,
    },
  },
  {
    title: "strict CSP",
    policy: POLICY,
    files: { "index.html": page(), "main.js": BY_PATH + REPORTED },
  },
  {
    title: "web worker",
    policy: POLICY,
    files: {
      "index.html": page(),
      "main.js": `const worker = new Worker("/worker.js", { type: "module" });
worker.onmessage = ({ data }) => { globalThis.report = data; };
worker.onerror = ({ message }) => { globalThis.report = message ?? "the worker did not start"; };
`,
      "worker.js": `${BY_PATH}report().then((value) => postMessage(value));\n`,
    },
  },
  {
    title: "service worker",
    policy: POLICY,
    files: {
      "index.html": page(),
      "main.js": `const asked = async () => {
  if (!navigator.serviceWorker) return "there are no service workers";
  navigator.serviceWorker.onmessage = ({ data }) => { globalThis.report = data; };
  await navigator.serviceWorker.register("/service-worker.js", { type: "module" });
  const { active } = await navigator.serviceWorker.ready;
  active.postMessage("check");
};
asked().then((refused) => { if (refused) globalThis.report = refused; }, (error) => { globalThis.report = String(error); });
`,
      "service-worker.js": `${BY_PATH}
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("message", (event) => event.waitUntil(report().then((value) => event.source.postMessage(value))));
`,
    },
  },
];

/** @type {readonly { title: string, browser: BrowserName }[]} */
const BROWSERS = [
  { title: "Chromium", browser: "chromium" },
  { title: "Firefox", browser: "firefox" },
  { title: "WebKit", browser: "webkit" },
];

/** @type {readonly Target[]} */
export const targets = BROWSERS.flatMap(({ title, browser }) =>
  WAYS.map((way) => ({
    name: `${title}, ${way.title}`,
    group: /** @type {const} */ ("browsers"),
    fast: true,
    async run(context) {
      const consumer = await context.consumer({ files: way.files });
      const site = await serve(
        context,
        consumer.folder,
        way.policy === undefined ? {} : { policy: way.policy },
      );
      const { version, report } = await reportOf(context, browser, site.url);
      assertReport(report);
      assert.deepEqual(site.wasmRequests, ["/node_modules/blindtally/dist/blindtally.wasm"]);
      return { version };
    },
  })),
);

/** @param {string} [head] */
function page(head = "") {
  return `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Consumer</title>${head}<script type="module" src="/main.js"></script></head>
  <body></body>
</html>
`;
}
