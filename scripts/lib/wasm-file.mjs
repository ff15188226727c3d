// @ts-check
// The one .wasm of the package and its glue: compiled, bound, made small, put into pkg/wasm.

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { kilobytes } from "./log.mjs";
import { bin, inRoot, target, wasmTarget } from "./paths.mjs";
import { run, UserError } from "./run.mjs";
import { TRIPLE } from "./wasm-target.mjs";

/** @typedef {import("./log.mjs").Step} Step */
/** @typedef {import("./wasm-target.mjs").WasmToolchain} WasmToolchain */

export const PROFILE = "wasm-release";
const OUT = "pkg/wasm";
/** What stands in the .wasm for the folder of this machine that holds the sources of the crates. */
const CRATES = "crates";

/**
 * What rustc's wasm32-unknown-unknown uses by default, one by one: a compiler that starts to use more must fail here
 * and not in a visitor's browser. Node 20, Chrome 114, Firefox 115 and Safari 16.4 have all of these.
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
export const OPTIMIZE = [
  "-Oz",
  "--converge",
  // What made the file and what it needs is known; no engine reads it.
  "--strip-producers",
  "--strip-target-features",
  "--mvp-features",
  ...FEATURES.map((feature) => `--enable-${feature}`),
];

/** SHA-256 is used for deriving keys alone, where its speed matters little: its small form saves 2 kB. */
export const CODE_FLAGS = ["--cfg", 'sha2_backend_soft="compact"'];

/** For stamp.mjs. */
export const wasmWork = {
  name: "wasm",
  inputs: ["src", "Cargo.toml", "Cargo.lock", "tools/bindgen"],
  outputs: [`${OUT}/blindtally_bg.wasm`, `${OUT}/blindtally.js`, `${OUT}/blindtally.d.ts`],
  settings: [PROFILE, CRATES, ...OPTIMIZE, ...CODE_FLAGS],
};

/** Compiles the tool that writes the glue, with the machine's own toolchain. @param {Step} step */
export async function buildBindgen(step) {
  await run("cargo", ["build", "--package", "blindtally-bindgen"], {
    // Wherever the user's other builds go.
    env: { CARGO_TARGET_DIR: target },
    log: "cargo-bindgen",
    onLine: (line) => step.note(line),
  });
}

/** The standard library would bring its own allocator and the words of its panics; see src/wasm_runtime.rs. */
const WITHOUT_STD = ["--no-default-features", "--features", "wasm-file"];

/** Compiles the library to wasm. @param {WasmToolchain} toolchain @param {Step} step */
export async function compileWasm(toolchain, step) {
  const args = [
    "rustc",
    "--lib",
    "--crate-type",
    "cdylib",
    "--profile",
    PROFILE,
    "--target",
    TRIPLE,
    ...WITHOUT_STD,
  ];
  // The messages of panics hold paths of sources: without this, the user's name and folders would ship.
  const remaps = (await crateFolders(toolchain)).map((folder) => `--remap-path-prefix=${folder}=${CRATES}`);
  const flags = [...(process.env.RUSTFLAGS ?? "").split(" ").filter(Boolean), ...CODE_FLAGS, ...remaps];
  await run(toolchain.cargo, args, {
    // The encoded form, because a path may hold a space.
    env: { ...toolchain.env, CARGO_TARGET_DIR: wasmTarget, CARGO_ENCODED_RUSTFLAGS: flags.join("\x1f") },
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
  await run(
    join(target, "debug", "blindtally-bindgen"),
    [join(wasmTarget, TRIPLE, PROFILE, "blindtally.wasm"), fresh],
    {
      log: "bindgen",
    },
  );
  const file = join(fresh, "blindtally_bg.wasm");
  step.note("wasm-opt");
  await run(join(bin, "wasm-opt"), [...OPTIMIZE, file, "-o", file], { log: "wasm-opt" });

  const bytes = readFileSync(file);
  if (!WebAssembly.validate(bytes))
    throw new UserError(`Node ${process.versions.node} does not accept the compiled .wasm.`);
  // One by one: the package's own build keeps files beside them.
  mkdirSync(inRoot(OUT), { recursive: true });
  for (const name of readdirSync(fresh)) renameSync(join(fresh, name), inRoot(OUT, name));
  const [raw, gzip, brotli] = [bytes.length, gzipSync(bytes).length, brotliCompressSync(bytes).length].map(
    kilobytes,
  );
  return `${raw}, ${gzip} with gzip, ${brotli} with brotli`;
}

/** The folders into which cargo has put the sources of the crates. @param {WasmToolchain} toolchain */
async function crateFolders(toolchain) {
  const args = ["metadata", "--format-version", "1", "--features", "bindings", "--filter-platform", TRIPLE];
  const { stdout } = await run(toolchain.cargo, args, { env: toolchain.env });
  /** @type {{ packages: { source: string | null, manifest_path: string }[] }} */
  const { packages } = JSON.parse(stdout);
  const foreign = packages.filter(({ source }) => source !== null);
  return [...new Set(foreign.map(({ manifest_path }) => dirname(dirname(manifest_path))))];
}
