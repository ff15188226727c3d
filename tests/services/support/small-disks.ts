import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { promisify } from "node:util";
import { temporaryFolder } from "./folders.js";

const run = promisify(execFile);
const PAGE = 4096;

/** A place for a database whose room can be taken and given back while a process writes there. */
export interface SmallDisk {
  readonly kind: string;
  readonly folder: string;
  /** What a process needs in its environment to meet the limit as an error. */
  readonly env: NodeJS.ProcessEnv;
  /** The room for a log of 16 MiB and a file that holds it, but not for twice as much in the file. */
  readonly checkpointRoom: number;
  /** Lets the process write no more than that; by default, without an end. */
  setRoom(pid: number, bytes?: number): Promise<void>;
  /** Leaves no room at all. */
  fill(pid: number): Promise<void>;
}

/** The kinds that there are on this machine. */
export const SMALL_DISKS: readonly ((t: TestContext) => Promise<SmallDisk | undefined>)[] = [
  fileSizeLimit,
  memoryDisk,
];

const MIB = 1_048_576;

/** A limit on the size of each file, for the process alone: it needs no rights. */
async function fileSizeLimit(t: TestContext): Promise<SmallDisk | undefined> {
  if (!(await works("prlimit", ["--version"]))) return undefined;
  const folder = await temporaryFolder(t);
  const setRoom = async (pid: number, bytes?: number): Promise<void> => {
    // The soft limit alone, so that it can be lifted again.
    await run("prlimit", ["--pid", String(pid), `--fsize=${bytes ?? "unlimited"}:`]);
  };
  return {
    kind: "a limit on the size of files",
    folder,
    // The signal that comes with it would end the process, which a full disk does not.
    env: { NODE_OPTIONS: "--import=data:text/javascript,process.on(`SIGXFSZ`,()=>{})" },
    checkpointRoom: 22 * MIB,
    setRoom,
    fill: async (pid) => setRoom(pid, PAGE),
  };
}

/** A file system in memory, where those may be mounted. */
async function memoryDisk(t: TestContext): Promise<SmallDisk | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "blindtally-services-"));
  const mounted = await works("mount", ["-t", "tmpfs", "-o", "size=1g", "tmpfs", folder]);
  t.after(async () => {
    if (mounted) await run("umount", ["--lazy", folder]);
    await rm(folder, { recursive: true });
  });
  if (!mounted) return undefined;
  const setRoom = async (_pid: number, bytes = 1024 * MIB): Promise<void> => {
    await run("mount", ["-o", `remount,size=${bytes}`, folder]);
  };
  return {
    kind: "a full file system",
    folder,
    env: {},
    checkpointRoom: 42 * MIB,
    setRoom,
    async fill(pid) {
      const sizes = await Promise.all(
        (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size),
      );
      await setRoom(
        pid,
        sizes.reduce((sum, size) => sum + Math.ceil(size / PAGE) * PAGE, 0),
      );
    },
  };
}

function works(command: string, args: readonly string[]): Promise<boolean> {
  return run(command, args).then(
    () => true,
    () => false,
  );
}
