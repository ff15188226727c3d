import { isBlindtallyError, type Keyset } from "blindtally";
import type { Secret } from "blindtally/sealed";
import { type GivenOptions, type OptionSpecs, UsageError } from "../shared/cli.js";
import { describeError } from "../shared/logging.js";
import { StartError } from "../shared/service-process.js";
import { KeyFileError, readKeyFile } from "./keyfile.js";
import { type KeyLog, SealedKeys } from "./sealed-keys.js";
import {
  readKekFile,
  readPassphraseDescriptor,
  readPassphraseFile,
  SecretFileError,
} from "./secret-files.js";

const KEYSET_VARIABLE = "BLINDTALLY_KEYSET";
const KEY_FILE_VARIABLE = "BLINDTALLY_KEY_FILE";

/** The options that say where the keys are. */
export const KEY_OPTIONS: OptionSpecs = {
  keyset: { value: "<file>", help: `sealed keyset file (default $${KEYSET_VARIABLE}), with one of:` },
  "passphrase-file": { value: "<file>", help: "  file or pipe with its passphrase, mode 0600 or 0400" },
  "passphrase-stdin": { help: "  its passphrase comes from standard input" },
  "passphrase-fd": { value: "<number>", help: "  its passphrase comes from this file descriptor" },
  "kek-file": {
    value: "<file>",
    help: "  file or pipe with a key-encryption key of 32 bytes, mode 0600 or 0400",
  },
  "kms-key": {
    value: "<arn>",
    help: "  key of AWS KMS, or alias of one, that unwraps it (needs @aws-sdk/client-kms)",
  },
  "key-file": {
    value: "<file>",
    help: `instead: file with root keys in clear, mode 0600 or 0400 (default $${KEY_FILE_VARIABLE})`,
  },
};

/** The keys of a running proxy. */
export interface ProxyKeys {
  /** The keyset of now. */
  readonly keyset: Keyset;
  /** Begins to take in changes of where the keys come from. */
  follow(log: KeyLog): void;
  /** Takes in such a change at once, if changes are followed. */
  reload(): void;
  /** Wipes the keys. */
  close(): Promise<void>;
}

/** Opens the keys that the options name. Nothing that is said about a failure repeats a path: it may be a key. */
export async function openKeys(options: GivenOptions): Promise<ProxyKeys> {
  const secretOptions = SECRET_OPTIONS.filter((name) => options.flag(name));
  const { keysetFile, keyFile } = chosenFiles(options);
  if (keysetFile === undefined) {
    if (secretOptions[0] !== undefined)
      throw new UsageError(`--${secretOptions[0]} goes with --keyset <file>.`);
    return openKeyFile(keyFile);
  }
  const [name, second] = secretOptions;
  if (name === undefined || second !== undefined) {
    throw new UsageError(
      "--keyset takes exactly one of --passphrase-file <file>, --passphrase-stdin, --passphrase-fd <number>, " +
        "--kek-file <file> and --kms-key <arn>.",
    );
  }
  return openSealed(keysetFile, await secretFrom(name, options.value(name) ?? ""));
}

const SECRET_OPTIONS = [
  "passphrase-file",
  "passphrase-stdin",
  "passphrase-fd",
  "kek-file",
  "kms-key",
] as const;

/** An option decides over a variable; two that would both decide are a mistake. */
function chosenFiles(options: GivenOptions): {
  keysetFile?: string | undefined;
  keyFile?: string | undefined;
} {
  const given = { keysetFile: options.value("keyset"), keyFile: options.value("key-file") };
  if (given.keysetFile !== undefined && given.keyFile !== undefined)
    throw new UsageError("--keyset and --key-file exclude each other.");
  if (given.keysetFile !== undefined || given.keyFile !== undefined) return given;
  const keysetFile = process.env[KEYSET_VARIABLE] || undefined;
  const keyFile = process.env[KEY_FILE_VARIABLE] || undefined;
  if (keysetFile !== undefined && keyFile !== undefined)
    throw new UsageError(`$${KEYSET_VARIABLE} and $${KEY_FILE_VARIABLE} exclude each other.`);
  return { keysetFile, keyFile };
}

