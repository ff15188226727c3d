// @ts-check
// `npm run lint [-- [--fix] [NAME ...]]`: everything about the sources and the package that needs no test to run.

import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { say, step } from "./lib/log.mjs";
import { bin, inRoot, target } from "./lib/paths.mjs";
import { CommandError, main, run, UserError } from "./lib/run.mjs";

/** @typedef {import("./lib/log.mjs").Step} Step */
/** @typedef {{ name: string, run(step: Step, fix: boolean): Promise<unknown> }} Check */

const USAGE = `npm run lint [-- [--fix] [NAME ...]]

  --fix   mend what can be mended: rustfmt, clippy and biome
  NAME    only the checks whose name contains it`;

const MAX_LINES = 400;
const COUNTED = new Set([".rs", ".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", ".css", ".html"]);
const PROJECTS = ["pkg", "services", "www", "tests", "scripts", "benches"];

/** @type {Check[]} */
export const checks = [
  {
    name: "rustfmt",
    async run(step, fix) {
      for (const manifest of ["Cargo.toml", "fuzz/Cargo.toml"].filter((path) => existsSync(inRoot(path)))) {
        await tool(
          "rustfmt",
          "cargo",
          ["fmt", "--all", "--manifest-path", manifest, ...(fix ? [] : ["--check"])],
          step,
        );
      }
    },
  },
  {
    name: "Cargo.lock agrees with Cargo.toml",
    run: (step) => tool("cargo-metadata", "cargo", ["metadata", "--locked", "--format-version=1"], step),
  },
  {
    name: "clippy",
    run: (step, fix) =>
      clippy("clippy", ["--workspace", "--all-targets", "--features", "blindtally/sealing"], fix, step),
  },
  {
    // wasm-bindgen compiles natively too, so the binding is seen on every machine.
    name: "clippy of the binding",
    run: (step, fix) =>
      clippy("clippy-bindings", ["--package", "blindtally", "--lib", "--all-features"], fix, step),
  },
  {
    name: "clippy without the standard library",
    run: (step, fix) =>
      clippy("clippy-no-std", ["--package", "blindtally", "--lib", "--no-default-features"], fix, step),
  },
  {
    name: "rustdoc",
    run: (step) => {
      const args = ["doc", "--package", "blindtally", "--features", "sealing", "--no-deps"];
      return tool("rustdoc", "cargo", args, step, { RUSTDOCFLAGS: "-D warnings" });
    },
  },
  ...PROJECTS.map((project) => ({
    name: `tsc of ${project}`,
    run: (/** @type {Step} */ step) =>
      tool(`tsc-${project}`, join(bin, "tsc"), ["--noEmit", "--project", project], step),
  })),
  {
    name: "biome",
    run: (step, fix) =>
      tool(
        "biome",
        join(bin, "biome"),
        fix ? ["check", "--write"] : ["ci", "--error-on-warnings", "--reporter=summary", "--colors=off"],
        step,
      ),
  },
  {
    name: "publint of the packed package",
    run: async (step) => tool("publint", join(bin, "publint"), ["run", await pack(step), "--strict"], step),
  },
  {
    // Not for Node 10, which knows no `exports`; a .wasm has no types.
    name: "types of the packed package",
    run: async (step) =>
      tool(
        "attw",
        join(bin, "attw"),
        [
          await pack(step),
          "--profile",
          "node16",
          "--exclude-entrypoints",
          "./blindtally.wasm",
          "./sealing.wasm",
        ],
        step,
      ),
  },
  { name: "no registry's address in package-lock.json", run: async () => noAddresses() },
  { name: `no source file over ${MAX_LINES} lines`, run: async () => noLongFile() },
];

/** Runs one check as a step. Returns what is wrong, or `null`. @param {Check} check @param {boolean} fix */
export async function lint(check, fix = false) {
  try {
    await step(check.name, async (step) => void (await check.run(step, fix)));
    return null;
  } catch (error) {
    if (error instanceof CommandError || error instanceof UserError) return error.message;
    throw error;
  }
}

/** @param {string} log @param {string} command @param {readonly string[]} args @param {Step} step @param {Record<string, string>} [env] */
function tool(log, command, args, step, env = {}) {
  return run(command, args, { env, log: `lint-${log}`, onLine: (line) => step.note(line) });
}

/** @param {string} log @param {readonly string[]} scope @param {boolean} fix @param {Step} step */
function clippy(log, scope, fix, step) {
  const mend = fix ? ["--fix", "--allow-dirty", "--allow-staged"] : [];
  return tool(log, "cargo", ["clippy", ...scope, ...mend, "--", "-D", "warnings"], step);
}

/** The package as npm would publish it. @param {Step} step */
async function pack(step) {
  const folder = join(target, "pack");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const args = ["pack", "--workspace", "blindtally", "--pack-destination", folder, "--json"];
  const { stdout } = await run("npm", args, { log: "lint-npm-pack", onLine: (line) => step.note(line) });
  return join(folder, JSON.parse(stdout)[0].filename);
}

/** What a workspace is linked to is a folder; all else has to come from whichever registry the user has. */
function noAddresses() {
  const lock = JSON.parse(readFileSync(inRoot("package-lock.json"), "utf8"));
  const named = Object.entries(lock.packages).filter(([, entry]) => /^[a-z+]+:/.test(entry.resolved ?? ""));
  if (named.length === 0) return;
  const list = named.map(([name]) => `    ${name}`).join("\n");
  throw new UserError(
    `package-lock.json names the address of:\n${list}\n  .npmrc should have kept it from that.`,
  );
}

async function noLongFile() {
  const { stdout } = await run("git", ["ls-files", "--cached", "--others", "--exclude-standard"]);
  const long = stdout
    .split("\n")
    .filter((path) => COUNTED.has(extname(path)) && existsSync(inRoot(path)))
    .map((path) => ({ path, lines: readFileSync(inRoot(path), "utf8").split("\n").length - 1 }))
    .filter(({ lines }) => lines > MAX_LINES);
  if (long.length === 0) return;
  throw new UserError(long.map(({ path, lines }) => `${path} has ${lines} lines; split it.`).join("\n"));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main(async () => {
    const { values, positionals } = parseArgs({
      options: { fix: { type: "boolean" }, help: { type: "boolean" } },
      allowPositionals: true,
    });
    if (values.help) {
      say(USAGE);
      return 0;
    }
    await build();
    const chosen = checks.filter(
      ({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word)),
    );
    const problems = [];
    for (const check of chosen) {
      const problem = await lint(check, values.fix ?? false);
      if (problem !== null) problems.push(`${check.name}\n${problem}`);
    }
    say(problems.length === 0 ? "\nNothing to mend." : `\n${problems.join("\n\n")}`);
    return problems.length === 0 && chosen.length > 0 ? 0 : 1;
  });
}
