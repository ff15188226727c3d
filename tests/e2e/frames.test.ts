// A page keeps drawing while it reads a large map in a worker. Counted in frames and rows, not in seconds.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build, preview } from "vite";
import { visit } from "./support/browser.js";

const ROWS = 300_000;
const SOURCES = fileURLToPath(new URL("../../browser/", import.meta.url));

test(`a page draws frames while a worker reads ${ROWS} rows for it, and none while it reads them itself`, async (t) => {
  const { context } = await visit(t);
  const page = await context.newPage();
  await page.goto(await site(t));
  await page.waitForFunction(() => globalThis.framesWhileReading !== undefined);
  const seen = (inWorker: boolean) =>
    page.evaluate(([rows, inWorker]) => globalThis.framesWhileReading?.(rows, inWorker), [
      ROWS,
      inWorker,
    ] as const);

  assert.deepEqual(await seen(false), { frames: 0, mostRows: ROWS, names: ROWS });
  const worker = await seen(true);
  assert.ok(worker);
  assert.equal(worker.names, ROWS);
  assert.ok(worker.frames >= 4, `${worker.frames} frames`);
  assert.ok(worker.mostRows <= ROWS / 2, `${worker.mostRows} rows between two frames`);
});

/** Builds the page as a user would and serves it until the test ends. */
async function site(t: TestContext): Promise<string> {
  const outDir = await mkdtemp(join(tmpdir(), "blindtally-frames-"));
  t.after(() => rm(outDir, { recursive: true, force: true, maxRetries: 5 }));
  const common = { configFile: false, root: SOURCES, logLevel: "warn" } as const;
  const rolldownOptions = { input: join(SOURCES, "frames.html") };
  await build({ ...common, build: { outDir, emptyOutDir: true, target: "es2022", rolldownOptions } });
  const server = await preview({ ...common, build: { outDir }, preview: { host: "127.0.0.1", port: 0 } });
  t.after(() => server.close());
  return `${server.resolvedUrls?.local[0]}frames.html`;
}
