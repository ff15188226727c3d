// @ts-check
// What sections stand on, each made when the first of them asks.

import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "../build.mjs";
import { ensureChromium, ensureFirefox } from "../lib/browsers.mjs";
import { ensureCargoTool, wasmTestRunner } from "../lib/cargo-tools.mjs";
import { step } from "../lib/log.mjs";
import { ensureMoto } from "../lib/moto.mjs";
import { bin, inRoot } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";
import { once } from "../lib/section.mjs";
import { filesOf } from "../lib/stamp.mjs";
import { ensureWasmToolchain } from "../lib/wasm-target.mjs";

/** The package, the services and the page. */
export const built = once(() => build());

/** The tests in TypeScript, compiled to tests/build. */
export const testsBuilt = once(async () => {
  await built();
  await step("Compiling the tests", async (step) => {
    await run(join(bin, "tsc"), ["--project", "tests"], {
      log: "tsc-tests",
      onLine: (line) => step.note(line),
    });
    // What was compiled from a test that is gone would still be run.
    for (const file of filesOf("tests/build").filter((file) => file.endsWith(".js"))) {
      if (!existsSync(inRoot(file.replace("tests/build/", "tests/").replace(/js$/, "ts"))))
        rmSync(inRoot(file));
    }
  });
});

export const wasmToolchain = once(() => step("Rust for wasm32", ensureWasmToolchain));

/** The path of the program that runs Rust tests compiled to WebAssembly. */
export const testRunner = once(async () => {
  let path = "";
  await step("wasm-bindgen-test-runner", async (step) => {
    path = await ensureCargoTool(wasmTestRunner(), step);
  });
  return path;
});

export const chromium = once(() => step("Chromium and chromedriver", ensureChromium));
export const firefox = once(() => step("Firefox and geckodriver", ensureFirefox));
export const moto = once(() => step("moto", ensureMoto));

/**
 * The environment in which JavaScript tests find the browsers that there are.
 * @param {import("../lib/browsers.mjs").Found | null} chromium @param {import("../lib/browsers.mjs").Found | null} firefox
 * @returns {Record<string, string>}
 */
export function browserEnvironment(chromium, firefox) {
  return {
    ...(chromium && "path" in chromium ? { CHROME_PATH: chromium.path, CHROMEDRIVER: chromium.driver } : {}),
    ...(firefox && "path" in firefox ? { FIREFOX_PATH: firefox.path, GECKODRIVER: firefox.driver } : {}),
  };
}
