// Files that nobody else may read.
//
// On Windows neither owner nor mode is checked: Node shows no access control lists. There, keep the file in a folder of
// the user who runs the program.

import { constants, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { BlindtallyError } from "../errors.js";

/** A file as it was read. */
export interface PrivateFile {
  readonly text: string;
  /** Its permissions. */
  readonly mode: number;
}

/**
 * Reads a regular file of mode 0600 or 0400 that belongs to the user of this process.
 *
 * @throws BlindtallyError `file-access`.
 */
export async function readPrivateFile(path: string, maxBytes: number): Promise<PrivateFile> {
  const handle = await opened(path);
  try {
    // Checked on what was opened, not on the path: between two looks a path may come to mean another file.
    const stats = await handle.stat();
    requirePrivate(path, stats);
    const buffer = Buffer.alloc(maxBytes + 1);
    const length = await readAll(handle, buffer);
    if (length > maxBytes) throw fileAccess(path, `it is longer than ${maxBytes} bytes`);
    return { text: buffer.toString("latin1", 0, length), mode: stats.mode & 0o777 };
  } catch (error) {
    throw error instanceof BlindtallyError ? error : fileAccess(path, error);
  } finally {
    await handle.close();
  }
}

/** The error for a file that cannot be used; the reason is a sentence, or what the system said. */
export function fileAccess(path: string, reason: unknown): BlindtallyError {
  const words = typeof reason === "string" ? reason : wordsOf(codeOf(reason));
  return new BlindtallyError(
    "file-access",
    `${path}: ${words}`,
    typeof reason === "string" ? {} : { cause: reason },
  );
}

/** What the system calls an error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

async function opened(path: string): Promise<FileHandle> {
  try {
    // Not blocking, so that a named pipe is refused below instead of waited for.
    return await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw fileAccess(path, error);
  }
}

async function readAll(handle: FileHandle, buffer: Buffer): Promise<number> {
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}

function requirePrivate(path: string, stats: Stats): void {
  if (!stats.isFile()) throw fileAccess(path, "it is not a regular file");
  const uid = process.getuid?.();
  if (uid === undefined) return;
  if (stats.uid !== uid)
    throw fileAccess(path, "it belongs to another user; make it belong to the one who runs this program");
  const mode = stats.mode & 0o7777;
  if (mode === 0o600 || mode === 0o400) return;
  throw fileAccess(path, `its mode is 0${mode.toString(8)}, and must be 0600 or 0400; run chmod 600 on it`);
}

function wordsOf(code: string | undefined): string {
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return "there is no such file or folder";
    case "EEXIST":
      return "there is a file already, and it is never overwritten";
    case "EACCES":
    case "EPERM":
      return "this user may not do that";
    case "EROFS":
      return "it lies where nothing can be written";
    case "ENOSPC":
    case "EDQUOT":
      return "there is no room left";
    case "ENXIO":
    case "EISDIR":
      return "it is not a regular file";
    default:
      return `the system refused it (${code ?? "unknown"})`;
  }
}
