/** Where the secret of a sealed keyset comes from: a file that is private as a key file is, or a descriptor. One line each. */
import { createReadStream, fstatSync } from "node:fs";
import { Socket } from "node:net";
import { isatty } from "node:tty";
import { decodeKey } from "./keyfile.js";
import { readPrivateFile, reasonOf } from "./private-file.js";

/** The reason why a secret is refused. It repeats nothing of the secret. */
export class SecretFileError extends Error {
  override readonly name = "SecretFileError";
}

/**
 * Reads a passphrase from a file or a pipe: UTF-8, of which the line break at the end is dropped and nothing else. It
 * becomes a string, which cannot be wiped.
 */
export async function readPassphraseFile(path: string): Promise<string> {
  return passphraseOf(await readPrivateFile(path, MAX_PASSPHRASE_FILE, refuse, { pipes: true }));
}

/** Reads a passphrase in the same form from a descriptor that was handed to this process, to its end. */
export async function readPassphraseDescriptor(descriptor: number): Promise<string> {
  return passphraseOf(await readDescriptor(descriptor));
}

/** Reads a key-encryption key: 32 bytes as they are, 64 hexadecimal digits or 43 base64url characters. */
export async function readKekFile(path: string): Promise<Uint8Array> {
  const bytes = await readPrivateFile(path, MAX_KEK_CHARACTERS + 2, refuse, { pipes: true });
  try {
    const kek = bytes.length === KEK_BYTES ? Uint8Array.from(bytes) : decodeKey(lineOf(bytes));
    if (kek !== undefined) return kek;
    throw refuse("it is not a key: neither 32 bytes, 64 hexadecimal digits nor 43 base64url characters");
  } finally {
    bytes.fill(0);
  }
}

const refuse = (reason: string): Error => new SecretFileError(reason);

/** Room for every passphrase that can be: how long one may be is counted in its normal form, when the keyset opens. */
const MAX_PASSPHRASE_FILE = 16_384;
const KEK_BYTES = 32;
const MAX_KEK_CHARACTERS = 64;
const LF = 0x0a;
const CR = 0x0d;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function passphraseOf(bytes: Buffer): string {
  try {
    const line = lineOf(bytes);
    if (line.length === 0) throw refuse("it is empty");
    return utf8.decode(line);
  } catch (error) {
    if (error instanceof TypeError) throw refuse("it is not UTF-8");
    throw error;
  } finally {
    bytes.fill(0);
  }
}

async function readDescriptor(descriptor: number): Promise<Buffer> {
  if (isatty(descriptor)) throw refuse("it is a terminal, which would show what is typed");
  const buffer = Buffer.alloc(MAX_PASSPHRASE_FILE + 1);
  let length = 0;
  try {
    for await (const chunk of streamOf(descriptor)) {
      length += chunk.copy(buffer, length);
      chunk.fill(0);
      if (length > MAX_PASSPHRASE_FILE) break;
    }
  } catch (error) {
    throw refuse(reasonOf(error));
  }
  if (length <= MAX_PASSPHRASE_FILE) return buffer.subarray(0, length);
  buffer.fill(0);
  throw refuse(`it is longer than ${MAX_PASSPHRASE_FILE} bytes`);
}

/** A pipe or a socket is waited for without a thread, and a file is read by one. */
function streamOf(descriptor: number): AsyncIterable<Buffer> {
  if (descriptor === 0) return process.stdin;
  const stats = fstatSync(descriptor);
  if (stats.isFIFO() || stats.isSocket())
    return new Socket({ fd: descriptor, readable: true, writable: false });
  return createReadStream("", { fd: descriptor });
}

function lineOf(bytes: Buffer): Buffer {
  const withoutLf = bytes.at(-1) === LF ? bytes.subarray(0, -1) : bytes;
  const line =
    withoutLf.length < bytes.length && withoutLf.at(-1) === CR ? withoutLf.subarray(0, -1) : withoutLf;
  if (line.includes(LF) || line.includes(CR)) throw refuse("it has more than one line");
  return line;
}
