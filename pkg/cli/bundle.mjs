// @ts-check
// Makes dist/cli of pkg/cli: one file with the libraries in it, so that the package depends on nothing. What belongs
// to the package itself stays outside and is found by the package's own name.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const cli = dirname(fileURLToPath(import.meta.url));
const pkg = dirname(cli);

/**
 * Checks the types against the built package, which must be there, then bundles.
 * @param {(...args: string[]) => void} compile runs the TypeScript compiler
 */
export async function bundleCli(compile) {
  compile("-p", "cli/tsconfig.json");
  const out = join(pkg, "dist/cli");
  mkdirSync(out, { recursive: true });
  const { version } = JSON.parse(readFileSync(join(pkg, "package.json"), "utf8"));
  const { metafile } = await build({
    entryPoints: [join(cli, "main.ts")],
    outfile: join(out, "main.js"),
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    external: ["blindtally", "blindtally/*", "@aws-sdk/client-kms"],
    define: { BLINDTALLY_VERSION: JSON.stringify(version) },
    legalComments: "none",
    metafile: true,
    absWorkingDir: pkg,
    logLevel: "warning",
  });
  writeFileSync(join(out, "LICENSES.txt"), licensesOf(Object.keys(metafile.inputs)));
}

/** The licence of each library of which a file is in the bundle. @param {readonly string[]} inputs */
function licensesOf(inputs) {
  const names = inputs.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  const parts = [...new Set(names)].sort().map((name) => {
    const folder = folderOf(name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return `${name} ${version} (${license})\n\n${readFileSync(join(folder, "LICENSE"), "utf8").trim()}\n`;
  });
  const line = "-".repeat(80);
  return `dist/cli/main.js contains these libraries.\n\n${parts.join(`\n${line}\n\n`)}`;
}

/** The folder of an installed package, found from one of its modules. @param {string} name */
function folderOf(name) {
  const found = createRequire(join(cli, "bundle.mjs")).resolve(name);
  const marker = join("node_modules", ...name.split("/"));
  const folder = found.slice(0, found.lastIndexOf(marker) + marker.length);
  if (relative(folder, found).startsWith("..")) throw new Error(`${name} is not in its own folder.`);
  return folder;
}
