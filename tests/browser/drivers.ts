// The two browsers of the tests, each through its WebDriver.

import { existsSync } from "node:fs";
import { Builder, type WebDriver } from "selenium-webdriver";
import chrome from "selenium-webdriver/chrome.js";
import firefox from "selenium-webdriver/firefox.js";
import { CHROMIUM_ARGUMENTS, CHROMIUM_PATH } from "./chromium.js";

/** Preferences of a browser. */
export type Preferences = Readonly<Record<string, boolean>>;

/** A browser that tests run in. */
export interface TestBrowser {
  readonly name: "Chromium" | "Firefox";
  /** Why it is not there, or `false`; for the option `skip` of a test. */
  readonly skip: string | false;
  /**
   * @param profile the folder of what it keeps; without it, it forgets everything when it ends.
   * @param preferences what its user has set, under the names that this browser has for it.
   */
  open(profile?: string, preferences?: Preferences): Promise<WebDriver>;
}

const {
  CHROMEDRIVER = "/usr/bin/chromedriver",
  FIREFOX_PATH = "/usr/bin/firefox-esr",
  GECKODRIVER = "",
} = process.env;

export const browsers: readonly TestBrowser[] = [
  { name: "Chromium", skip: whyNot("Chromium", [CHROMIUM_PATH, CHROMEDRIVER]), open: openChromium },
  { name: "Firefox", skip: whyNot("Firefox", [FIREFOX_PATH, GECKODRIVER]), open: openFirefox },
];

function whyNot(name: string, needs: readonly string[]): string | false {
  const missing = needs.find((path) => !existsSync(path));
  if (missing === undefined) return false;
  return `${name} or its driver is not there: ${missing || "GECKODRIVER is not set"}`;
}

function openChromium(profile?: string, preferences: Preferences = {}): Promise<WebDriver> {
  const options = new chrome.Options();
  options.setBinaryPath(CHROMIUM_PATH);
  options.addArguments("--headless=new", ...CHROMIUM_ARGUMENTS);
  if (profile !== undefined) options.addArguments(`--user-data-dir=${profile}`);
  options.setUserPreferences(preferences);
  const service = new chrome.ServiceBuilder(CHROMEDRIVER);
  return new Builder().forBrowser("chrome").setChromeOptions(options).setChromeService(service).build();
}

function openFirefox(profile?: string, preferences: Preferences = {}): Promise<WebDriver> {
  const options = new firefox.Options();
  options.setBinary(FIREFOX_PATH);
  options.addArguments("-headless");
  if (profile !== undefined) options.addArguments("-profile", profile);
  // Without these, Firefox has no authenticator that WebDriver adds.
  options.setPreference("security.webauth.webauthn_enable_softtoken", true);
  options.setPreference("security.webauth.webauthn_enable_usbtoken", false);
  for (const [name, value] of Object.entries(preferences)) options.setPreference(name, value);
  const service = new firefox.ServiceBuilder(GECKODRIVER);
  return new Builder().forBrowser("firefox").setFirefoxOptions(options).setFirefoxService(service).build();
}
