import { readFile } from "node:fs/promises";
import { isBlindtallyError, type Keyset } from "blindtally";
import { importKeysetText } from "blindtally/hazard";
import { KeysetFile, type SlotInfo } from "blindtally/sealed";
import { openKeysetFile, type StoredKeyset } from "blindtally/store";
import { EXIT, Refusal, reasonOf, UsageError, verdictOf } from "./failure.js";
import { type Given, type OptionSpecs, refuseSecret } from "./options.js";
import { readPrivateFile } from "./private-file.js";
import { openingSecret } from "./secrets.js";
import type { Session } from "./session.js";

/** Which keyset a command works with. */
export const KEYSET: OptionSpecs = {
  keyset: { value: "FILE", short: "k", help: `the keyset file (default $BLINDTALLY_KEYSET)` },
};

/** Which context a command works in. */
export const CONTEXT: OptionSpecs = {
  context: {
    value: "LABEL",
    repeatable: true,
    anyText: true,
    help: "what the tokens belong to; repeatable, up to eight labels (default event; of a scope, its own)",
  },
};

/** The path of the keyset file. */
export function keysetPath(given: Given): string {
  const path = given.value("keyset") ?? process.env[VARIABLE];
  if (path === undefined || path === "")
    throw new UsageError(`Which keyset? Give -k FILE or set $${VARIABLE}.`);
  refuseSecret(path, `The value of $${VARIABLE}`);
  return path;
}

/** The text of the keyset file, and the slots that it says it has. */
export async function readKeysetFile(path: string): Promise<{ text: string; slots: SlotInfo[] }> {
  return whileOpening(async () => {
    const text = await readText(path);
    return { text, slots: await KeysetFile.inspect(text) };
  });
}

/** Opens the sealed keyset of the options, to change it or to look into it. */
export async function openStored(given: Given, session: Session): Promise<StoredKeyset> {
  const path = keysetPath(given);
  const { slots } = await readKeysetFile(path);
  return openWith(given, session, path, slots);
}

/** A keyset to work with, and how to put it away. */
export interface UsableKeyset {
  readonly keyset: Keyset;
  dispose(): void;
}

/** Opens the keyset of the options, to encrypt and decrypt; it may also be one in clear, as `scope --raw` writes it. */
export async function openUsable(given: Given, session: Session): Promise<UsableKeyset> {
  const path = keysetPath(given);
  const text = await whileOpening(() => readText(path));
  if (text.startsWith(CLEAR)) {
    const keyset = await whileOpening(() => readClearKeyset(path));
    return { keyset, dispose: () => keyset.dispose() };
  }
  const slots = await whileOpening(() => KeysetFile.inspect(text));
  return openWith(given, session, path, slots);
}

/** The labels of `--context`; `undefined` for the default. */
export function contextOf(given: Given): readonly string[] | undefined {
  const labels = given.values("context");
  return labels.length === 0 ? undefined : labels;
}

/** Opens a keyset, changes it, and writes the next revision; nothing is written if the change is refused. */
export async function changeStored<T>(
  given: Given,
  session: Session,
  change: (stored: StoredKeyset) => T | Promise<T>,
): Promise<{ readonly result: T; readonly revision: number }> {
  const stored = await openStored(given, session);
  try {
    const result = await change(stored);
    await session.undisturbed(() => stored.save());
    return { result, revision: stored.file.revision };
  } finally {
    stored.dispose();
  }
}

/** Gives whatever keeps a keyset closed the exit code that says so. */
export async function whileOpening<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isBlindtallyError(error)) {
      if (error instanceof Refusal) throw new Refusal(error.code, error.message, EXIT.cannotOpen);
      throw error;
    }
    const { code, message } = verdictOf(error);
    const advice = OPENING_ADVICE[code];
    throw new Refusal(code, advice === undefined ? message : `${message}; ${advice}`, EXIT.cannotOpen);
  }
}

const VARIABLE = "BLINDTALLY_KEYSET";
const CLEAR = "btk1_";
/** More than a sealed file can have. */
const MAX_CHARACTERS = 262_144;

const OPENING_ADVICE: Readonly<Record<string, string | undefined>> = {
  "cannot-open": "another secret may open it: `blindtally slot list` shows the ways there are",
  "unknown-slot": "`blindtally slot list` shows the ways there are",
};

async function openWith(
  given: Given,
  session: Session,
  path: string,
  slots: readonly SlotInfo[],
): Promise<StoredKeyset> {
  return whileOpening(async () => {
    const secret = await openingSecret(given, session, slots);
    try {
      return await openKeysetFile(path, secret);
    } finally {
      if ("raw" in secret) secret.raw.fill(0);
    }
  });
}

async function readText(path: string): Promise<string> {
  let content: Buffer;
  try {
    content = await readFile(path);
  } catch (error) {
    throw new Refusal("file-access", `the keyset file: ${reasonOf((error as NodeJS.ErrnoException).code)}`);
  }
  if (content.length > MAX_CHARACTERS)
    throw new Refusal("bad-keyset-file", "this is no keyset file: it is longer than one can be");
  return content.toString("latin1");
}

async function readClearKeyset(path: string): Promise<Keyset> {
  const content = await readPrivateFile(path, "--keyset", MAX_CHARACTERS);
  try {
    return importKeysetText(content.toString("latin1").replace(/\r?\n$/, ""));
  } finally {
    content.fill(0);
  }
}
