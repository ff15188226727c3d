// @ts-check
// Runtimes and bundlers that are npm packages: of exact versions, installed when the first target asks.

import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { inRoot, target } from "../../../scripts/lib/paths.mjs";
import { run, UserError } from "../../../scripts/lib/run.mjs";
import { unlessFresh } from "../../../scripts/lib/stamp.mjs";
import { Untested } from "./target.mjs";

/** @typedef {import("../../../scripts/lib/log.mjs").Step} Step */

const INSTALL_TIMEOUT_MS = 600_000;
/** What npm says of a package that the registry lacks, that is not for this machine, or when there is no network. */
const NOT_HERE = /E404|EBADPLATFORM|ETARGET|ENOTFOUND|EAI_AGAIN|ECONNREFUSED/;
const FILES = ["package.json", "package-lock.json"];

/**
 * Installs a folder of tests/everywhere/tools, and says where. A registry that lacks the packages for this machine makes
 * the target untested.
 * @param {string} name @param {Step} step
 */
export async function installTool(name, step) {
  const folder = join(target, "everywhere", "tools", name);
  const work = {
    name: `everywhere-${name.replaceAll("/", "-")}`,
    inputs: FILES.map((file) => `tests/everywhere/tools/${name}/${file}`),
    outputs: [`target/everywhere/tools/${name}/node_modules/.package-lock.json`],
    settings: [process.platform, process.arch],
  };
  await unlessFresh(work, async () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const file of FILES) copyFileSync(inRoot("tests/everywhere/tools", name, file), join(folder, file));
    // Not `npm ci`: a lock file made on one machine cannot name the packages of all others.
    step.note(`npm install (${name})`);
    const result = await run("npm", ["install", "--no-audit", "--no-fund"], {
      cwd: folder,
      log: `install-${name.replaceAll("/", "-")}`,
      timeoutMs: INSTALL_TIMEOUT_MS,
      onLine: (line) => line.startsWith("npm warn") || step.note(line),
      allowFailure: true,
    });
    if (result.ok) return;
    const error = lastError(result.output);
    // A lock file that is wrong is a fault; that there is nothing for this machine is not.
    if (NOT_HERE.test(error)) throw new Untested(`${name} cannot be installed here: npm says ${error}`);
    throw new UserError(`npm install for tests/everywhere/tools/${name} fails with ${error}`);
  });
  return folder;
}

/** The program of an installed tool. @param {string} folder @param {string} name */
export const programOf = (folder, name) => join(folder, "node_modules", ".bin", name);

/** The version of a package that a tool brought. @param {string} folder @param {string} name @returns {string} */
export function versionOf(folder, name) {
  return JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")).version;
}

/** A Node for tools that need 22 or newer: this one, or 24. @param {Step} step */
export async function recentNode(step) {
  return Number.parseInt(process.versions.node, 10) >= 24
    ? process.execPath
    : (await nodeOf("24", step)).path;
}

/** Node of another version than the one that runs this. @param {"20" | "22" | "24" | "26"} major @param {Step} step */
export async function nodeOf(major, step) {
  const folder = await installTool(`node-${major}`, step);
  const path = join(folder, "node_modules/node/bin/node");
  if (!existsSync(path)) throw new Untested(`the npm package node has no Node ${major} for this machine`);
  return { path, version: versionOf(folder, "node") };
}

/** @param {string} output */
function lastError(output) {
  const errors = output
    .split("\n")
    .filter((line) => line.startsWith("npm error") && !line.includes("log of this run"));
  return errors[0]?.replace("npm error ", "") ?? "npm failed";
}
