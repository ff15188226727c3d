// All memory of the pages of one browser, as Linux shows it to whoever started it.

import { accessSync, closeSync, constants, openSync, readFileSync, readSync } from "node:fs";
import { processesOf } from "../../browser/processes.js";

/** Why it cannot be read here, or `false`; for the option `skip` of a test. */
export const whyNoProcessMemory: string | false = (() => {
  try {
    accessSync("/proc/self/mem", constants.R_OK);
    return false;
  } catch {
    return "this system does not show the memory of a process as /proc/PID/mem";
  }
})();

/** Of each secret, whether it lies as a whole anywhere in the memory of the pages of the browser with this profile. */
export function processMemory(profile: string, secrets: readonly Uint8Array[]): boolean[] {
  const wanted = secrets.map((secret) => Buffer.from(secret));
  const found = secrets.map(() => false);
  for (const id of renderers(profile)) {
    for (const region of regions(id)) {
      for (const [position, secret] of wanted.entries()) found[position] ||= region.includes(secret);
    }
  }
  return found;
}

/** Pages run in processes of their own. */
function renderers(profile: string): number[] {
  const processes = processesOf(profile);
  return processes.filter(({ args }) => args.includes("--type=renderer")).map(({ id }) => id);
}

/** What a process can write to, one region at a time. */
function* regions(id: number): Generator<Buffer> {
  const memory = openSync(`/proc/${id}/mem`, "r");
  try {
    for (const line of readFileSync(`/proc/${id}/maps`, "utf8").split("\n")) {
      const [, from = "0", to = "0"] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      const [start, end] = [Number.parseInt(from, 16), Number.parseInt(to, 16)];
      for (let at = start; at < end; at += PART) {
        const part = Buffer.alloc(Math.min(PART + OVERLAP, end - at));
        try {
          readSync(memory, part, 0, part.length, at);
          yield part;
        } catch {
          break; // Reserved, and not there to be read.
        }
      }
    }
  } finally {
    closeSync(memory);
  }
}

const PART = 2 ** 24;
/** So that nothing is missed that lies across two parts. */
const OVERLAP = 64;
