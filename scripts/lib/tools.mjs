// @ts-check
// What must be on the machine beforehand, and how to get it.

import { run, UserError } from "./run.mjs";

/** Node's own minimum is in package.json, Rust's in Cargo.toml; a test of neither: they are said here for the message. */
const NODE = [20, 19];
const RUST = [1, 89];

/** Checks Node, npm, cargo and rustc. Returns a line that names their versions. */
export async function checkTools() {
  const node = process.versions.node;
  if (isOlder(node, NODE)) {
    throw new UserError(
      `Node ${NODE.join(".")} or newer is needed, this is ${node}. Get it from https://nodejs.org or your package manager.`,
    );
  }
  const npm = await version(
    "npm",
    "npm comes with Node: https://nodejs.org. On Debian: apt-get install npm.",
  );
  const cure = "Install Rust with rustup, see https://rustup.rs, open a new shell and run this again.";
  const cargo = await version("cargo", cure);
  const rustc = await version("rustc", cure);
  for (const [name, found] of /** @type {const} */ ([
    ["cargo", cargo],
    ["rustc", rustc],
  ])) {
    if (isOlder(found, RUST)) {
      throw new UserError(
        `${name} ${RUST.join(".")} or newer is needed, this is ${found}. With rustup: rustup update stable.`,
      );
    }
  }
  return `node ${node}, npm ${npm}, rustc ${rustc}`;
}

/**
 * The first x.y.z that `command --version` prints.
 * @param {string} command @param {string} cure
 */
async function version(command, cure) {
  const result = await run(command, ["--version"], { allowFailure: true, timeoutMs: 30_000 });
  const found = /\d+\.\d+\.\d+/.exec(result.stdout)?.[0];
  if (result.ok && found) return found;
  const detail = result.output.trim() === "" ? result.why : result.output.trim().split("\n")[0];
  throw new UserError(`\`${command}\` does not run (${detail}). ${cure}`);
}

/**
 * @param {string} found @param {readonly number[]} wanted
 */
export function isOlder(found, wanted) {
  const parts = found.split(".").map((part) => Number.parseInt(part, 10));
  for (const [index, want] of wanted.entries()) {
    const have = parts[index] ?? 0;
    if (have !== want) return have < want;
  }
  return false;
}
