// @ts-check
// A Rust toolchain that compiles to wasm32-unknown-unknown: the one in use if it can, else after `rustup target add`,
// else Debian's, whose source package can rebuild the standard library for it.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { candidate, install, missing, sudo, update, whyNoApt } from "./apt.mjs";
import { target as targetFolder } from "./paths.mjs";
import { run, UserError } from "./run.mjs";
import { isOlder } from "./tools.mjs";

/** @typedef {import("./log.mjs").Step} Step */

/**
 * How to call cargo so that it compiles to wasm: `run(toolchain.cargo, [...], { env: toolchain.env })`.
 * @typedef {{ name: string, cargo: string, env: Record<string, string> }} WasmToolchain
 */

export const TRIPLE = "wasm32-unknown-unknown";
const MINIMUM = [1, 89];
const RUSTUP_TIMEOUT_MS = 180_000;
const DEBIAN_RUSTC = "/usr/bin/rustc";
const DEBIAN_CARGO = "/usr/bin/cargo";
const DEBIAN_LIBRARY = `/usr/lib/rustlib/${TRIPLE}`;
const DEBIAN_NAME = "debian";

/** The toolchain as it stands, without changing the machine, or `null`. @returns {Promise<WasmToolchain | null>} */
export async function findWasmToolchain() {
  if ((await whyNotWasm("rustc")) === null) return { name: "the default toolchain", cargo: "cargo", env: {} };
  if (!existsSync(DEBIAN_RUSTC) || !existsSync(DEBIAN_CARGO)) return null;
  if ((await whyNotWasm(DEBIAN_RUSTC)) !== null) return null;
  return linkDebian();
}

/** The toolchain, made if need be. @param {Step} step @returns {Promise<WasmToolchain>} */
export async function ensureWasmToolchain(step) {
  const found = await findWasmToolchain();
  if (found) return found;

  step.note(`rustup target add ${TRIPLE}`);
  const added = await run("rustup", ["target", "add", TRIPLE], {
    log: "rustup-target-add",
    timeoutMs: RUSTUP_TIMEOUT_MS,
    onLine: (line) => step.note(line),
    allowFailure: true,
  });
  const reason = added.ok ? await whyNotWasm("rustc") : `${added.why}: ${lastLine(added.output)}`;
  if (reason === null) return { name: "the default toolchain", cargo: "cargo", env: {} };

  const obstacle = await whyNoDebianRust(step);
  if (obstacle !== null) {
    throw new UserError(
      [
        `Rust cannot compile to ${TRIPLE} here.`,
        `  rustup target add ${TRIPLE}: ${reason}`,
        `  Debian's Rust instead: ${obstacle}`,
        `Make \`rustup target add ${TRIPLE}\` succeed (https://rust-lang.github.io/rustup/cross-compilation.html), then run this again.`,
      ].join("\n"),
    );
  }
  await installDebianRust(step);
  if ((await whyNotWasm(DEBIAN_RUSTC)) !== null) await buildDebianStd(step);
  const failure = await whyNotWasm(DEBIAN_RUSTC);
  if (failure !== null)
    throw new UserError(`Debian's Rust was set up for ${TRIPLE}, yet it does not compile to it: ${failure}`);
  return linkDebian();
}

/**
 * Why `rustc` does not compile and link for wasm, or `null`. Tried on a tiny crate: a folder that is there may be
 * half copied, or left by a compiler that has been upgraded since.
 * @param {string} rustc
 */
