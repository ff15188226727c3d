// @ts-check
// What a bundler put out: how many copies of the wasm files are in it.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const WASM = { core: "blindtally.wasm", sealing: "sealing.wasm" };

/**
 * How many copies of each wasm file of the package a folder holds, as files of any name or as base64 in other files.
 * @param {string} folder @param {import("./consumer.mjs").Consumer} consumer
 */
export function wasmCopiesIn(folder, consumer) {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path));
  /** @param {keyof typeof WASM} name */
  const copies = (name) => {
    const bytes = readFileSync(join(consumer.installed, "dist", WASM[name]));
    // Whole groups of three, so that it is the same text wherever the bytes begin.
    const base64 = bytes.subarray(0, 3000).toString("base64");
    return files.reduce(
      (sum, file) => sum + (file.equals(bytes) ? 1 : file.toString("latin1").split(base64).length - 1),
      0,
    );
  };
  return { core: copies("core"), sealing: copies("sealing") };
}
