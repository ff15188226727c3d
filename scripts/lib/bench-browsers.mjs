// @ts-check
// The same tasks in a page, as Vite bundles it, in headless browsers.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spread } from "../../benches/js/statistics.mjs";
import { ensureChromium, ensureFirefox } from "./browsers.mjs";
import { target } from "./paths.mjs";

/** @typedef {import("./log.mjs").Step} Step */
/** @typedef {import("./browsers.mjs").Browser} Browser */
/** @typedef {import("selenium-webdriver").WebDriver} WebDriver */
/** @typedef {import("../../benches/js/statistics.mjs").Spread} Spread */
/** @typedef {import("./bench-node.mjs").Measured} Measured */

/** @typedef {import("../../benches/js/suite.mjs").Plan & { starts: number }} Plan */
/** @typedef {Measured & { version: string, coldStart: { loaded: Spread, whole: Spread } }} MeasuredInBrowser */

const TIMEOUT_MS = 900_000;
const SOURCES = fileURLToPath(new URL("../../benches/js/page", import.meta.url));

/** @param {"chromium" | "firefox"} name @param {Plan} plan @param {Step} step @returns {Promise<MeasuredInBrowser | { reason: string }>} */
export async function measureInBrowser(name, plan, step) {
  const browser = await (name === "chromium" ? ensureChromium(step) : ensureFirefox(step));
  if ("reason" in browser) return browser;
  const page = await servePage();
  try {
    const driver = await (name === "chromium" ? openChromium(browser) : openFirefox(browser));
    try {
      await driver.manage().setTimeouts({ script: TIMEOUT_MS, pageLoad: 60_000 });
      step.note(`timing in ${name} ${browser.version}`);
      const coldStart = await coldStarts(driver, page.address, plan.starts);
      const measured = await timings(driver, page.address, plan);
      return { ...measured, version: browser.version, coldStart };
    } finally {
      await driver.quit();
    }
  } finally {
    await page.close();
  }
}

/** Whether there was such a browser to measure in. @param {MeasuredInBrowser | { reason: string } | undefined} browser @returns {browser is MeasuredInBrowser} */
export function isMeasured(browser) {
  return browser !== undefined && "encrypting" in browser;
}

/** @param {WebDriver} driver @param {string} address @param {Plan} plan @returns {Promise<Measured>} */
async function timings(driver, address, plan) {
  await driver.get(address);
  await driver.wait(() => driver.executeScript("return 'measureHere' in globalThis"), 30_000);
  // One call that waits: asking again and again would disturb what is timed.
  const outcome = await driver.executeAsyncScript(
    `const [plan, done] = arguments;
     measureHere(plan).then(done, (error) => done({ problem: String(error?.stack ?? error) }));`,
    plan,
  );
  const { problem, ...measured } = /** @type {any} */ (outcome);
  if (problem) throw new Error(problem);
  return measured;
}

/** New pages of one browser: its caches are warm, as they are for most visits. @param {WebDriver} driver @param {string} address @param {number} starts */
async function coldStarts(driver, address, starts) {
  /** @type {{ loaded: number, whole: number }[]} */
  const times = [];
  for (let time = 0; time < starts; time += 1) {
    await driver.get(new URL("cold-start.html", address).href);
    const ready = () => driver.executeScript("return globalThis.coldStart ?? null");
    times.push(/** @type {any} */ (await driver.wait(ready, 30_000)));
  }
  return {
    loaded: spread(times.map(({ loaded }) => loaded)),
    whole: spread(times.map(({ whole }) => whole)),
  };
}

async function servePage() {
  // Only now: the packages may just have been installed.
  const { build, preview } = await import("vite");
  const outDir = join(target, "bench-page");
  const common = /** @type {const} */ ({ configFile: false, root: SOURCES, logLevel: "error" });
  const input = ["index.html", "cold-start.html"].map((file) => join(SOURCES, file));
  await build({
    ...common,
    build: { outDir, emptyOutDir: true, target: "es2022", rolldownOptions: { input } },
  });
  const server = await preview({
    ...common,
    build: { outDir },
    preview: {
      host: "127.0.0.1",
      port: 0,
      // An isolated page gets the fine clock.
      headers: {
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
      },
    },
  });
  const [address] = server.resolvedUrls?.local ?? [];
  if (address === undefined) throw new Error("the page is not served");
  return { address, close: () => server.close() };
}

/** @param {Browser} browser */
async function openChromium({ path, driver }) {
  const { Builder } = await import("selenium-webdriver");
  const { Options, ServiceBuilder } = await import("selenium-webdriver/chrome.js");
  const options = new Options();
  options.setBinaryPath(path);
  options.addArguments("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run");
  options.addArguments("--disable-background-networking", "--disable-component-update", "--disable-sync");
  // So that no task pays for the garbage of another.
  options.addArguments("--js-flags=--expose-gc");
  const service = new ServiceBuilder(driver);
  return new Builder().forBrowser("chrome").setChromeOptions(options).setChromeService(service).build();
}

/** @param {Browser} browser */
async function openFirefox({ path, driver }) {
  const { Builder } = await import("selenium-webdriver");
  const { Options, ServiceBuilder } = await import("selenium-webdriver/firefox.js");
  const options = new Options();
  options.setBinary(path);
  options.addArguments("-headless");
  const service = new ServiceBuilder(driver);
  return new Builder().forBrowser("firefox").setFirefoxOptions(options).setFirefoxService(service).build();
}
