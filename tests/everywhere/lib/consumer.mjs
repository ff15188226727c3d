// @ts-check
// A project of a user: an empty folder outside of this repository, with the packed package installed.

import { cp, mkdir, mkdtemp, readdir, readFile, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "../../../scripts/lib/paths.mjs";
import { run } from "../../../scripts/lib/run.mjs";
import { checkModule, checkScript } from "./check.mjs";
import { installTool } from "./tools.mjs";

/** @typedef {import("../../../scripts/lib/log.mjs").Step} Step */
/** @typedef {import("../../../scripts/lib/run.mjs").RunResult} RunResult */

/**
 * @typedef {object} ConsumerOptions
 * @property {string | URL} [from] a folder whose files are copied into the project
 * @property {Readonly<Record<string, string>>} [files] texts of files of the project
 * @property {readonly string[]} [tools] folders of tests/everywhere/tools whose packages are put into its node_modules
 * @property {Readonly<Record<string, unknown>>} [manifest] members of its package.json; `"type": "module"` if not said
 */

/**
 * @typedef {object} Consumer
 * @property {string} folder
 * @property {string} installed where the package is
 * @property {(files: Readonly<Record<string, string>>) => Promise<void>} write
 * @property {(command: string, args: readonly string[], options?: { env?: Record<string, string>, timeoutMs?: number }) => Promise<RunResult>} run
 *   a program in the project's folder, with the environment of a user's own shell
 * @property {(command: string, args: readonly string[], options?: { env?: Record<string, string>, timeoutMs?: number }) => Promise<unknown>} report
 *   the same; gives back the JSON on the last line of its output
 * @property {(name: string) => string} program the path of a program that its node_modules has
 */

const NPM_TIMEOUT_MS = 120_000;
const PROGRAM_TIMEOUT_MS = 120_000;

/**
 * Packs the package and installs it in an empty folder, from which every consumer begins: npm takes a second for each.
 * The caller removes the folder.
 * @param {Step} step
 */
export async function packPackage(step) {
  const folder = await mkdtemp(join(tmpdir(), "blindtally-packed-"));
  step.note("npm pack");
  const args = ["pack", "--json", "--workspace", "blindtally", "--pack-destination", folder];
  const { stdout } = await run("npm", args, { cwd: root, timeoutMs: NPM_TIMEOUT_MS });
  const [{ filename }] = JSON.parse(stdout);
  const installed = join(folder, "installed");
  await mkdir(installed);
  await writeFile(join(installed, "package.json"), '{ "private": true }\n');
  step.note("npm install");
  const install = ["install", "--offline", "--no-audit", "--no-fund", "--legacy-peer-deps", `../${filename}`];
  await run("npm", install, { cwd: installed, env: CLEAN, timeoutMs: NPM_TIMEOUT_MS });
  return { folder, installed };
}

/** @param {string} installed @param {Step} step @param {ConsumerOptions} [options] @returns {Promise<Consumer>} */
export async function createConsumer(installed, step, options = {}) {
  // A space, because a path that goes through a URL must survive one.
  const folder = await realpath(await mkdtemp(join(tmpdir(), "blindtally consumer-")));
  const modules = join(folder, "node_modules");
  await cp(installed, folder, { recursive: true });
  const { dependencies } = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
  const manifest = { private: true, type: "module", dependencies, ...options.manifest };
  await writeFile(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const tool of options.tools ?? []) await copyPackages(await installTool(tool, step), modules);
  /** @type {Consumer["write"]} */
  const write = async (files) => {
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
    }
  };
  await write({ "check.js": checkModule, "check.cjs": checkScript });
  if (options.from) await cp(options.from, folder, { recursive: true });
  await write(options.files ?? {});
  /** @type {Consumer["run"]} */
  const runIn = (command, args, { env = {}, timeoutMs = PROGRAM_TIMEOUT_MS } = {}) =>
    run(command, args, {
      cwd: folder,
      env: { ...CLEAN, ...env },
      timeoutMs,
      onLine: (line) => step.note(line),
    });
  return {
    folder,
    installed: join(modules, "blindtally"),
    write,
    run: runIn,
    async report(command, args, options) {
      const { stdout } = await runIn(command, args, options);
      const line = stdout.trimEnd().split("\n").at(-1);
      if (!line) throw new Error(`${[command, ...args].join(" ")} reported nothing`);
      return JSON.parse(line);
    },
    program: (name) => join(modules, ".bin", name),
  };
}

/** Takes away what npm, a test runner and this project's scripts have put into the environment. */
const CLEAN = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => /^(npm_|NODE_OPTIONS$|NODE_TEST_CONTEXT$|NODE_ENV$)/i.test(name))
    .map((name) => [name, undefined]),
);

/** Puts the packages of a tool beside what is installed, as one `npm install` of both would. @param {string} tool @param {string} modules */
async function copyPackages(tool, modules) {
  const from = join(tool, "node_modules");
  for (const name of await readdir(from)) {
    if (name === ".package-lock.json") continue;
    await cp(join(from, name), join(modules, name), { recursive: true, verbatimSymlinks: true });
  }
}
