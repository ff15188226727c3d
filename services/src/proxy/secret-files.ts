/** The files that hold the secret of a sealed keyset: private as a key file is, one line each. */
import { decodeKey } from "./keyfile.js";
import { readPrivateFile } from "./private-file.js";

/** The reason why a file with a secret is refused. It repeats nothing of the file. */
export class SecretFileError extends Error {
  override readonly name = "SecretFileError";
}

/**
 * Reads a passphrase: UTF-8, of which the line break at the end is dropped and nothing else. It becomes a string, which
 * cannot be wiped.
 */
export async function readPassphraseFile(path: string): Promise<string> {
  const bytes = await readPrivateFile(path, MAX_PASSPHRASE_BYTES + 2, refuse);
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

/** Reads a key-encryption key: 32 bytes as they are, 64 hexadecimal digits or 43 base64url characters. */
export async function readKekFile(path: string): Promise<Uint8Array> {
  const bytes = await readPrivateFile(path, MAX_KEK_CHARACTERS + 2, refuse);
  try {
    const kek = bytes.length === KEK_BYTES ? Uint8Array.from(bytes) : decodeKey(lineOf(bytes));
    if (kek !== undefined) return kek;
    throw refuse("it is not a key: neither 32 bytes, 64 hexadecimal digits nor 43 base64url characters");
  } finally {
    bytes.fill(0);
  }
}

const refuse = (reason: string): Error => new SecretFileError(reason);

const MAX_PASSPHRASE_BYTES = 1024;
const KEK_BYTES = 32;
const MAX_KEK_CHARACTERS = 64;
const LF = 0x0a;
const CR = 0x0d;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function lineOf(bytes: Buffer): Buffer {
  const withoutLf = bytes.at(-1) === LF ? bytes.subarray(0, -1) : bytes;
  const line =
    withoutLf.length < bytes.length && withoutLf.at(-1) === CR ? withoutLf.subarray(0, -1) : withoutLf;
  if (line.includes(LF) || line.includes(CR)) throw refuse("it has more than one line");
  return line;
}
