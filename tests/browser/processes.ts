// The processes of one browser, known by its profile.

import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Why they cannot be found here, or `false`; for the option `skip` of a test. */
export const whyNoProcesses: string | false =
  !existsSync("/proc/self/stat") && "this system does not show processes as /proc/PID";

/** One of them, and what it was started with. */
export interface BrowserProcess {
  readonly id: number;
  readonly args: string;
}

/** Ends the browser with this profile at once, by SIGKILL to each of its processes. */
export function killBrowser(profile: string): number {
  const processes = processesOf(profile);
  for (const { id } of processes) {
    try {
      process.kill(id, "SIGKILL");
    } catch {
      // It has ended with the one before.
    }
  }
  return processes.length;
}

/** The processes whose arguments name the profile, and those below them; not the driver that started them. */
export function processesOf(profile: string): BrowserProcess[] {
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        if (state === "Z") return [];
        return [
          { id: Number(name), parent: Number(parent), args: readFileSync(`/proc/${name}/cmdline`, "utf8") },
        ];
      } catch {
        return []; // It has ended meanwhile.
      }
    });
  const byId = new Map(processes.map((one) => [one.id, one]));
  const isOurs = (one: (typeof processes)[number] | undefined): boolean =>
    one !== undefined && (one.args.includes(profile) || isOurs(byId.get(one.parent)));
  return processes.filter(isOurs);
}
