// The cases of every runtime, in headless Chromium and Firefox, as Vite bundles them.

import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Builder, type WebDriver } from "selenium-webdriver";
import chrome from "selenium-webdriver/chrome.js";
import firefox from "selenium-webdriver/firefox.js";
import { build, preview } from "vite";
import { CHROMIUM_ARGUMENTS, CHROMIUM_PATH } from "./chromium.js";
import type { Outcome } from "./page.js";

const sources = fileURLToPath(new URL("../../browser/", import.meta.url));
const vectors = fileURLToPath(new URL("../../vectors/bt1.json", import.meta.url));
const STARTUP_MS = 60_000;
const CASES_MS = 240_000;

const {
  CHROMEDRIVER = "/usr/bin/chromedriver",
  FIREFOX_PATH = "/usr/bin/firefox-esr",
  GECKODRIVER = "",
} = process.env;

const browsers = [
  { name: "Chromium", needs: [CHROMIUM_PATH, CHROMEDRIVER], open: openChromium },
  { name: "Firefox", needs: [FIREFOX_PATH, GECKODRIVER], open: openFirefox },
];

for (const { name, needs, open } of browsers) {
  const missing = needs.find((path) => !existsSync(path));
  const skip =
    missing === undefined
      ? false
      : `${name} or its driver is not there: ${missing || "GECKODRIVER is not set"}`;
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
  copyFileSync(vectors, join(outDir, "bt1.json"));
  const server = await preview({ ...common, build: { outDir }, preview: { host: "127.0.0.1", port: 0 } });
  context.after(() => server.close());
  const [address] = server.resolvedUrls?.local ?? [];
  assert.ok(address);
  return address;
}

function openChromium(): Promise<WebDriver> {
  const options = new chrome.Options();
  options.setBinaryPath(CHROMIUM_PATH);
  options.addArguments("--headless=new", ...CHROMIUM_ARGUMENTS);
  const service = new chrome.ServiceBuilder(CHROMEDRIVER);
  return new Builder().forBrowser("chrome").setChromeOptions(options).setChromeService(service).build();
}

function openFirefox(): Promise<WebDriver> {
  const options = new firefox.Options();
  options.setBinary(FIREFOX_PATH);
  options.addArguments("-headless");
  const service = new firefox.ServiceBuilder(GECKODRIVER);
  return new Builder().forBrowser("firefox").setFirefoxOptions(options).setFirefoxService(service).build();
}