async function openKeyFile(path: string | undefined): Promise<ProxyKeys> {
  if (path === undefined) {
    throw new UsageError(
      `Keys are missing: give --keyset <file> or --key-file <file>, or $${KEYSET_VARIABLE} or $${KEY_FILE_VARIABLE}.`,
    );
  }
  const keyset = await withKeyFile("use", () => readKeyFile(path));
  return {
    keyset,
    follow() {},
    reload() {},
    async close() {
      keyset.dispose();
    },
  };
}

/** Turns the reason for which a key file is refused into the end of the command. */
export async function withKeyFile<T>(what: "make" | "use", action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof KeyFileError) throw new StartError(`Cannot ${what} the key file: ${error.message}.`);
    throw error;
  }
}

async function openSealed(path: string, secret: Secret): Promise<ProxyKeys> {
  try {
    const keys = await SealedKeys.open(path, secret);
    return {
      get keyset() {
        return keys.keyset;
      },
      follow: (log) => keys.follow(log),
      reload: () => void keys.reload(),
      close: () => keys.close(),
    };
  } catch (error) {
    if (!isBlindtallyError(error)) throw error;
    // A message may begin with the path.
    const message = error.message.replace(`${path}: `, "");
    throw new StartError(
      `Cannot open the keyset file (${[error.code, ...systemCode(error)].join(", ")}): ${message}.`,
    );
  } finally {
    if ("raw" in secret) secret.raw.fill(0);
  }
}

/** Which error of the system it was, such as ENOENT. */
function systemCode({ cause }: Error): string[] {
  const { code } = describeError(cause);
  return code === undefined ? [] : [code];
}

async function secretFrom(option: (typeof SECRET_OPTIONS)[number], value: string): Promise<Secret> {
  switch (option) {
    case "passphrase-file":
      return { passphrase: await withSecretFile("passphrase file", () => readPassphraseFile(value)) };
    case "passphrase-stdin":
      return { passphrase: await passphraseFrom("passphrase from standard input", 0) };
    case "passphrase-fd":
      return { passphrase: await passphraseFrom("passphrase from the descriptor", descriptorOf(value)) };
    case "kek-file":
      return { raw: await withSecretFile("KEK file", () => readKekFile(value)) };
    case "kms-key":
      return kmsSecret(value);
  }
}

function passphraseFrom(what: string, descriptor: number): Promise<string> {
  return withSecretFile(what, () => readPassphraseDescriptor(descriptor));
}

function descriptorOf(value: string): number {
  if (/^\d{1,4}$/.test(value) && Number(value) <= MOST_DESCRIPTOR) return Number(value);
  throw new UsageError(`--passphrase-fd takes a number from 0 to ${MOST_DESCRIPTOR}.`);
}

const MOST_DESCRIPTOR = 1023;

async function withSecretFile<T>(what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof SecretFileError) throw new StartError(`Cannot use the ${what}: ${error.message}.`);
    throw error;
  }
}

/** The SDK is loaded here and nowhere else: whoever has no such key store need not install it. */
async function kmsSecret(keyId: string): Promise<Secret> {
  const region = KMS_ARN.exec(keyId)?.[1];
  if (region === undefined)
    throw new UsageError(
      "--kms-key takes the ARN of a key or of an alias of AWS KMS: arn:aws:kms:REGION:ACCOUNT:key/ID.",
    );
  const { KMSClient } = await kmsSdk();
  const { awsKms } = await import("blindtally/aws-kms");
  return { wrapper: awsKms({ client: new KMSClient({ region }), keyId }) };
}

/** A bare id or alias would mean another key in each account and region that somebody's settings name. */
const KMS_ARN = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:(?:key|alias)\/[A-Za-z0-9/_-]+$/;

async function kmsSdk(): Promise<typeof import("@aws-sdk/client-kms")> {
  try {
    return await import("@aws-sdk/client-kms");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new StartError("--kms-key needs the package @aws-sdk/client-kms: npm install @aws-sdk/client-kms.");
  }
}
