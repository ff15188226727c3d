// @ts-check
// Programs that come from crates.io. Found in PATH or compiled once into a folder of the user's cache, where a fresh
// clone finds them again and nothing of the user's own is replaced.

import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { inRoot, toolCache } from "./paths.mjs";
import { run, UserError } from "./run.mjs";

/** @typedef {import("./log.mjs").Step} Step */
/** @typedef {{ crate: string, bin: string, version: string, options?: readonly string[] }} CargoTool */

/** Compiled without optimization: each of these runs for seconds, and compiles for minutes otherwise. */
const FAST = ["--debug", "--config", "profile.dev.debug=false"];

/** @type {CargoTool} */
export const cargoFuzz = {
  crate: "cargo-fuzz",
  bin: "cargo-fuzz",
  version: "0.13.2",
  options: ["--locked"],
};

/** @type {CargoTool} */
export const geckodriver = {
  crate: "geckodriver",
  bin: "geckodriver",
  version: "0.37.1",
  options: ["--locked"],
};

/** The runner must be of the very version of wasm-bindgen that Cargo.lock names. @returns {CargoTool} */
export function wasmTestRunner() {
  const lock = readFileSync(inRoot("Cargo.lock"), "utf8");
  const version = /name = "wasm-bindgen"\nversion = "([^"]+)"/.exec(lock)?.[1];
  if (version === undefined) throw new UserError("Cargo.lock names no wasm-bindgen.");
  return {
    crate: "wasm-bindgen-cli",
    bin: "wasm-bindgen-test-runner",
    version,
    // Without TLS: it speaks to WebDrivers on this machine. Not --locked: its lock file names a withdrawn crate.
    options: ["--bin", "wasm-bindgen-test-runner", "--no-default-features"],
  };
}

/** Where the tool is, or `null`. @param {CargoTool} tool */
export async function findCargoTool(tool) {
  for (const path of [...inPath(tool.bin), cached(tool)]) {
    if (!existsSync(path)) continue;
    const result = await run(path, ["--version"], { allowFailure: true, timeoutMs: 30_000 });
    if (result.ok && result.stdout.includes(tool.version)) return path;
  }
  return null;
}

/** Where the tool is, installed if need be. @param {CargoTool} tool @param {Step} step */
export async function ensureCargoTool(tool, step) {
  const found = await findCargoTool(tool);
  if (found) return found;
  step.note(`cargo install ${tool.crate} ${tool.version}`);
  await run(
    "cargo",
    [
      "install",
      tool.crate,
      "--version",
      tool.version,
      "--root",
      folder(tool),
      ...(tool.options ?? []),
      ...FAST,
    ],
    { log: `cargo-install-${tool.crate}`, onLine: (line) => step.note(line) },
  );
  return cached(tool);
}

/** Every place in PATH where a program of that name could be. @param {string} name */
export function inPath(name) {
  return (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name));
}

/** @param {CargoTool} tool */
const folder = (tool) => join(toolCache, `${tool.crate}-${tool.version}`);

/** @param {CargoTool} tool */
const cached = (tool) => join(folder(tool), "bin", tool.bin);
