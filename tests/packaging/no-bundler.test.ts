// Pages that load the package's modules as they are, in Chromium.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { whyNoChromium } from "../browser/chromium.js";
import { goldenToken, initCodes, open } from "./support/chromium.js";
import { golden } from "./support/golden.js";
import { installedProject, type Project } from "./support/project.js";
import { STRICT_POLICY, serve } from "./support/site.js";

const WASM = "/node_modules/blindtally/dist/blindtally.wasm";
const skip = whyNoChromium;

let project: Project;
before(async () => {
  project = await installedProject();
  await project.copyConsumer("page");
});
after(() => project?.remove());

test("a module script works under a strict policy and fetches the .wasm once", { skip }, async (t) => {
  const site = await serve(t, { folder: project.folder, policy: STRICT_POLICY });
  const page = await open(t, site.url);
  assert.equal(await goldenToken(page), "not-initialized");
  assert.deepEqual(await initCodes(page, 2), ["no error", "no error", "no error", "no error"]);
  assert.equal(await goldenToken(page), golden.token);
  assert.deepEqual(site.wasmRequests, [WASM]);
});

test("an import map gives a page the package's own names under a policy with its hash", {
  skip,
}, async (t) => {
  const dist = "/node_modules/blindtally/dist/esm";
  const map = JSON.stringify({
    imports: { blindtally: `${dist}/entry/browser.js`, "blindtally/hazard": `${dist}/hazard.js` },
  });
  const head = `<!doctype html><script type="importmap">${map}</script>`;
  await project.write("mapped.html", `${head}<script type="module" src="/mapped.js"></script>`);
  const names = 'import * as main from "blindtally"; import * as hazard from "blindtally/hazard";';
  await project.write("mapped.js", `${names} globalThis.consumer = { ...main, ...hazard };`);
  const hash = createHash("sha256").update(map).digest("base64");
  const site = await serve(t, { folder: project.folder, policy: `${STRICT_POLICY} 'sha256-${hash}'` });
  const page = await open(t, `${site.url}mapped.html`);
  assert.deepEqual(await initCodes(page, 1), ["no error", "no error"]);
  assert.equal(await goldenToken(page), golden.token);
});

test("a policy without 'wasm-unsafe-eval' makes init() fail with wasm-unavailable", { skip }, async (t) => {
  const policy = STRICT_POLICY.replace(" 'wasm-unsafe-eval'", "");
  assert.notEqual(policy, STRICT_POLICY);
  const site = await serve(t, { folder: project.folder, policy });
  const page = await open(t, site.url);
  assert.equal(await goldenToken(page), "not-initialized");
  assert.deepEqual(await initCodes(page, 1), ["wasm-unavailable", "wasm-unavailable"]);
  // Not that nobody called it: why it cannot work.
  assert.equal(await goldenToken(page), "wasm-unavailable");
});

test("init() fails with wasm-unavailable while the .wasm is missing, and then succeeds", {
  skip,
}, async (t) => {
  const site = await serve(t, { folder: project.folder, policy: STRICT_POLICY, wasmLate: 2 });
  const page = await open(t, site.url);
  // Calls at the same time share one attempt.
  assert.deepEqual(await initCodes(page, 3), [
    ...["wasm-unavailable", "wasm-unavailable", "wasm-unavailable"],
    ...["wasm-unavailable", "no error", "no error"],
  ]);
  assert.equal(await goldenToken(page), golden.token);
  assert.deepEqual(site.wasmRequests, [WASM, WASM, WASM]);
});

test("init(source) loads the .wasm from where it says", { skip }, async (t) => {
  await copyFile(join(project.installed, "dist/blindtally.wasm"), join(project.folder, "elsewhere.wasm"));
  const site = await serve(t, { folder: project.folder, policy: STRICT_POLICY });
  const page = await open(t, site.url);
  assert.deepEqual(await initCodes(page, 1, "/elsewhere.wasm"), ["no error", "no error"]);
  assert.equal(await goldenToken(page), golden.token);
  assert.deepEqual(site.wasmRequests, ["/elsewhere.wasm"]);
});

test("a .wasm that is served as another type works", { skip }, async (t) => {
  const wasmType = "application/octet-stream";
  const site = await serve(t, { folder: project.folder, policy: STRICT_POLICY, wasmType });
  const page = await open(t, site.url);
  assert.deepEqual(await initCodes(page, 1), ["no error", "no error"]);
  assert.equal(await goldenToken(page), golden.token);
});
