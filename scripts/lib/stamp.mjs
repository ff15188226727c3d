// @ts-check
// Skips work whose inputs have not changed since it last succeeded.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inRoot, stamps } from "./paths.mjs";

/** Folders that hold what was made, never what it was made from. */
const GENERATED = new Set(["node_modules", "dist", "target", ".git"]);

/**
 * What a piece of work reads and writes, as paths in the project. A folder stands for all that is in it but
 * generated folders, unless it is named itself.
 * @typedef {object} Work
 * @property {string} name
 * @property {readonly string[]} inputs
 * @property {readonly string[]} outputs at least one file or folder each
 * @property {readonly string[]} [settings] other things that the result depends on
 */

/**
 * Does `make` unless its inputs are as they were and its outputs exist. Returns what a step shows.
 * @param {Work} work @param {() => Promise<string | void>} make
 */
export async function unlessFresh(work, make) {
  const finish = begin(work);
  if (finish === null) return "up to date";
  const outcome = await make();
  finish();
  return outcome ?? "done";
}

/**
 * Begins work: `null` if there is none to do, else a function to call once it has succeeded.
 * @param {Work} work
 */
export function begin(work) {
  const file = join(stamps, work.name);
  // Taken before the work: an edit during it makes the next run do it again.
  const now = fingerprint(work);
  const fresh =
    existsSync(file) &&
    work.outputs.every((path) => existsSync(inRoot(path))) &&
    readFileSync(file, "utf8") === now;
  if (fresh) return null;
  rmSync(file, { force: true });
  return () => {
    mkdirSync(stamps, { recursive: true });
    writeFileSync(file, now);
  };
}

/** The files that `path` stands for, as paths in the project, in a fixed order. @param {string} path @returns {string[]} */
export function filesOf(path) {
  if (!existsSync(inRoot(path))) return [];
  if (!statSync(inRoot(path)).isDirectory()) return [path];
  return readdirSync(inRoot(path), { withFileTypes: true })
    .filter((entry) => !GENERATED.has(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesOf(join(path, entry.name)) : [join(path, entry.name)]));
}

/** @param {Work} work */
function fingerprint(work) {
  const hash = createHash("sha256");
  for (const setting of work.settings ?? []) hash.update(`${setting}\0`);
  for (const file of work.inputs.flatMap(filesOf)) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(inRoot(file)))
      .update("\0");
  }
  return hash.digest("hex");
}
