// @ts-check
// `npm run fuzz [-- [SECONDS] [TARGET ...]]`: each fuzz target for some seconds, on the nightly toolchain.

import { existsSync, mkdirSync } from "node:fs";
import { delimiter, dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { cargoFuzz, ensureCargoTool } from "./lib/cargo-tools.mjs";
import { say, step } from "./lib/log.mjs";
import { inRoot } from "./lib/paths.mjs";
import { CommandError, main, run } from "./lib/run.mjs";

/** @typedef {import("./lib/log.mjs").Step} Step */

const USAGE = `npm run fuzz [-- [SECONDS] [TARGET ...]]

  SECONDS   how long each target runs (default 60)
  TARGET    only these targets of fuzz/`;

const BUILD_TIMEOUT_MS = 900_000;

/** Why there can be no fuzzing here, or `null`. */
export async function whyNoFuzzing() {
  const nightly = await run("rustup", ["run", "nightly", "rustc", "--version"], {
    allowFailure: true,
    timeoutMs: 30_000,
    // Not a moment to download a toolchain.
    env: { RUSTUP_AUTO_INSTALL: "0" },
  });
  return nightly.ok ? null : "cargo-fuzz needs a nightly toolchain (rustup toolchain install nightly)";
}

/** The names of the targets, compiled and ready. @param {Step} step */
export async function buildFuzzTargets(step) {
  const env = await environment(step);
  const options = { env, log: "fuzz-build", onLine: (/** @type {string} */ line) => step.note(line) };
  await run("cargo", ["fuzz", "build"], { ...options, timeoutMs: BUILD_TIMEOUT_MS });
  const { stdout } = await run("cargo", ["fuzz", "list"], { env });
  return stdout.split("\n").filter(Boolean);
}

/** Runs one target. A finding throws a CommandError. @param {string} target @param {number} seconds @param {Step} step */
export async function fuzz(target, seconds, step) {
  // libFuzzer adds what it finds to the first folder and only reads the other.
  const [corpus, seeds] = [`fuzz/corpus/${target}`, `fuzz/seeds/${target}`];
  mkdirSync(inRoot(corpus), { recursive: true });
  const folders = [corpus, seeds].filter((folder) => existsSync(inRoot(folder)));
  const limits = [`-max_total_time=${seconds}`, "-print_final_stats=1"];
  const args = ["fuzz", "run", target, ...folders, "--", ...limits];
  const { output } = await run("cargo", args, {
    env: await environment(step),
    log: `fuzz-${target}`,
    timeoutMs: BUILD_TIMEOUT_MS + seconds * 1000,
    onLine: (line) => step.note(line),
  });
  const runs = /stat::number_of_executed_units: +(\d+)/.exec(output)?.[1];
  return `${runs ?? "no"} inputs`;
}

/** @param {Step} step */
async function environment(step) {
  const folder = dirname(await ensureCargoTool(cargoFuzz, step));
  return { RUSTUP_TOOLCHAIN: "nightly", PATH: `${folder}${delimiter}${process.env.PATH ?? ""}` };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main(async () => {
    const { values, positionals } = parseArgs({
      options: { help: { type: "boolean" } },
      allowPositionals: true,
    });
    if (values.help) {
      say(USAGE);
      return 0;
    }
    const obstacle = await whyNoFuzzing();
    if (obstacle !== null) {
      say(obstacle);
      return 1;
    }
    const seconds = Number(positionals.find((word) => /^\d+$/.test(word)) ?? 60);
    const wanted = positionals.filter((word) => !/^\d+$/.test(word));
    const targets = await step("Compiling the fuzz targets", buildFuzzTargets);
    const chosen = wanted.length === 0 ? targets : targets.filter((target) => wanted.includes(target));
    if (chosen.length === 0) {
      say(`There is no such target. The targets are ${targets.join(", ")} (in ${inRoot("fuzz")}).`);
      return 1;
    }
    let failed = 0;
    for (const target of chosen) {
      try {
        await step(`Fuzzing ${target} for ${seconds} s`, (step) => fuzz(target, seconds, step));
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        failed += 1;
        say(error.message);
      }
    }
    return failed === 0 ? 0 : 1;
  });
}
