// @ts-check
// `node benches/frames.mjs [rows] [rounds]`: the frames of a page in headless Chromium while it reads a result map,
// in a worker and in the page itself. After `npm run build`.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { build, preview } from "vite";
import { spread } from "./js/statistics.mjs";

/** @typedef {import("./js/page/frames.mjs").Frames} Frames */

const SOURCES = fileURLToPath(new URL("js/page", import.meta.url));
const [rows = "1000000", rounds = "3"] = process.argv.slice(2);

const outDir = mkdtempSync(join(tmpdir(), "blindtally-frames-"));
try {
  const measured = await inChromium(Number(rows), Number(rounds));
  console.log(`${rows} rows, medians of ${rounds} rounds, times in milliseconds\n`);
  console.log(
    "| read by | whole time | frames | median interval | 99 of 100 within | longest | later than 25 ms |",
  );
  console.log("|---|---|---|---|---|---|---|");
  for (const [way, all] of Object.entries(measured)) {
    const cells = /** @type {const} */ (["total", "frames", "median", "p99", "longest", "late"]).map((what) =>
      spread(all.map((frames) => frames[what])).median.toFixed(what === "total" || what === "frames" ? 0 : 1),
    );
    console.log(`| ${way} | ${cells.join(" | ")} |`);
  }
} finally {
  rmSync(outDir, { recursive: true, force: true });
}

/** @param {number} rows @param {number} rounds @returns {Promise<Record<string, Frames[]>>} */
async function inChromium(rows, rounds) {
  const common = /** @type {const} */ ({ configFile: false, root: SOURCES, logLevel: "error" });
  const input = join(SOURCES, "frames.html");
  await build({
    ...common,
    build: { outDir, emptyOutDir: true, target: "es2022", rolldownOptions: { input } },
  });
  const server = await preview({ ...common, build: { outDir }, preview: { host: "127.0.0.1", port: 0 } });
  const args = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--js-flags=--expose-gc"];
  const executablePath = process.env.CHROME_PATH ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(`${server.resolvedUrls?.local[0]}frames.html`);
    await page.waitForFunction(() => "measureFrames" in globalThis);
    return await page.evaluate(
      ([rows, rounds]) => /** @type {any} */ (globalThis).measureFrames(rows, rounds),
      [rows, rounds],
    );
  } finally {
    await browser.close();
    await server.close();
  }
}
