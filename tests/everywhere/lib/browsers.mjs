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

/**
 * Opens an address and waits until the page has set `globalThis.report`; gives that back, with the browser's version.
 * @param {Context} context @param {BrowserName} browser @param {string} url
 * @returns {Promise<{ version: string, report: unknown }>}
 */
export async function reportOf(context, browser, url) {
  const { driver, version } = await open(context, browser);
  await driver.get(url);
  const ready = () =>
    driver.executeScript("return globalThis.report === undefined ? null : { is: globalThis.report }");
  const found = /** @type {{ is: unknown }} */ (
    await driver.wait(ready, REPORT_MS, `the page reported nothing in ${browser}`).catch(async (error) => {
      throw new Error(`${error.message}${await consoleOf(driver)}`);
    })
  );
  return { version, report: found.is };
}

/** A browser of its own, until the target is over. @param {Context} context @param {BrowserName} browser @returns {Promise<Opened>} */
export async function open(context, browser) {
  context.step.note(browser);
  const opened = await OPEN[browser](context.step);
  context.defer(async () => {
    // A browser that has crashed cannot be asked to end.
    await opened.driver.quit().catch(() => undefined);
    await opened.stop?.();
  });
  return opened;
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
