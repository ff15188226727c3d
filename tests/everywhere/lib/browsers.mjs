// @ts-check
// Three browsers, each through its WebDriver, and what a page in them reports.

import { readFileSync } from "node:fs";
import { Builder } from "selenium-webdriver";
import chrome from "selenium-webdriver/chrome.js";
import firefox from "selenium-webdriver/firefox.js";
import { ensureChromium, ensureFirefox } from "../../../scripts/lib/browsers.mjs";
import { inRoot } from "../../../scripts/lib/paths.mjs";
import { once } from "../../../scripts/lib/section.mjs";
import { Untested } from "./target.mjs";
import { openWebKit } from "./webkit.mjs";

/** @typedef {import("../../../scripts/lib/log.mjs").Step} Step */
/** @typedef {import("./target.mjs").Context} Context */
/** @typedef {"chromium" | "firefox" | "webkit"} BrowserName */
/** @typedef {{ driver: import("selenium-webdriver").WebDriver, version: string, stop?: () => Promise<unknown> }} Opened */

const REPORT_MS = 30_000;

/** Those that are open: a browser serves all targets, each of which has an address of its own. @type {Map<BrowserName, Opened>} */
const opened = new Map();

/**
 * Opens an address and waits until the page has set `globalThis.report`; gives that back, with the browser's version.
 * @param {Context} context @param {BrowserName} browser @param {string} url
 * @returns {Promise<{ version: string, report: unknown }>}
 */
export async function reportOf(context, browser, url) {
  context.step.note(browser);
  const found = opened.get(browser) ?? (await OPEN[browser](context.step));
  opened.set(browser, found);
  const { driver, version } = found;
  try {
    await driver.get(url);
    const ready = () =>
      driver.executeScript("return globalThis.report === undefined ? null : { is: globalThis.report }");
    const report = await driver.wait(ready, REPORT_MS, `the page reported nothing in ${browser}`);
    return { version, report: /** @type {{ is: unknown }} */ (report).is };
  } catch (error) {
    const said = await consoleOf(driver);
    // Whatever state it is in: the next target gets another one.
    await close(browser);
    throw new Error(`${error instanceof Error ? error.message : error}${said}`, { cause: error });
  }
}

/** Ends all that were opened. */
export async function closeBrowsers() {
  for (const browser of [...opened.keys()]) await close(browser);
}

/** @param {BrowserName} browser */
async function close(browser) {
  const found = opened.get(browser);
  opened.delete(browser);
  // One that has crashed cannot be asked to end.
  await found?.driver.quit().catch(() => undefined);
  await found?.stop?.();
}

/** Found, or installed, once. @param {(step: Step) => Promise<import("../../../scripts/lib/browsers.mjs").Found>} ensure */
function finding(ensure) {
  /** @type {Step} */
  let current;
  const found = once(() => ensure(current));
  return async (/** @type {Step} */ step) => {
    current = step;
    const browser = await found();
    if ("reason" in browser) throw new Untested(browser.reason);
    return browser;
  };
}

const findChromium = finding(ensureChromium);
const findFirefox = finding(ensureFirefox);

/** @param {string} name @returns {string[]} */
const argumentsOf = (name) => JSON.parse(readFileSync(inRoot("webdriver.json"), "utf8"))[name].args;

/** @type {Readonly<Record<BrowserName, (step: Step) => Promise<Opened>>>} */
const OPEN = {
  async chromium(step) {
    const { path, driver, version } = await findChromium(step);
    const options = new chrome.Options();
    options.setBinaryPath(path);
    options.addArguments(...argumentsOf("goog:chromeOptions"));
    const service = new chrome.ServiceBuilder(driver);
    const builder = new Builder().forBrowser("chrome").setChromeOptions(options).setChromeService(service);
    return { driver: await builder.build(), version };
  },
  async firefox(step) {
    const { path, driver, version } = await findFirefox(step);
    const options = new firefox.Options();
    options.setBinary(path);
    options.addArguments(...argumentsOf("moz:firefoxOptions"));
    const service = new firefox.ServiceBuilder(driver);
    const builder = new Builder().forBrowser("firefox").setFirefoxOptions(options).setFirefoxService(service);
    return { driver: await builder.build(), version };
  },
  webkit: openWebKit,
};

/** What Chromium's console says; other drivers do not tell. @param {import("selenium-webdriver").WebDriver} driver */
async function consoleOf(driver) {
  try {
    const entries = await driver.manage().logs().get("browser");
    return entries.map(({ message }) => `\n  ${message}`).join("");
  } catch {
    return "";
  }
}
