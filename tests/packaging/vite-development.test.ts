// The development server of Vite: before it serves a package it bundles it, which has cost others their .wasm.

import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { createServer, type InlineConfig } from "vite";
import { whyNoChromium } from "../browser/chromium.js";
import { goldenToken, goldenTokenInWorker, initCodes, open } from "./support/chromium.js";
import { golden } from "./support/golden.js";
import { installedProject, type Project } from "./support/project.js";

const skip = whyNoChromium;

let project: Project;
before(async () => {
  project = await installedProject();
  await project.copyConsumer("vite");
});
after(() => project?.remove());

test("the development server needs no configuration", { skip }, (t) => works(t, {}));

test("the development server may be told to leave the package as it is", { skip }, (t) =>
  works(t, { optimizeDeps: { exclude: ["blindtally"] } }),
);

async function works(t: TestContext, config: InlineConfig): Promise<void> {
  const page = await open(t, await developed(t, config));
  assert.deepEqual(await initCodes(page, 2), ["no error", "no error", "no error", "no error"]);
  assert.equal(await goldenToken(page), golden.token);
  assert.equal(await goldenTokenInWorker(page), golden.token);
}

/** Starts the server as `npx vite` does, on a free port until the test ends. */
async function developed(t: TestContext, config: InlineConfig): Promise<string> {
  const server = await createServer({
    root: project.folder,
    configFile: false,
    logLevel: "warn",
    server: { host: "127.0.0.1", port: 0 },
    ...config,
  });
  t.after(() => server.close());
  await server.listen();
  const [url] = server.resolvedUrls?.local ?? [];
  assert.ok(url);
  return url;
}
