// @ts-check
// The licences of the libraries that are bundled into the package: whoever ships their code ships these too.

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";

const require = createRequire(import.meta.url);

/**
 * The text that accompanies a bundle.
 * @param {string} what the file, or files, that contain the libraries
 * @param {readonly string[]} inputs the files that went into them, as esbuild lists them
 */
export function licensesOf(what, inputs) {
  const parts = librariesOf(inputs).map((name) => {
    const folder = folderOf(name);
    const file = readdirSync(folder).find((file) => /^licen[cs]e(\.md|\.txt)?$/i.test(file));
    if (file === undefined) throw new Error(`${name} has no file with its licence.`);
    return `${titleOf(name)}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
  });
  const line = "-".repeat(80);
  return `${what} these libraries.\n\n${parts.join(`\n${line}\n\n`)}`;
}

/** The libraries of which a file is among these, by name. @param {readonly string[]} inputs */
export function librariesOf(inputs) {
  const names = inputs.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  return [...new Set(names)].sort();
}

/** A library as it is cited. @param {string} name */
export function titleOf(name) {
  const { version, license } = JSON.parse(readFileSync(join(folderOf(name), "package.json"), "utf8"));
  return `${name} ${version} (${license})`;
}

/** The folder of an installed package, found from one of its modules. @param {string} name */
function folderOf(name) {
  const found = require.resolve(name);
  const marker = join("node_modules", ...name.split("/"));
  const folder = found.slice(0, found.lastIndexOf(marker) + marker.length);
  if (relative(folder, found).startsWith("..")) throw new Error(`${name} is not in its own folder.`);
  return folder;
}
