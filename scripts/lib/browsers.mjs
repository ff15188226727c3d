// @ts-check
// The browsers and WebDrivers of this machine: those the environment names, else those in the usual places, else, on
// Debian, its packages.

import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { install, missing, whyNoApt } from "./apt.mjs";
import { ensureCargoTool, findCargoTool, geckodriver, inPath } from "./cargo-tools.mjs";
import { inRoot, target } from "./paths.mjs";
import { run } from "./run.mjs";

/** @typedef {import("./log.mjs").Step} Step */
/** @typedef {{ path: string, driver: string, version: string }} Browser */
/** @typedef {Browser | { reason: string }} Found */

const CHROMIUM = [
  ...["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].flatMap(inPath),
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const CHROMEDRIVER = [...inPath("chromedriver"), "/usr/lib/chromium/chromedriver"];
const FIREFOX = [
  ...["firefox", "firefox-esr"].flatMap(inPath),
  "/Applications/Firefox.app/Contents/MacOS/firefox",
];
const GECKODRIVER = inPath("geckodriver");

/** Chromium or Chrome, and a chromedriver of the same major version. @param {Step} step @returns {Promise<Found>} */
export async function ensureChromium(step) {
  const found = await findChromium();
  if (!("reason" in found)) return found;
  const obstacle = await installFromDebian(["chromium", "chromium-driver"], step);
  return obstacle === null ? findChromium() : { reason: `${found.reason}, and ${obstacle}` };
}

/** Firefox and geckodriver. @param {Step} step @returns {Promise<Found>} */
export async function ensureFirefox(step) {
  if (program("FIREFOX_PATH", FIREFOX) === null) {
    const obstacle = await installFromDebian(["firefox-esr"], step);
    if (obstacle !== null) return { reason: `there is no Firefox, and ${obstacle}` };
  }
  const path = program("FIREFOX_PATH", FIREFOX);
  if (path === null) return { reason: "there is no Firefox in PATH or where FIREFOX_PATH says" };
  const version = await versionOf(path);
  if (version === null) return { reason: `${path} does not start` };
  const driver = program("GECKODRIVER", GECKODRIVER) ?? (await findCargoTool(geckodriver));
  if (driver !== null) return { path, driver, version };
  try {
    return { path, driver: await ensureCargoTool(geckodriver, step), version };
  } catch (error) {
    return { reason: `there is no geckodriver, and it cannot be compiled: ${messageOf(error)}` };
  }
}

/**
 * The driver of WebKit, which finds its own small browser, and a display in memory, which that draws on.
 * @param {Step} step @returns {Promise<{ driver: string, display: string } | { reason: string }>}
 */
export async function ensureWebKit(step) {
  const find = () => ({
    driver: program("WEBKIT_DRIVER", inPath("WebKitWebDriver")),
    display: inPath("Xvfb").find(isExecutable) ?? null,
  });
  let obstacle = null;
  if (Object.values(find()).includes(null)) {
    obstacle = await installFromDebian(["webkit2gtk-driver", "xvfb"], step);
  }
  const { driver, display } = find();
  if (driver !== null && display !== null) return { driver, display };
  const reason = `there is no ${driver === null ? "WebKitWebDriver" : "Xvfb"} in PATH`;
  return { reason: obstacle === null ? reason : `${reason}, and ${obstacle}` };
}

/** Chromium as it is installed. @returns {Promise<Found>} */
async function findChromium() {
  const path = program("CHROME_PATH", CHROMIUM);
  if (path === null) return { reason: "there is no Chromium or Chrome in PATH or where CHROME_PATH says" };
  const version = await versionOf(path);
  if (version === null) return { reason: `${path} does not start` };
  const driver = program("CHROMEDRIVER", CHROMEDRIVER);
  if (driver === null) return { reason: `there is no chromedriver for ${path}` };
  const driverVersion = await versionOf(driver);
  if (driverVersion === null || major(driverVersion) !== major(version)) {
    return { reason: `${driver} is ${driverVersion ?? "broken"}, ${path} is ${version}` };
  }
  return { path, driver, version };
}

/**
 * The WebDriver capabilities of webdriver.json with the browser's own path in them, as a file.
 * @param {"goog:chromeOptions" | "moz:firefoxOptions"} options @param {Browser} browser
 */
export function capabilitiesFile(options, browser) {
  const capabilities = JSON.parse(readFileSync(inRoot("webdriver.json"), "utf8"));
  const file = join(target, `webdriver-${options.split(":")[0]}.json`);
  mkdirSync(target, { recursive: true });
  writeFileSync(file, JSON.stringify({ [options]: { ...capabilities[options], binary: browser.path } }));
  return file;
}

/** Why the packages cannot be installed, or `null` once they are. @param {string[]} packages @param {Step} step */
async function installFromDebian(packages, step) {
  const obstacle = await whyNoApt();
  if (obstacle !== null) return obstacle;
  const wanted = await missing(packages);
  if (wanted.length === 0) return null;
  step.note(`apt-get install ${wanted.join(" ")}`);
  try {
    await install(wanted, step);
    return null;
  } catch (error) {
    return `apt-get cannot install ${wanted.join(" ")}: ${messageOf(error)}`;
  }
}

/** The program that the environment names, else the first of the usual ones that is there. @param {string} variable @param {string[]} usual */
function program(variable, usual) {
  const named = process.env[variable];
  return (named ? [named] : usual).find(isExecutable) ?? null;
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} path */
async function versionOf(path) {
  const result = await run(path, ["--version"], { allowFailure: true, timeoutMs: 60_000 });
  return result.ok ? (/\d+(\.\d+)+/.exec(result.stdout)?.[0] ?? null) : null;
}

/** @param {string} version */
const major = (version) => version.split(".")[0];

/** @param {unknown} error */
const messageOf = (error) => (error instanceof Error ? error.message : String(error));
