import { Keyset } from "blindtally";
import { importKeysetText, importRootKey } from "blindtally/hazard";
import { KeysetFile, type NewSlot } from "blindtally/sealed";
import { createKeysetFile } from "blindtally/store";
import { type Command, JSON_OPTION } from "../command.js";
import { EXIT, type ExitCode, Refusal } from "../failure.js";
import { KEYSET, keysetPath } from "../opening.js";
import type { Given, OptionSpecs } from "../options.js";
import { requireNew } from "../output.js";
import { decodeKey, readPrivateFile, withoutLineEnd } from "../private-file.js";
import { newSlotOptions, newSlots, promptNewPassphrase } from "../secrets.js";
import type { Session } from "../session.js";
import { describeSlot } from "../slots.js";
import { printable } from "../text.js";
import { daysOf } from "./keys.js";

const ROTATION: OptionSpecs = {
  "rotate-after": {
    value: "DAYS",
    help: "say that the primary key is due for rotation after so many days (1 to 65535, or never); see `rotate --if-due`",
  },
};

export const keygen: Command = {
  name: "keygen",
  summary: "make a sealed keyset file with a fresh key",
  usage: "-k FILE [options]",
  details:
    "Makes a new keyset file with one random key. Each way to open it that is given is a slot of the file, and any one\n" +
    "of them opens it. Without one, a passphrase is asked for, twice. A file that is there is never overwritten.",
  groups: [
    { title: "Keyset", options: { ...KEYSET, ...ROTATION, ...JSON_OPTION } },
    { title: "Ways to open it, one or more", options: newSlotOptions("") },
  ],
  examples: [
    "blindtally keygen -k keys.btk",
    "blindtally keygen -k keys.btk --passphrase-file pass --rotate-after 90",
    "blindtally keygen -k keys.btk --kek-file /run/secrets/kek",
  ],
  async run(given, session) {
    const path = keysetPath(given);
    await requireNew(path, "--keyset");
    const days = daysOf(given);
    const slots = await slotsToMake(given, session);
    const keyset = Keyset.generate();
    keyset.rotateAfterDays = days;
    return create(given, session, { path, keyset, slots, what: "Made" });
  },
};

export const importKeys: Command = {
  name: "import",
  summary: "seal keys that are in clear into a new keyset file",
  usage: "-k FILE --from KEYS [options]",
  details:
    "Makes a new keyset file of keys in clear: a key file with one root key a line (64 hexadecimal digits or 43\n" +
    "base64url characters, the first one primary), or a keyset as text (btk1_…). Counts do not change: the keys are\n" +
    "the same. Delete the file with the keys in clear once the new one is in use.",
  groups: [
    {
      title: "Keyset",
      options: {
        ...KEYSET,
        from: { value: "KEYS", help: "the file with keys in clear, of mode 0600" },
        ...ROTATION,
        ...JSON_OPTION,
      },
    },
    { title: "Ways to open it, one or more (default: ask for a passphrase)", options: newSlotOptions("") },
  ],
  examples: ["blindtally import -k keys.btk --from proxy.key --passphrase-file pass"],
  async run(given, session) {
    const path = keysetPath(given);
    const from = given.required("from", "KEYS");
    await requireNew(path, "--keyset");
    const days = daysOf(given);
    const keyset = await readClearKeys(from);
    try {
      if (given.flag("rotate-after")) keyset.rotateAfterDays = days;
      const slots = await slotsToMake(given, session);
      const exit = await create(given, session, { path, keyset, slots, what: "Sealed" });
      session.hint(
        "The file with the keys in clear is still there. Delete it and its copies once this one is in use.",
      );
      return exit;
    } finally {
      keyset.dispose();
    }
  },
};

/** The ways to open a new file, of the options or of a prompt; wiped by whoever seals them in. */
export async function slotsToMake(
  given: Given,
  session: Session,
  prefix: "" | "new-" = "",
): Promise<readonly NewSlot[]> {
  const slots = await newSlots(given, session, prefix);
  if (slots.length > 0) return slots;
  const passphrase = await promptNewPassphrase(session, prefix);
  const label = given.value("label");
  return [{ passphrase, ...(label === undefined ? {} : { label }) }];
}

/** Seals a keyset into a file that nothing of is there yet; the file owns the keyset. */
export async function sealedFile(
  keyset: Keyset,
  slots: readonly NewSlot[],
  after?: number,
): Promise<KeysetFile> {
  const file = await KeysetFile.create(keyset, after === undefined ? {} : { after });
  try {
    for (const slot of slots) await file.addSlot(slot);
    return file;
  } catch (error) {
    file.dispose();
    throw error;
  } finally {
    for (const slot of slots) if ("raw" in slot) slot.raw.fill(0);
  }
}

interface Creation {
  readonly path: string;
  readonly keyset: Keyset;
  readonly slots: readonly NewSlot[];
  readonly what: string;
}

async function create(
  given: Given,
  session: Session,
  { path, keyset, slots, what }: Creation,
): Promise<ExitCode> {
  const { primaryKeyId } = keyset;
  const count = keyset.keys.length;
  const file = await sealedFile(keyset, slots);
  try {
    const stored = await session.undisturbed(() => createKeysetFile(path, file));
    if (given.flag("json")) {
      session.printJson({
        keyset: path,
        primaryKeyId,
        keys: count,
        revision: file.revision,
        slots: file.slots,
      });
    } else {
      session.say(
        `${what} ${printable(path)}. Its primary key is ${primaryKeyId}${count > 1 ? `, of ${count} keys` : ""}.`,
      );
      for (const slot of file.slots) session.say(`It opens by ${describeSlot(slot)}, slot ${slot.id}.`);
      if (!file.slots.some(({ kind }) => kind === "recovery"))
        session.hint(
          "If every way to open it is lost, so are all counts: see `blindtally recover split --help`.",
        );
    }
    stored.dispose();
  } finally {
    file.dispose();
  }
  return EXIT.ok;
}

const MAX_CLEAR = 262_144;
const LF = 0x0a;

async function readClearKeys(path: string): Promise<Keyset> {
  const content = await readPrivateFile(path, "--from", MAX_CLEAR);
  try {
    const line = withoutLineEnd(content);
    if (line.subarray(0, 5).toString("latin1") === "btk1_") return importKeysetText(line.toString("latin1"));
    return importLines(line);
  } finally {
    content.fill(0);
  }
}

function importLines(content: Buffer): Keyset {
  if (content.length === 0) throw new Refusal("bad-key", "--from: it is empty");
  let keyset: Keyset | undefined;
  try {
    let start = 0;
    for (let number = 1; start <= content.length; number += 1) {
      const lineFeed = content.indexOf(LF, start);
      const end = lineFeed === -1 ? content.length : lineFeed + 1;
      keyset = importLine(withoutLineEnd(content.subarray(start, end)), number, keyset);
      start = lineFeed === -1 ? content.length + 1 : end;
    }
    return keyset as Keyset;
  } catch (error) {
    keyset?.dispose();
    throw error;
  }
}

function importLine(line: Buffer, number: number, keyset: Keyset | undefined): Keyset {
  // A line of 32 characters is not taken for 32 bytes.
  const key = decodeKey(line.length === 32 ? Buffer.alloc(0) : line, `--from: line ${number}`);
  try {
    return importRootKey(key, keyset);
  } finally {
    key.fill(0);
  }
}
