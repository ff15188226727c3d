// @ts-check
// Makes pkg/dist of pkg/src and pkg/wasm. Plain tsc: a bundler would rewrite the lines that find the wasm file.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleCli } from "./cli/bundle.mjs";
import { vendor } from "./vendor.mjs";

const pkg = dirname(fileURLToPath(import.meta.url));
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
/** The one that everybody loads, and the one that seals. */
const WASM = { "blindtally.wasm": "wasm/blindtally_bg.wasm", "sealing.wasm": "wasm/sealing_bg.wasm" };

/** Modules of which there is one for Node and one for everywhere else. */
const NODE_MODULES = ["sealing/source"];

/** @param {string[]} args */
const compile = (...args) => execFileSync(process.execPath, [tsc, ...args], { cwd: pkg, stdio: "inherit" });

rmSync(join(pkg, "dist"), { recursive: true, force: true });

// The bytes as text, for the entry `inline`.
const base64 = readFileSync(join(pkg, WASM["blindtally.wasm"])).toString("base64");
writeFileSync(join(pkg, "wasm/inline.js"), `export const base64 = "${base64}";\n`);
writeFileSync(join(pkg, "wasm/inline.d.ts"), "export const base64: string;\n");

// CommonJS first: the ES modules for Node hand on what it exports.
mkdirSync(join(pkg, "dist/cjs/wasm"), { recursive: true });
writeFileSync(join(pkg, "dist/cjs/package.json"), '{ "type": "commonjs" }\n');
compile("-p", "tsconfig.cjs.json");
// Modules that Node has in the place of others (`moduleSuffixes`) get the names by which they are imported.
for (const name of NODE_MODULES) {
  for (const kind of [".js", ".d.ts"]) {
    renameSync(join(pkg, `dist/cjs/${name}.node${kind}`), join(pkg, `dist/cjs/${name}${kind}`));
  }
}
compile("-p", "tsconfig.glue.json");

compile("-p", "tsconfig.json");
mkdirSync(join(pkg, "dist/esm/wasm"), { recursive: true });
for (const file of ["blindtally", "inline", "sealing"]) {
  copyFileSync(join(pkg, `wasm/${file}.js`), join(pkg, `dist/esm/wasm/${file}.js`));
  for (const format of ["esm", "cjs"]) {
    copyFileSync(join(pkg, `wasm/${file}.d.ts`), join(pkg, `dist/${format}/wasm/${file}.d.ts`));
  }
}
for (const [name, file] of Object.entries(WASM)) copyFileSync(join(pkg, file), join(pkg, "dist", name));
for (const license of ["LICENSE-MIT", "LICENSE-APACHE"])
  copyFileSync(join(pkg, "..", license), join(pkg, license));

await vendor();

// Last: it is checked against what the package exports.
await bundleCli(compile);