async function whyNotWasm(rustc) {
  const folder = mkdtempSync(join(tmpdir(), "blindtally-wasm-"));
  try {
    const source = join(folder, "probe.rs");
    writeFileSync(
      source,
      '#[unsafe(no_mangle)]\npub extern "C" fn probe(n: usize) -> usize { vec![1u8; n].len() }\n',
    );
    const args = [
      source,
      "--crate-type=cdylib",
      `--target=${TRIPLE}`,
      "-Cpanic=abort",
      "-o",
      join(folder, "probe.wasm"),
    ];
    const result = await run(rustc, args, { cwd: folder, allowFailure: true, timeoutMs: 60_000 });
    return result.ok ? null : firstError(result.output, result.why);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Why Debian's Rust cannot be had, or `null`. @param {Step} step */
async function whyNoDebianRust(step) {
  const obstacle = await whyNoApt();
  if (obstacle !== null) return obstacle;
  let version = await candidate("rustc-web");
  if (version === null || isOlder(version, MINIMUM)) {
    step.note("apt-get update");
    await update(step);
    version = await candidate("rustc-web");
  }
  if (version === null) return "this release of Debian has no package rustc-web";
  if (isOlder(version, MINIMUM)) return `rustc-web is ${version}, ${MINIMUM.join(".")} or newer is needed`;
  return null;
}

/** @param {Step} step */
async function installDebianRust(step) {
  const packages = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", await linkerPackage()];
  const wanted = await missing(packages);
  if (wanted.length === 0) return;
  step.note(`apt-get install ${wanted.join(" ")}`);
  await install(wanted, step);
}

/** rust-lld is a link to the lld of the LLVM that rust-web-llvm stands on; no package depends on that lld. */
async function linkerPackage() {
  const depends = await run("apt-cache", ["depends", "rust-web-llvm"], { env: { LC_ALL: "C" } });
  const version = /Depends: llvm-(\d+)/.exec(depends.stdout)?.[1];
  if (version === undefined)
    throw new UserError("The package rust-web-llvm does not say which LLVM it needs; lld cannot be chosen.");
  return `lld-${version}`;
}

/**
 * Compiles the standard library from Debian's sources and puts it where Debian's rustc looks for it.
 * @param {Step} step
 */
async function buildDebianStd(step) {
  const folder = join(targetFolder, "debian-std");
  const build = join(folder, "target");
  // A library of another compiler version beside the new one would be copied too.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "src"), { recursive: true });
  writeFileSync(
    join(folder, "Cargo.toml"),
    '[package]\nname = "seed"\nversion = "0.0.0"\nedition = "2021"\n\n[lib]\n\n[profile.release]\n\n[workspace]\n',
  );
  writeFileSync(join(folder, "src", "lib.rs"), "#![no_std]\n");
  step.note("compiling the standard library");
  const args = ["build", "--release", "-Zbuild-std=std,panic_abort,test,proc_macro", `--target=${TRIPLE}`];
  await run(DEBIAN_CARGO, args, {
    cwd: folder,
    env: {
      RUSTC: DEBIAN_RUSTC,
      // -Zbuild-std is unstable, but this is the one compiler that these very sources belong to.
      RUSTC_BOOTSTRAP: "1",
      // Without bitcode in it, a later build with LTO fails.
      RUSTFLAGS: "-Cembed-bitcode=yes -Cdebuginfo=0",
      CARGO_TARGET_DIR: build,
      RUSTUP_TOOLCHAIN: undefined,
    },
    log: "debian-std",
    onLine: (line) => step.note(line),
  });
  const deps = join(build, TRIPLE, "release", "deps");
  const rlibs = readdirSync(deps).filter((name) => name.endsWith(".rlib") && !name.startsWith("libseed-"));

  // Filled beside its place and then renamed: whoever is interrupted leaves no half library.
  const fresh = `${DEBIAN_LIBRARY}/lib.new`;
  await sudo("rm", ["-rf", fresh]);
  await sudo("mkdir", ["-p", fresh]);
  await sudo("cp", [...rlibs.map((name) => join(deps, name)), fresh]);
  await sudo("rm", ["-rf", `${DEBIAN_LIBRARY}/lib`]);
  await sudo("mv", [fresh, `${DEBIAN_LIBRARY}/lib`]);
  rmSync(folder, { recursive: true, force: true });
}

/** Names Debian's Rust to rustup, where there is a rustup. @returns {Promise<WasmToolchain>} */
async function linkDebian() {
  const direct = { name: "Debian's Rust", cargo: DEBIAN_CARGO, env: { RUSTC: DEBIAN_RUSTC } };
  const linked = { name: "Debian's Rust", cargo: "cargo", env: { RUSTUP_TOOLCHAIN: DEBIAN_NAME } };
  const which = () => run("rustup", ["which", "rustc", "--toolchain", DEBIAN_NAME], { allowFailure: true });
  const before = await which();
  if (before.code === null) return direct;
  // A toolchain of that name which is something else is the user's.
  if (before.ok) return isDebianRustc(before.stdout.trim()) ? linked : direct;
  await run("rustup", ["toolchain", "link", DEBIAN_NAME, "/usr"], { allowFailure: true });
  return isDebianRustc((await which()).stdout.trim()) ? linked : direct;
}

/** @param {string} path of a compiler, perhaps through rustup's link to the folder that it is in */
function isDebianRustc(path) {
  return existsSync(path) && realpathSync(path) === realpathSync(DEBIAN_RUSTC);
}

/** @param {string} output @param {string} otherwise */
function firstError(output, otherwise) {
  return output.split("\n").find((line) => line.startsWith("error")) ?? otherwise;
}

/** @param {string} output */
function lastLine(output) {
  return output.trim().split("\n").at(-1) ?? "";
}
