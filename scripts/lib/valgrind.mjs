// @ts-check
// Valgrind's callgrind, which counts the instructions of a program. Where there is none, Debian's is installed.

import { install, missing, whyNoApt } from "./apt.mjs";
import { run, UserError } from "./run.mjs";

/** @typedef {import("./log.mjs").Step} Step */

const PACKAGE = "valgrind";
const TIMEOUT_MS = 120_000;

/**
 * What glibc may not use of the processor. It chooses by these how it copies and fills memory, and a `rep stosb`, which
 * ERMS stands for, counts as one instruction for each byte.
 */
const WITHOUT = ["AVX512VL", "AVX2", "AVX2_Usable", "AVX_Fast_Unaligned_Load", "ERMS", "SSSE3"];

/** Why instructions cannot be counted here, or `null` once they can. @param {Step} step */
export async function whyNoValgrind(step) {
  if ((await version()) !== null) return null;
  const obstacle = await whyNoApt();
  if (obstacle !== null) return `there is no valgrind, and ${obstacle}`;
  if ((await missing([PACKAGE])).length > 0) {
    step.note(`apt-get install ${PACKAGE}`);
    try {
      await install([PACKAGE], step);
    } catch (error) {
      return `apt-get cannot install ${PACKAGE}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return (await version()) === null ? "valgrind is installed, and does not start" : null;
}

/**
 * The number of instructions between entering and leaving one function, all that it calls included.
 * @param {string} program @param {readonly string[]} args @param {string} frame a part of the function's name, never inlined
 * @param {string} profile a path in the project for what callgrind_annotate reads
 */
export async function countInstructions(program, args, frame, profile) {
  const options = [`--toggle-collect=*${frame}*`, `--callgrind-out-file=${profile}`];
  const { output } = await run("valgrind", ["--tool=callgrind", ...options, program, ...args], {
    env: { GLIBC_TUNABLES: `glibc.cpu.hwcaps=${WITHOUT.map((name) => `-${name}`).join(",")}` },
    timeoutMs: TIMEOUT_MS,
    log: "callgrind",
  });
  const count = Number(/\bCollected : (\d+)/.exec(output)?.[1] ?? 0);
  // An inlined or renamed function would otherwise cost nothing, and pass.
  if (count === 0) throw new UserError(`callgrind has seen no call of \`${frame}\` in ${program}.`);
  return count;
}

async function version() {
  const result = await run("valgrind", ["--version"], { allowFailure: true, timeoutMs: 30_000 });
  return result.ok ? result.stdout.trim() : null;
}
