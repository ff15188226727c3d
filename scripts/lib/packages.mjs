// @ts-check
// The npm packages that the lock file names, and the scripts of the workspaces.

import { existsSync, statSync } from "node:fs";
import { inRoot } from "./paths.mjs";
import { run } from "./run.mjs";
import { unlessFresh } from "./stamp.mjs";

/** @typedef {import("./log.mjs").Step} Step */

const INSTALL_TIMEOUT_MS = 900_000;
/** npm writes this file last. */
const INSTALLED = "node_modules/.package-lock.json";
const LOCK = "package-lock.json";

/** Installs what package-lock.json names, unless that is what is there. @param {Step} step */
export async function installPackages(step) {
  if (isInstalled()) return "up to date";
  const work = { name: "npm-packages", inputs: [LOCK], outputs: [INSTALLED] };
  return unlessFresh(work, async () => {
    const command = existsSync(inRoot(LOCK)) ? "ci" : "install";
    step.note(`npm ${command}`);
    await run("npm", [command, "--no-audit", "--no-fund"], {
      log: "npm-install",
      timeoutMs: INSTALL_TIMEOUT_MS,
      onLine: (line) => line.startsWith("npm warn") || step.note(line),
    });
  });
}

/**
 * Runs a workspace's script.
 * @param {string} workspace @param {string} script @param {Step} step
 */
export async function runScript(workspace, script, step) {
  await run("npm", ["run", script, "--workspace", workspace, "--if-present"], {
    log: `npm-${script}-${workspace}`,
    onLine: (line) => step.note(line),
  });
}

/** Whether somebody has run `npm install` by hand since the lock file changed. */
function isInstalled() {
  return (
    existsSync(inRoot(LOCK)) &&
    existsSync(inRoot(INSTALLED)) &&
    statSync(inRoot(INSTALLED)).mtimeMs >= statSync(inRoot(LOCK)).mtimeMs
  );
}
