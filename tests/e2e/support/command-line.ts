import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** How a call of the command line ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `blindtally` as npx does, in a folder. */
export function blindtally(folder: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, timeout: 60_000 };
    execFile(process.execPath, [COMMAND, ...args], options, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr });
      else if (typeof error.code === "number") resolve({ code: error.code, stdout, stderr });
      else reject(error);
    });
  });
}

const MANIFEST = createRequire(import.meta.url).resolve("blindtally/package.json");
const COMMAND = join(dirname(MANIFEST), JSON.parse(readFileSync(MANIFEST, "utf8")).bin.blindtally);
