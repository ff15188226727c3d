// A disk for the API's database that can be filled and emptied: a small file system in memory where that may be mounted,
// else a limit on the size of the API's files.

import { execFile, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const PIECE = Buffer.alloc(64 * 1024);

/** A disk of the API. */
export interface Disk {
  readonly kind: string;
  readonly folder: string;
  /** Leaves no byte. */
  fill(pid: number): Promise<void>;
  /** Gives the room back. */
  empty(pid: number): Promise<void>;
  remove(): Promise<void>;
}

/** Makes one, or says why there is none here. */
export async function smallDisk(folder: string, bytes: number): Promise<Disk | string> {
  mkdirSync(folder, { recursive: true });
  return (await mounted(folder, bytes)) ?? (await limited(folder)) ?? "neither mount nor prlimit may be used";
}

async function mounted(folder: string, bytes: number): Promise<Disk | undefined> {
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "blindtally-faults", folder]);
  } catch {
    return undefined;
  }
  const ballast = join(folder, "ballast");
  // Unlike a folder, it would stay when this process is ended early.
  const unmount = (): void => void spawnSync("umount", ["--lazy", folder]);
  process.once("exit", unmount);
  return {
    kind: "file system without room",
    folder,
    async fill() {
      const file = openSync(ballast, "a");
      try {
        for (;;) writeSync(file, PIECE);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      } finally {
        closeSync(file);
      }
    },
    async empty() {
      rmSync(ballast, { force: true });
    },
    async remove() {
      process.off("exit", unmount);
      unmount();
      rmSync(folder, { recursive: true });
    },
  };
}

async function limited(folder: string): Promise<Disk | undefined> {
  try {
    await run("prlimit", ["--version"]);
  } catch {
    return undefined;
  }
  const limit = (pid: number, bytes: string) => run("prlimit", [`--pid=${pid}`, `--fsize=${bytes}:`]);
  return {
    kind: "limit on the size of files",
    folder,
    // A soft limit, so that it can be taken back.
    fill: async (pid) => void (await limit(pid, "4096")),
    empty: async (pid) => void (await limit(pid, "unlimited")),
    remove: async () => rmSync(folder, { recursive: true }),
  };
}
