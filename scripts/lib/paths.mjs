// @ts-check
// Where things are. Every other script asks here, so that a folder can move by changing one line.

import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const target = join(root, "target");
/** Output of long commands, one file a command. */
export const logs = join(target, "logs");
/** What was built from what (see stamp.mjs). */
export const stamps = join(target, "stamps");
/** Cargo's folder for wasm32, apart from the native one: two compilers may be at work, and neither undoes the other's. */
export const wasmTarget = join(target, "wasm");
export const bin = join(root, "node_modules", ".bin");

/** Tools that take minutes to compile outlive a clone, and are kept apart from the user's own. */
export const toolCache = join(
  process.env.XDG_CACHE_HOME || join(process.env.HOME || root, ".cache"),
  "blindtally",
  "tools",
);

/** @param {string[]} parts */
export const inRoot = (...parts) => join(root, ...parts);
