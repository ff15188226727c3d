// @ts-check
// Makes pkg/vendor/*.js: the few functions of libraries that the package contains, so that it depends on nothing and a
// page needs no bundler to find them. Their types are written by hand beside them.

import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { librariesOf, licensesOf, titleOf } from "./licenses.mjs";

const pkg = dirname(fileURLToPath(import.meta.url));
const folder = join(pkg, "vendor");

/** What of each library. */
const EXPORTS = {
  idb: 'export { openDB } from "idb";',
};

/** Puts them, with their types and licences, into the package's dist, which must be there. */
export async function vendor() {
  const inputs = [];
  for (const [format, out] of /** @type {const} */ ([
    ["esm", "dist/esm/vendor"],
    ["cjs", "dist/cjs/vendor"],
  ])) {
    mkdirSync(join(pkg, out), { recursive: true });
    for (const name of Object.keys(EXPORTS)) {
      inputs.push(...(await bundle(name, format, join(pkg, out, `${name}.js`))));
      copyFileSync(join(folder, `${name}.d.ts`), join(pkg, out, `${name}.d.ts`));
    }
  }
  writeFileSync(
    join(pkg, "dist/LICENSES.txt"),
    licensesOf("dist/esm/vendor and dist/cjs/vendor contain", inputs),
  );
}

/**
 * @param {string} name @param {"esm" | "cjs"} format @param {string} outfile
 * @returns {Promise<readonly string[]>} the files that went into it
 */
async function bundle(name, format, outfile) {
  /** @type {import("esbuild").BuildOptions & { metafile: true }} */
  const options = {
    stdin: { contents: EXPORTS[/** @type {keyof typeof EXPORTS} */ (name)], resolveDir: pkg },
    outfile,
    bundle: true,
    format,
    // For both: what a browser runs is what Node runs.
    platform: "browser",
    target: "es2022",
    legalComments: "none",
    metafile: true,
    absWorkingDir: pkg,
    logLevel: "warning",
    write: false,
  };
  const { metafile, outputFiles } = await build(options);
  const inputs = Object.keys(metafile.inputs);
  const titles = librariesOf(inputs).map(titleOf).join(", ");
  const head = `/*! ${titles}; see LICENSES.txt of blindtally */\n`;
  writeFileSync(outfile, head + outputFiles?.[0]?.text);
  return inputs;
}
