// All memory of the pages of one browser, as Linux shows it to whoever started it.

import { accessSync, closeSync, constants, openSync, readdirSync, readFileSync, readSync } from "node:fs";

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

/** Pages run in processes of their own, below the one whose arguments name the profile. */
function renderers(profile: string): number[] {
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const status = readFileSync(`/proc/${name}/stat`, "utf8");
        const parent = Number(status.slice(status.lastIndexOf(")") + 2).split(" ")[1]);
        return [{ id: Number(name), parent, args: readFileSync(`/proc/${name}/cmdline`, "utf8") }];
      } catch {
        return []; // It has ended meanwhile.
      }
    });
  const byId = new Map(processes.map((one) => [one.id, one]));
  const isOurs = (one: (typeof processes)[number] | undefined): boolean =>
    one !== undefined && (one.args.includes(profile) || isOurs(byId.get(one.parent)));
  return processes.filter((one) => one.args.includes("--type=renderer") && isOurs(one)).map(({ id }) => id);
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
