// @ts-check
// The two .wasm of the package and their glue: compiled, bound, made small, put into pkg/wasm.

import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { kilobytes } from "./log.mjs";
import { bin, inRoot, target, wasmTarget } from "./paths.mjs";
import { run, UserError } from "./run.mjs";
import { TRIPLE } from "./wasm-target.mjs";

/** @typedef {import("./log.mjs").Step} Step */
/** @typedef {import("./wasm-target.mjs").WasmToolchain} WasmToolchain */

/**
 * A .wasm of its own, from the same crate. The standard library would bring its own allocator and the words of its
 * panics; see src/wasm_runtime.rs.
 * @typedef {{ name: string, features: string, title: string, flags: readonly string[] }} WasmModule
 */

/**
 * Calls instead of copies, where the compiler's own limit is 50: three percent of the download, and no slower where it
 * was measured. What is hot says by itself what is compiled in place.
 */
const LITTLE_INLINING = "-Cllvm-args=-inline-threshold=10";

/** @type {readonly WasmModule[]} */
export const MODULES = [
  { name: "blindtally", features: "wasm-file", title: "WebAssembly", flags: [LITTLE_INLINING] },
  // What not every visitor needs, and so not every visitor loads.
  // Argon2 is all about speed.
  { name: "sealing", features: "sealing-file", title: "WebAssembly for sealed files", flags: [] },
];

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
  outputs: MODULES.flatMap(({ name }) => [
    `${OUT}/${name}_bg.wasm`,
    `${OUT}/${name}.js`,
    `${OUT}/${name}.d.ts`,
  ]),
  settings: [PROFILE, CRATES, ...OPTIMIZE, ...CODE_FLAGS, ...MODULES.flatMap(({ flags }) => flags)],
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

/** Where a module lies when it is compiled, with the names of its functions. @param {string} name */
export const compiledModule = (name) => join(target, "compiled-wasm", `${name}.wasm`);

/** Compiles the library to one of the modules. @param {WasmModule} module @param {WasmToolchain} toolchain @param {Step} step */
export async function compileWasm(module, toolchain, step) {
  const args = [
    "rustc",
    "--lib",
    "--crate-type",
    "cdylib",
    "--profile",
    PROFILE,
    "--target",
    TRIPLE,
    "--no-default-features",
    "--features",
    module.features,
  ];
  // The messages of panics hold paths of sources: without this, the user's name and folders would ship.
  const remaps = (await crateFolders(module, toolchain)).map(
    (folder) => `--remap-path-prefix=${folder}=${CRATES}`,
  );
  const own = (process.env.RUSTFLAGS ?? "").split(" ").filter(Boolean);
  const flags = [...own, ...CODE_FLAGS, ...module.flags, ...remaps];
  // One for each module: cargo compiles a folder anew when its flags change.
  const folder = join(wasmTarget, module.name);
  await run(toolchain.cargo, args, {
    // The encoded form, because a path may hold a space.
    env: { ...toolchain.env, CARGO_TARGET_DIR: folder, CARGO_ENCODED_RUSTFLAGS: flags.join("\x1f") },
    log: `cargo-wasm-${module.name}`,
    onLine: (line) => step.note(line),
  });
  // Cargo names each of them after the crate.
  mkdirSync(dirname(compiledModule(module.name)), { recursive: true });
  copyFileSync(join(folder, TRIPLE, PROFILE, "blindtally.wasm"), compiledModule(module.name));
}

/** Writes the glue and the optimized .wasm. Returns the sizes, for the step to show. @param {WasmModule} module @param {Step} step */
export async function bindWasm({ name }, step) {
  const fresh = join(target, "pkg-wasm");
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  step.note("blindtally-bindgen");
  const bindgen = join(target, "debug", "blindtally-bindgen");
  await run(bindgen, [compiledModule(name), fresh, name], { log: "bindgen" });
  const file = join(fresh, `${name}_bg.wasm`);
  step.note("wasm-opt");
  await run(join(bin, "wasm-opt"), [...OPTIMIZE, file, "-o", file], { log: "wasm-opt" });

  const bytes = readFileSync(file);
  if (!WebAssembly.validate(bytes))
    throw new UserError(`Node ${process.versions.node} does not accept the compiled .wasm.`);
  // One by one: the package's own build keeps files beside them.
  mkdirSync(inRoot(OUT), { recursive: true });
  for (const file of readdirSync(fresh)) renameSync(join(fresh, file), inRoot(OUT, file));
  const [raw, gzip, brotli] = [bytes.length, gzipSync(bytes).length, brotliCompressSync(bytes).length].map(
    kilobytes,
  );
  return `${raw}, ${gzip} with gzip, ${brotli} with brotli`;
}

/** The folders into which cargo has put the sources of the crates. @param {WasmModule} module @param {WasmToolchain} toolchain */
async function crateFolders({ features }, toolchain) {
  const args = ["metadata", "--format-version", "1", "--features", features, "--filter-platform", TRIPLE];
  const { stdout } = await run(toolchain.cargo, args, { env: toolchain.env });
  /** @type {{ packages: { source: string | null, manifest_path: string }[] }} */
  const { packages } = JSON.parse(stdout);
  const foreign = packages.filter(({ source }) => source !== null);
  return [...new Set(foreign.map(({ manifest_path }) => dirname(dirname(manifest_path))))];
}
