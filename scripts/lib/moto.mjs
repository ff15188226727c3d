// @ts-check
// moto, a server that answers as AWS does: the one that MOTO_SERVER names, else installed from PyPI into a folder of
// this project, of the versions in tests/kms/requirements.txt.

import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { inPath } from "./cargo-tools.mjs";
import { root, target } from "./paths.mjs";
import { run } from "./run.mjs";
import { unlessFresh } from "./stamp.mjs";

/** @typedef {import("./log.mjs").Step} Step */

const REQUIREMENTS = "tests/kms/requirements.txt";
const FOLDER = "target/moto";
const SERVER = `${FOLDER}/bin/moto_server`;
const INSTALL_TIMEOUT_MS = 600_000;

/** Where its program is. @param {Step} step @returns {Promise<{ path: string } | { reason: string }>} */
export async function ensureMoto(step) {
  const named = process.env.MOTO_SERVER;
  if (named) return { path: named };
  const python = inPath("python3").find((path) => existsSync(path));
  if (python === undefined) return { reason: "there is no python3, which moto needs" };
  const path = join(target, "moto/bin/moto_server");
  const work = { name: "moto", inputs: [REQUIREMENTS], outputs: [SERVER] };
  try {
    await unlessFresh(work, () => install(python, step));
  } catch (error) {
    return {
      reason: `moto cannot be installed: ${error instanceof Error ? firstLine(error.message) : error}`,
    };
  }
  return { path };
}

/** @param {string} python @param {Step} step */
async function install(python, step) {
  const folder = join(target, "moto");
  rmSync(folder, { recursive: true, force: true });
  const options = {
    log: "install-moto",
    timeoutMs: INSTALL_TIMEOUT_MS,
    onLine: (/** @type {string} */ line) => step.note(line),
  };
  step.note("python3 -m venv");
  await run(python, ["-m", "venv", folder], options);
  step.note("pip install moto");
  const requirements = ["-r", join(root, REQUIREMENTS)];
  const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", ...requirements];
  await run(join(folder, "bin/python3"), pip, options);
}

/** @param {string} text */
const firstLine = (text) => text.split("\n")[0];
