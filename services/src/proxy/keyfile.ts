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
import { type FileHandle, open, unlink } from "node:fs/promises";
import { isBlindtallyError, Keyset } from "blindtally";
import { exportRootKeys, importRootKey } from "blindtally/hazard";
import { readPrivateFile, reasonOf } from "./private-file.js";

/** The reason why a key file is refused or not made. It repeats nothing of the file. */
export class KeyFileError extends Error {
  override readonly name = "KeyFileError";
}

/**
 * Reads a key file into a keyset, whose primary key is the first line's. Dispose of the keyset when it is
 * done with.
 */
export async function readKeyFile(path: string): Promise<Keyset> {
  const text = await readPrivateFile(path, MAX_FILE_BYTES, refuse);
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

const refuse = (reason: string): Error => new KeyFileError(reason);

const KEY_BYTES = 32;
const MAX_FILE_BYTES = 8_192;
const HEX = Buffer.from("0123456789abcdefABCDEF");
const BASE64URL = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
const LF = 0x0a;
const CR = 0x0d;

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

/** The 32 bytes of a line, or nothing where it is no key. */
export function decodeKey(line: Buffer): Uint8Array | undefined {
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
