import { constants, createReadStream, fstatSync, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Socket } from "node:net";
import { isatty } from "node:tty";
import { Refusal, reasonOf, UsageError } from "./failure.js";

/**
 * Reads a small file that holds a secret. It is refused unless it belongs to this user alone. A path is never
 * repeated in a refusal: it may be a secret that was given in the place of one.
 *
 * @param option the option that named it
 */
export async function readPrivateFile(path: string, option: string, limit: number): Promise<Buffer> {
  const handle = await opened(path, option);
  try {
    // Asked of what was opened, not of the path, which may come to mean another file between two looks.
    requirePrivate(await handle.stat(), option);
    return await readAtMost(handle, limit, option);
  } finally {
    await handle.close();
  }
}

/** Reads a descriptor that was handed to this process, such as a pipe of a shell or of a key store, to its end. */
export async function readDescriptor(descriptor: number, option: string, limit: number): Promise<Buffer> {
  if (isatty(descriptor))
    throw new UsageError(
      `${option} is the terminal, which would show what is typed; leave it out to be asked.`,
    );
  const buffer = Buffer.alloc(limit + 1);
  let length = 0;
  try {
    for await (const chunk of streamOf(descriptor)) {
      length += (chunk as Buffer).copy(buffer, length);
      (chunk as Buffer).fill(0);
      if (length > limit) break;
    }
  } catch (error) {
    throw accessRefused(option, reasonOf((error as NodeJS.ErrnoException).code));
  }
  if (length <= limit) return buffer.subarray(0, length);
  buffer.fill(0);
  throw tooLong(option, limit);
}

/** The bytes of a 32-byte key: as they are, or as 64 hexadecimal digits or 43 base64url characters on one line. */
export function decodeKey(content: Buffer, option: string): Uint8Array {
  const line = withoutLineEnd(content);
  const key =
    content.length === KEY_BYTES
      ? Uint8Array.prototype.slice.call(content)
      : line.length === 64
        ? decodeDigits(line, HEX, 4)
        : line.length === 43
          ? decodeDigits(line, BASE64URL, 6)
          : undefined;
  if (key === undefined)
    throw new Refusal(
      "bad-key",
      `${option}: a key is 32 bytes, 64 hexadecimal digits or 43 base64url characters; this is none of them`,
    );
  if (key.every((byte) => byte === 0))
    throw new Refusal("bad-key", `${option}: 32 zero bytes are no key; make one of random bytes`);
  return key;
}

/** The same bytes without the LF or CRLF at their end. */
export function withoutLineEnd(content: Buffer): Buffer {
  let end = content.length;
  if (content[end - 1] === LF) end -= content[end - 2] === CR ? 2 : 1;
  return content.subarray(0, end);
}

const KEY_BYTES = 32;
const HEX = Buffer.from("0123456789abcdefABCDEF");
const BASE64URL = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
const LF = 0x0a;
const CR = 0x0d;

function accessRefused(option: string, why: string): Refusal {
  return new Refusal("file-access", `${option}: ${why}`);
}

function tooLong(option: string, limit: number): Refusal {
  return accessRefused(option, `it is longer than ${limit} bytes, so it is no secret of this kind`);
}

/** A pipe or a socket is waited for without a thread, and a file is read by one. */
function streamOf(descriptor: number): AsyncIterable<unknown> {
  if (descriptor === 0) return process.stdin;
  const stats = fstatSync(descriptor);
  if (stats.isFIFO() || stats.isSocket())
    return new Socket({ fd: descriptor, readable: true, writable: false });
  return createReadStream("", { fd: descriptor, autoClose: false });
}

async function opened(path: string, option: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY);
  } catch (error) {
    throw accessRefused(option, reasonOf((error as NodeJS.ErrnoException).code));
  }
}

async function readAtMost(handle: FileHandle, limit: number, option: string): Promise<Buffer> {
  const buffer = Buffer.alloc(limit + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  if (length <= limit) return buffer.subarray(0, length);
  buffer.fill(0);
  throw tooLong(option, limit);
}

/** A pipe is as private as its two ends: a shell makes one of `<(command)`. */
function requirePrivate(stats: Stats, option: string): void {
  const uid = process.getuid?.();
  if (uid === undefined)
    throw accessRefused(
      option,
      "this system does not tell who may read it; use the prompt or standard input",
    );
  if (!stats.isFile() && !stats.isFIFO()) throw accessRefused(option, "it is not a regular file");
  if (stats.uid !== uid) throw accessRefused(option, "it belongs to another user");
  const mode = stats.mode & 0o7777;
  if ((mode & 0o7177) !== 0)
    throw accessRefused(
      option,
      `its mode is 0${mode.toString(8)}, so others may read or change it; run chmod 600 on it`,
    );
}

/** Reads digits of so many bits each; bits left over must be zero, so that each key has one text. */
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
    bits = (bits << bitsPerDigit) | (alphabet === HEX && index >= 16 ? index - 6 : index);
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
