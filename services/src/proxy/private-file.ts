import { constants, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** How a file is refused: with a reason that repeats nothing of the file, nor its path. */
export type Refuse = (reason: string) => Error;

/**
 * Reads a file that holds a secret: a regular file of mode 0600 or 0400 that belongs to the user of the process, or
 * such a pipe where pipes are allowed. The caller wipes what it gets.
 */
export async function readPrivateFile(
  path: string,
  maxBytes: number,
  refuse: Refuse,
  { pipes = false }: { readonly pipes?: boolean } = {},
): Promise<Buffer> {
  let handle: FileHandle;
  try {
    // A pipe is waited for where one is allowed; elsewhere it is opened without waiting, and refused below.
    handle = await open(path, constants.O_RDONLY | (pipes ? 0 : constants.O_NONBLOCK));
  } catch (error) {
    throw refuse(reasonOf(error));
  }
  try {
    // Checked on what was opened, not on the path: between two looks a path may come to mean another file.
    requirePrivate(await handle.stat(), refuse, pipes);
    const buffer = Buffer.alloc(maxBytes + 1);
    const length = await readAll(handle, buffer);
    if (length <= maxBytes) return buffer.subarray(0, length);
    buffer.fill(0);
    throw refuse(`it is longer than ${maxBytes} bytes`);
  } finally {
    await handle.close();
  }
}

/** Why a file could not be opened or made. */
export function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
      return "there is no such file or folder";
    case "EEXIST":
      return "there is a file already, and it is never overwritten";
    case "EACCES":
    case "EPERM":
      return "this user may not open it";
    case "EBADF":
      return "it is not open";
    case "ENXIO":
    case "EISDIR":
      return "it is not a regular file";
    default:
      return `it cannot be opened (${code ?? "unknown"})`;
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

/** A pipe is as private as its two ends: a shell makes one of `<(command)`. */
function requirePrivate(stats: Stats, refuse: Refuse, pipes: boolean): void {
  const uid = process.getuid?.();
  if (uid === undefined) throw refuse("this system does not tell who may read it");
  if (!stats.isFile() && !(pipes && stats.isFIFO())) throw refuse("it is not a regular file");
  if (stats.uid !== uid)
    throw refuse("it belongs to another user; make it belong to the one who runs the proxy");
  const mode = stats.mode & 0o7777;
  if (mode !== 0o600 && mode !== 0o400) {
    throw refuse(`its mode is 0${mode.toString(8)}, and must be 0600 or 0400; run chmod 600 on it`);
  }
}
