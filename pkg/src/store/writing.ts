// Writing that a power cut cannot break: at every moment, and after every one, the path leads to all of the old file
// or all of the new one. The caller holds the lock of the path, so the names of what is not finished are fixed, and
// what a writer that was cut off has left behind is in nobody's way.

import { copyFile, link, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf, fileAccess } from "./private-file.js";

/**
 * Puts text in the place of a file, and keeps the file as `<path>.previous` if that is asked for. Until the folder is
 * synced ({@link syncFolderOf}), a power cut may undo it. If it fails, nothing has taken the place of the file.
 */
export async function replaceFile(
  path: string,
  text: string,
  options: { mode?: number; keepPrevious?: boolean } = {},
): Promise<void> {
  const fresh = `${path}.tmp`;
  try {
    await writeDurably(fresh, text, options.mode ?? 0o600);
    if (options.keepPrevious) await keepPrevious(path);
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true }).catch(() => {});
    throw fileAccess(path, error);
  }
}

/** Makes a file that is not there; {@link syncFolderOf} makes that last. */
export async function createFile(path: string, text: string): Promise<void> {
  const fresh = `${path}.tmp`;
  try {
    await writeDurably(fresh, text, 0o600);
    await placeNew(fresh, path);
  } catch (error) {
    throw fileAccess(path, error);
  } finally {
    await rm(fresh, { force: true }).catch(() => {});
  }
}

/** Writes a file that is there, whole, after any later power cut; in its folder only once that is synced as well. */
export async function writeDurably(path: string, text: string, mode: number): Promise<void> {
  await rm(path, { force: true });
  const handle = await open(path, "wx", mode);
  try {
    // The umask may have taken bits of the mode away.
    await handle.chmod(mode);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Gives a file a name that is not taken, else throws `EEXIST`; the former name may stay. */
export async function placeNew(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!hasNoLinks(error)) throw error;
    // Not atomic, but all that a file system without hard links offers: it is there at once, and filled a moment later.
    const handle = await open(to, "wx", 0o600);
    await handle.close();
    try {
      await rename(from, to);
    } catch (failure) {
      await rm(to, { force: true });
      throw failure;
    }
  }
}

/** Without this, a name that was given may be lost in a power cut though the file was not. */
export async function syncFolderOf(path: string): Promise<void> {
  // Windows has no such thing.
  if (process.platform === "win32") return;
  const folder = dirname(path);
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileAccess(folder, error);
  }
}

async function keepPrevious(path: string): Promise<void> {
  const spare = `${path}.previous.tmp`;
  await rm(spare, { force: true });
  try {
    await link(path, spare);
  } catch (error) {
    if (!hasNoLinks(error)) throw error;
    await copyFile(path, spare);
    const handle = await open(spare, "r+");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
  await rename(spare, `${path}.previous`);
  // Renaming between two names of one file leaves both; so it is after a save that was cut off here.
  await rm(spare, { force: true });
}

const hasNoLinks = (error: unknown): boolean =>
  ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(codeOf(error) ?? "");
