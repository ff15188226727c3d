// @ts-check
// The one .wasm of the package and its glue: compiled, bound, made small, put into pkg/wasm.

import { mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { kilobytes } from "./log.mjs";
import { bin, inRoot, target, wasmTarget } from "./paths.mjs";
import { run, UserError } from "./run.mjs";
import { TRIPLE } from "./wasm-target.mjs";

/** @typedef {import("./log.mjs").Step} Step */
/** @typedef {import("./wasm-target.mjs").WasmToolchain} WasmToolchain */

const PROFILE = "wasm-release";
const OUT = "pkg/wasm";

/**
 * What rustc's wasm32-unknown-unknown uses by default, one by one: a compiler that starts to use more must fail here
 * and not in a visitor's browser. Node 20, Chrome 109, Firefox 115 and Safari 16.4 have all of these.
 */
const FEATURES = [
  "bulk-memory",
  "bulk-memory-opt",
  "call-indirect-overlong",
  "multivalue",
  "mutable-globals",
  "nontrapping-float-to-int",
  "reference-types",
  "sign-ext",
];
const OPTIMIZE = ["-Os", "--mvp-features", ...FEATURES.map((feature) => `--enable-${feature}`)];

/** For stamp.mjs. */
export const wasmWork = {
  name: "wasm",
  inputs: ["src", "Cargo.toml", "Cargo.lock", "tools/bindgen"],
  outputs: [`${OUT}/blindtally_bg.wasm`, `${OUT}/blindtally.js`, `${OUT}/blindtally.d.ts`],
  settings: [PROFILE, ...OPTIMIZE],
};

/** Compiles the tool that writes the glue, with the machine's own toolchain. @param {Step} step */
export async function buildBindgen(step) {
  await run("cargo", ["build", "--package", "blindtally-bindgen"], {
    log: "cargo-bindgen",
    onLine: (line) => step.note(line),
  });
}

/** Compiles the library to wasm. @param {WasmToolchain} toolchain @param {Step} step */
export async function compileWasm(toolchain, step) {
  const args = ["build", "--lib", "--profile", PROFILE, "--target", TRIPLE, "--features", "bindings"];
  await run(toolchain.cargo, args, {
    env: { ...toolchain.env, CARGO_TARGET_DIR: wasmTarget },
    log: "cargo-wasm",
    onLine: (line) => step.note(line),
  });
}

/** Writes the glue and the optimized .wasm. Returns the sizes, for the step to show. @param {Step} step */
export async function bindWasm(step) {
  const fresh = join(target, "pkg-wasm");
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  step.note("blindtally-bindgen");
  await run(join(target, "debug", "blindtally-bindgen"), [join(wasmTarget, TRIPLE, PROFILE, "blindtally.wasm"), fresh], {
    log: "bindgen",
  });
  const file = join(fresh, "blindtally_bg.wasm");
  step.note("wasm-opt");
  await run(join(bin, "wasm-opt"), [...OPTIMIZE, file, "-o", file], { log: "wasm-opt" });

  const bytes = readFileSync(file);
  if (!WebAssembly.validate(bytes)) throw new UserError(`Node ${process.versions.node} does not accept the compiled .wasm.`);
  rmSync(inRoot(OUT), { recursive: true, force: true });
  renameSync(fresh, inRoot(OUT));
  const [raw, gzip, brotli] = [bytes.length, gzipSync(bytes).length, brotliCompressSync(bytes).length].map(kilobytes);
  return `${raw}, ${gzip} with gzip, ${brotli} with brotli`;
}
