// The cases of every runtime, in headless Chromium and Firefox, as Vite bundles them.

import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build, preview } from "vite";
import { browsers } from "./drivers.js";
import type { Outcome } from "./page.js";

const sources = fileURLToPath(new URL("../../browser/", import.meta.url));
const vectors = fileURLToPath(new URL("../../vectors/", import.meta.url));
/** What the page fetches. */
const VECTOR_FILES = [
  "bt1.json",
  "br1.json",
  "properties.json",
  "keysets.json",
  "sealed.json",
  "shares.json",
];
const STARTUP_MS = 60_000;
const CASES_MS = 240_000;

for (const { name, skip, open } of browsers) {
  test(`every case holds in ${name}`, { skip, timeout: STARTUP_MS + CASES_MS }, async (context) => {
    const address = await servePage(context);
    const driver = await open();
    let outcomes: readonly Outcome[];
    try {
      await driver.get(address);
      const ready = () =>
        driver.executeScript<readonly Outcome[] | null>("return globalThis.outcomes ?? null");
      outcomes = (await driver.wait(ready, CASES_MS, `${name} gave no outcome`)) as readonly Outcome[];
    } finally {
      await driver.quit();
    }
    assert.ok(outcomes.length > 0);
    for (const { claim, message } of outcomes) {
      await context.test(`${claim} (${name})`, () => assert.equal(message, undefined));
    }
  });
}

/** Builds the page as a user would and serves it until the test ends. */
async function servePage(context: { after(done: () => unknown): void }): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), "blindtally-suite-"));
  context.after(() => rmSync(outDir, { recursive: true, force: true }));
  const common = { configFile: false, root: sources, logLevel: "warn" } as const;
  await build({ ...common, build: { outDir, emptyOutDir: true, target: "es2022" } });
  for (const file of VECTOR_FILES) copyFileSync(join(vectors, file), join(outDir, file));
  const server = await preview({ ...common, build: { outDir }, preview: { host: "127.0.0.1", port: 0 } });
  context.after(() => server.close());
  const [address] = server.resolvedUrls?.local ?? [];
  assert.ok(address);
  return address;
}
