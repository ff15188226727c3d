// The hooks in Chromium and Firefox.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { BlindtallyProvider } from "blindtally/react";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { build, preview } from "vite";
import { browsers } from "../browser/drivers.js";
import { localAnalytics } from "../services/support/analytics.js";
import { App } from "./react/app.js";
import type { Outcome } from "./react/page.js";

const sources = fileURLToPath(new URL("../../events/react/", import.meta.url));
const CASES_MS = 120_000;

for (const { name, skip, open } of browsers) {
  test(`every case of the hooks holds in ${name}`, { skip, timeout: 2 * CASES_MS }, async (context) => {
    const outDir = mkdtempSync(join(tmpdir(), "blindtally-react-"));
    context.after(() => rmSync(outDir, { recursive: true, force: true }));
    const common = { configFile: false, root: sources, logLevel: "warn" } as const;
    // React's development build, which checks what it hydrates and runs effects twice in strict mode.
    const define = { "process.env.NODE_ENV": '"development"' };
    await build({ ...common, define, build: { outDir, emptyOutDir: true, target: "es2022", minify: false } });
    const html = renderToString(createElement(BlindtallyProvider, { client: undefined }, createElement(App)));
    writeFileSync(join(outDir, "server.html"), html);
    const site = await preview({ ...common, build: { outDir }, preview: { host: "127.0.0.1", port: 0 } });
    context.after(() => site.close());
    const [address] = site.resolvedUrls?.local ?? [];
    assert.ok(address);
    const { url: api } = await localAnalytics(context, { allowOrigins: [new URL(address).origin] });

    const driver = await open();
    let outcomes: readonly Outcome[];
    try {
      await driver.get(`${address}?api=${encodeURIComponent(api)}`);
      const ready = () =>
        driver.executeScript<readonly Outcome[] | null>("return globalThis.outcomes ?? null");
      outcomes = (await driver.wait(ready, CASES_MS, `${name} gave no outcome`)) as readonly Outcome[];
    } finally {
      await driver.quit();
    }
    assert.ok(outcomes.length >= 15);
    for (const { claim, message } of outcomes) {
      await context.test(`${claim} (${name})`, () => assert.equal(message, undefined));
    }
  });
}
