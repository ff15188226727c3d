// @ts-check
// The crate without wasm: the native program that other rounds call, and the criterion benches.

import { join } from "node:path";
import { target } from "./paths.mjs";
import { run, UserError } from "./run.mjs";

/** @typedef {import("./log.mjs").Step} Step */
/** @typedef {"hardware" | "software"} Aes */

/** Both choose by what the processor has unless they are told not to. */
const SOFTWARE = '--cfg aes_backend="soft" --cfg polyval_backend="soft"';

/** The program benches/native.rs, twice. @param {Step} step */
export async function buildNative(step) {
  const programs = [];
  // One after the other: two compilers would only take turns.
  for (const aes of /** @type {const} */ (["hardware", "software"])) {
    programs.push({ id: `native-${aes}`, program: await compiled(aes, step) });
  }
  return programs;
}

/** What `cargo bench` prints. @param {Aes} aes */
export async function criterion(aes) {
  const { stdout } = await run("cargo", ["bench", "--package", "blindtally"], {
    env: environment(aes),
    log: `bench-criterion-${aes}`,
  });
  return `With AES in ${aes}:\n\n${stdout}\n`;
}

/** @param {Aes} aes @param {Step} step */
async function compiled(aes, step) {
  const args = ["bench", "--package", "blindtally", "--bench", "native", "--no-run", "--message-format=json"];
  const { stdout } = await run("cargo", args, {
    env: environment(aes),
    log: `bench-native-${aes}`,
    onLine: (line) => line.startsWith("{") || step.note(line),
  });
  const messages = stdout.split("\n").filter((line) => line.startsWith("{"));
  const program = messages
    .map((line) => JSON.parse(line))
    .find(
      ({ reason, executable, target }) =>
        reason === "compiler-artifact" && executable && target.name === "native",
    );
  if (program === undefined) throw new UserError("cargo names no program `native`.");
  return /** @type {string} */ (program.executable);
}

/** A folder of its own: other flags would make cargo compile everything anew at each change. @param {Aes} aes @returns {Record<string, string>} */
function environment(aes) {
  if (aes === "hardware") return { CARGO_TARGET_DIR: target };
  const flags = [process.env.RUSTFLAGS, SOFTWARE].filter(Boolean).join(" ");
  return { CARGO_TARGET_DIR: join(target, "bench-soft"), RUSTFLAGS: flags };
}
