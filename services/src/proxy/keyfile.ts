/**
 * The key file: ASCII text with one root key a line.
 *
 * - A line is 64 hexadecimal digits or 43 base64url characters without padding: 32 bytes either way.
 * - The first line is the primary key, which encrypts. Later lines are older keys, which only decrypt.
 * - Lines end in LF or CRLF; the last need not. Nothing else may stand in the file: no comment, no blank line.
 * - It is a regular file of mode 0600 or 0400 that belongs to the user who runs the proxy.
 *
 * Key bytes are held in buffers only, never in strings, since a buffer can be wiped and a string cannot.
 */
import { constants, type Stats } from "node:fs";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { isBlindtallyError, Keyset } from "blindtally";
import { exportRootKeys, importRootKey } from "blindtally/hazard";

/** The reason why a key file is refused or not made. It repeats nothing of the file. */
export class KeyFileError extends Error {
  override readonly name = "KeyFileError";
}

/**
 * Reads a key file into a keyset, whose primary key is the first line's. Dispose of the keyset when it is
 * done with.
 */
export async function readKeyFile(path: string): Promise<Keyset> {
  const text = await readPrivateFile(path);
  try {
    return importLines(text);
  } finally {
    text.fill(0);
  }
}

/**
 * Makes a key file with one fresh key and gives back the key's id. A file that is there is never
 * overwritten.
 */
export async function generateKeyFile(path: string): Promise<string> {
  const handle = await openNew(path);
  try {
    await writeFreshKey(handle);
  } catch (error) {
    await handle.close();
    await unlink(path);
    throw error;
  }
  await handle.close();
  // Reading it back proves that the proxy will take it.
  const keyset = await readKeyFile(path);
  const id = keyset.primaryKeyId;
  keyset.dispose();
  return id;
}

const KEY_BYTES = 32;
const MAX_FILE_BYTES = 8_192;
const HEX = Buffer.from("0123456789abcdefABCDEF");
const BASE64URL = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
const LF = 0x0a;
const CR = 0x0d;

async function readPrivateFile(path: string): Promise<Buffer> {
  let handle: FileHandle;
  try {
    // Not blocking, so that a named pipe is refused below instead of waited for.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new KeyFileError(reasonOf(error));
  }
  try {
    // Checked on what was opened, not on the path: between two looks a path may come to mean another file.
    requirePrivate(await handle.stat());
    const buffer = Buffer.alloc(MAX_FILE_BYTES + 1);
    const length = await readAll(handle, buffer);
    if (length > MAX_FILE_BYTES) throw new KeyFileError(`it is longer than ${MAX_FILE_BYTES} bytes`);
    return buffer.subarray(0, length);
  } finally {
    await handle.close();
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

function requirePrivate(stats: Stats): void {
  const uid = process.getuid?.();
  if (uid === undefined) throw new KeyFileError("this system does not tell who may read it");
  if (!stats.isFile()) throw new KeyFileError("it is not a regular file");
  if (stats.uid !== uid)
    throw new KeyFileError("it belongs to another user; make it belong to the one who runs the proxy");
  const mode = stats.mode & 0o7777;
  if (mode !== 0o600 && mode !== 0o400) {
    throw new KeyFileError(`its mode is 0${mode.toString(8)}, and must be 0600 or 0400; run chmod 600 on it`);
  }
}

function importLines(text: Buffer): Keyset {
  const lines = linesOf(text);
  if (lines.length === 0) throw new KeyFileError("it is empty");
  let keyset: Keyset | undefined;
  try {
    for (const [index, line] of lines.entries()) keyset = importLine(line, index + 1, keyset);
    return keyset as Keyset;
  } catch (error) {
    keyset?.dispose();
    throw error;
  }
}

function importLine(line: Buffer, number: number, keyset: Keyset | undefined): Keyset {
  const key = decodeKey(line);
  if (key === undefined) {
    throw new KeyFileError(
      `line ${number} is not a key: neither 64 hexadecimal digits nor 43 base64url characters`,
    );
  }
  try {
    return importRootKey(key, keyset);
  } catch (error) {
    if (isBlindtallyError(error) && error.code === "duplicate-key") {
      throw new KeyFileError(`line ${number} repeats the key of an earlier line`);
    }
    throw error;
  } finally {
    key.fill(0);
  }
}

function linesOf(text: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  while (start < text.length) {
    const lineFeed = text.indexOf(LF, start);
    const end = lineFeed === -1 ? text.length : lineFeed;
    lines.push(text.subarray(start, end > start && lineFeed !== -1 && text[end - 1] === CR ? end - 1 : end));
    start = end + 1;
  }
  return lines;
}

function decodeKey(line: Buffer): Uint8Array | undefined {
  if (line.length === 64) return decodeDigits(line, HEX, 4);
  if (line.length === 43) return decodeDigits(line, BASE64URL, 6);
  return undefined;
}

/**
 * Reads digits of so many bits each; bits left over must be zero, so that each key has one text in
 * base64url.
 */
function decodeDigits(line: Buffer, alphabet: Buffer, bitsPerDigit: number): Uint8Array | undefined {
  const key = new Uint8Array(KEY_BYTES);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const character of line) {
    const index = alphabet.indexOf(character);
    if (index === -1) {
      key.fill(0);
      return undefined;
    }
    const digit = alphabet === HEX && index >= 16 ? index - 6 : index;
    bits = (bits << bitsPerDigit) | digit;
    held += bitsPerDigit;
    if (held >= 8) {
      held -= 8;
      key[at] = bits >> held;
      bits &= (1 << held) - 1;
      at += 1;
    }
  }
  if (bits === 0) return key;
  key.fill(0);
  return undefined;
}

async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, "wx", 0o600);
  } catch (error) {
    throw new KeyFileError(reasonOf(error));
  }
}

async function writeFreshKey(handle: FileHandle): Promise<void> {
  // The umask may have taken bits of the mode away.
  await handle.chmod(0o600);
  const keyset = Keyset.generate();
  const text = Buffer.alloc(2 * KEY_BYTES + 1, LF);
  try {
    for (const { key } of exportRootKeys(keyset)) {
      for (const [index, byte] of key.entries()) {
        text[2 * index] = HEX[byte >> 4] as number;
        text[2 * index + 1] = HEX[byte & 15] as number;
      }
      key.fill(0);
    }
    await handle.write(text);
    await handle.sync();
  } finally {
    text.fill(0);
    keyset.dispose();
  }
}

function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
      return "there is no such file or folder";
    case "EEXIST":
      return "there is a file already, and it is never overwritten";
    case "EACCES":
    case "EPERM":
      return "this user may not open it";
    case "ENXIO":
    case "EISDIR":
      return "it is not a regular file";
    default:
      return `it cannot be opened (${code ?? "unknown"})`;
  }
}
