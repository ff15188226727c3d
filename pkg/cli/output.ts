import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { constants, type Stats } from "node:fs";
import { type FileHandle, link, open, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Refusal, reasonOf } from "./failure.js";
import type { Session } from "./session.js";
import { printableLines } from "./text.js";

/** Where data goes. Writing waits for the reader, so that a slow one holds no data up in memory. */
export interface Output {
  write(data: string): Promise<void>;
  /** Data is complete: the file gets its name. */
  finish(): Promise<void>;
  /** Nothing of it stays. */
  abandon(): Promise<void>;
}

/** Standard output, or a file that has its name only when it is complete. */
export async function openOutput(
  path: string | undefined,
  session: Session,
  options: { readonly option: string; readonly force: boolean },
): Promise<Output> {
  if (path === undefined || path === "-") return STDOUT;
  const there = await stat(path).catch(() => undefined);
  if (there !== undefined && !there.isFile()) return directOutput(path, options.option);
  if (there !== undefined && !options.force) throw exists(options.option);
  return newFile(path, session, { ...options, there });
}

/** Writes a file that holds a secret: new, for this user alone, and on the disk before its name is. */
export async function writeSecretFile(
  path: string,
  text: string | Uint8Array,
  session: Session,
  option: string,
): Promise<void> {
  const file = await newFile(path, session, { option, force: false, there: undefined });
  try {
    await file.write(text);
    await file.finish();
    session.hasSaved();
  } catch (error) {
    await file.abandon();
    throw error;
  }
}

/** Refuses a path where something is, before anything is done that would be in vain. */
export async function requireNew(path: string, option: string): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there !== undefined) throw exists(option);
}

const STDOUT: Output = {
  async write(data) {
    // Names come from elsewhere, and a terminal obeys what it is sent.
    if (process.stdout.write(process.stdout.isTTY ? printableLines(data) : data)) return;
    await once(process.stdout, "drain");
  },
  async finish() {},
  async abandon() {},
};

function exists(option: string): Refusal {
  const force = option === "--out" ? "; --force replaces it" : "";
  return new Refusal("file-access", `${option}: ${reasonOf("EEXIST")}${force}`);
}

/** A device or a pipe, which has neither a size nor a name to be given. */
async function directOutput(path: string, option: string): Promise<Output> {
  const handle = await attempt(option, () => open(path, constants.O_WRONLY));
  return {
    write: (data) => handle.writeFile(data),
    finish: () => handle.close(),
    abandon: () => handle.close(),
  };
}

interface NewFile extends Output {
  write(data: string | Uint8Array): Promise<void>;
}

async function newFile(
  path: string,
  session: Session,
  options: { readonly option: string; readonly force: boolean; readonly there: Stats | undefined },
): Promise<NewFile> {
  const { option, force, there } = options;
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.part`);
  session.unfinished(temporary);
  let handle: FileHandle | undefined;
  try {
    // For this user alone: names in clear are what all of this protects.
    handle = await attempt(option, () => open(temporary, "wx", 0o600));
    if (there !== undefined) await handle.chmod(there.mode & 0o777);
  } catch (error) {
    if (handle === undefined) session.finished(temporary);
    throw error;
  }
  const file = handle;
  return {
    write: (data) => attempt(option, () => file.writeFile(data)),
    async finish() {
      await attempt(option, async () => {
        await file.sync();
        await file.close();
        if (force) await rename(temporary, path);
        else await nameNew(temporary, path);
        await syncFolder(dirname(path));
      });
      session.finished(temporary);
    },
    async abandon() {
      await file.close().catch(() => undefined);
      await unlink(temporary).catch(() => undefined);
      session.finished(temporary);
    },
  };
}

/** A link, unlike a renaming, never replaces what got the name meanwhile. */
async function nameNew(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP" && code !== "ENOSYS") throw error;
    // A file system without links; what is left is to look first.
    if ((await stat(path).catch(() => undefined)) !== undefined)
      throw Object.assign(new Error("exists"), { code: "EEXIST" });
    return rename(temporary, path);
  }
  await unlink(temporary);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function attempt<T>(option: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || !/^E[A-Z]/.test(code)) throw error;
    throw new Refusal("file-access", `${option}: ${reasonOf(code)}`);
  }
}
