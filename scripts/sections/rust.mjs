// @ts-check
// The Rust tests: native, and compiled to wasm32 in Node and in browsers.

import { capabilitiesFile } from "../lib/browsers.mjs";
import { wasmTarget } from "../lib/paths.mjs";
import { counted, skip } from "../lib/section.mjs";
import { TRIPLE } from "../lib/wasm-target.mjs";
import { chromium, firefox, testRunner, wasmToolchain } from "./needs.mjs";

/** @typedef {import("../lib/section.mjs").Section} Section */

/** A test program is given this long in a browser, in seconds. */
const BROWSER_TIMEOUT = "300";

/** What not everybody needs is tested all the same. */
const WITH_SEALING = ["--features", "sealing"];

/** @type {Section} */
export const native = {
  name: "rust",
  run: () =>
    counted({
      title: "Rust tests and the examples in its documentation",
      counts: "cargo",
      command: "cargo",
      args: ["test", "--package", "blindtally", ...WITH_SEALING, "--no-fail-fast"],
      log: "test-rust",
    }),
};

/** @type {Section} */
export const inNode = {
  name: "rust-wasm-node",
  run: () => inRuntime("Node", { WASM_BINDGEN_TEST_ONLY_NODE: "1" }),
};

/** @type {Section} */
export const inChromium = {
  name: "rust-wasm-chromium",
  async run() {
    const browser = await chromium();
    if ("reason" in browser) return skip(browser.reason);
    return inRuntime(`Chromium ${browser.version}`, {
      ...IN_BROWSER,
      CHROMEDRIVER: browser.driver,
      WASM_BINDGEN_TEST_WEBDRIVER_JSON: capabilitiesFile("goog:chromeOptions", browser),
    });
  },
};

/** @type {Section} */
export const inFirefox = {
  name: "rust-wasm-firefox",
  async run() {
    const browser = await firefox();
    if ("reason" in browser) return skip(browser.reason);
    return inRuntime(`Firefox ${browser.version}`, {
      ...IN_BROWSER,
      GECKODRIVER: browser.driver,
      WASM_BINDGEN_TEST_WEBDRIVER_JSON: capabilitiesFile("moz:firefoxOptions", browser),
    });
  },
};

/** What `wasm-pack test --headless` sets, and the choice of a browser for programs that leave it open. */
const IN_BROWSER = {
  WASM_BINDGEN_TEST_ONLY_WEB: "1",
  WASM_BINDGEN_USE_BROWSER: "1",
  WASM_BINDGEN_TEST_TIMEOUT: BROWSER_TIMEOUT,
  WASM_BINDGEN_TEST_DRIVER_TIMEOUT: "60",
};

/** @param {string} runtime @param {Record<string, string>} settings */
async function inRuntime(runtime, settings) {
  const toolchain = await wasmToolchain();
  const runner = await testRunner();
  return counted({
    title: `Rust tests as WebAssembly in ${runtime}`,
    counts: "cargo",
    command: toolchain.cargo,
    args: [
      "test",
      "--package",
      "blindtally",
      ...WITH_SEALING,
      "--tests",
      "--target",
      TRIPLE,
      "--no-fail-fast",
    ],
    env: {
      ...toolchain.env,
      CARGO_TARGET_DIR: wasmTarget,
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: runner,
      // Debug information makes the programs ten times as large, and no debugger reads it here.
      CARGO_PROFILE_DEV_DEBUG: "false",
      CHROMEDRIVER: undefined,
      GECKODRIVER: undefined,
      ...settings,
    },
    log: `test-rust-wasm-${runtime.split(" ")[0]?.toLowerCase()}`,
  });
}
