// @ts-check
// Makes dist/cli of pkg/cli: one file with the libraries in it, so that the package depends on nothing. What belongs
// to the package itself stays outside and is found by the package's own name.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { licensesOf } from "../licenses.mjs";

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
  writeFileSync(
    join(out, "LICENSES.txt"),
    licensesOf("dist/cli/main.js contains", Object.keys(metafile.inputs)),
  );
}
