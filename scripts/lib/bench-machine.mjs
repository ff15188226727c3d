// @ts-check
// On what it was measured, and when.

import { readFileSync } from "node:fs";
import { arch, cpus, release, type } from "node:os";
import { inRoot } from "./paths.mjs";
import { run } from "./run.mjs";

/** @typedef {{ date: string, machine: string, versions: [string, string][] }} About */

/** @returns {Promise<About>} */
export async function about() {
  const rustc = await run("rustc", ["--version"], { timeoutMs: 30_000 });
  const processors = cpus();
  const aes = hasAes() ? ", with AES instructions" : "";
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${processors.length} x ${processors[0]?.model.trim()} (${arch()}${aes}), ${distribution()}`,
    versions: [
      ["Node", `${process.versions.node} (V8 ${process.versions.v8})`],
      ["rustc", /\d+\.\d+\.\d+/.exec(rustc.stdout)?.[0] ?? "unknown"],
      ...["blindtally", "@noble/ciphers", "libsodium-wrappers"].map(
        (name) => /** @type {[string, string]} */ ([name, versionOf(name)]),
      ),
    ],
  };
}

/** @param {string} name @returns {string} */
function versionOf(name) {
  return JSON.parse(readFileSync(inRoot("node_modules", name, "package.json"), "utf8")).version;
}

function hasAes() {
  try {
    return /^(flags|Features)\s*:.*\baes\b/m.test(readFileSync("/proc/cpuinfo", "utf8"));
  } catch {
    return false;
  }
}

function distribution() {
  const system = `${type()} ${release().split("-")[0]}`;
  try {
    const name = /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
    return name === undefined ? system : `${name}, ${system}`;
  } catch {
    return system;
  }
}
