import { isBlindtallyError, type Keyset } from "blindtally";
import { exportKeyset, importKeyset } from "blindtally/hazard";
import { KeysetFile, type NewSlot, type Secret } from "blindtally/sealed";
import { type Command, JSON_OPTION, type OptionGroup } from "../command.js";
import { EXIT, Refusal, UsageError } from "../failure.js";
import { changeStored, KEYSET, keysetPath, openStored, readKeysetFile } from "../opening.js";
import { newSlotOptions, OPENING } from "../secrets.js";
import { describeSlot, slotTable } from "../slots.js";
import { printable } from "../text.js";
import { sealedFile, slotsToMake } from "./create.js";

const KEYSET_GROUP: OptionGroup = { title: "Keyset", options: { ...KEYSET, ...JSON_OPTION } };
const OPENING_GROUP: OptionGroup = {
  title: "Opening it (default: ask for the passphrase)",
  options: OPENING,
};

export const slotList: Command = {
  name: "slot list",
  summary: "list the ways to open a keyset file",
  usage: "[options]",
  details: "Lists the slots of the file, any one of which opens it. Anybody can see them who has the file.",
  groups: [KEYSET_GROUP],
  examples: ["blindtally slot list -k keys.btk", "blindtally slot list -k keys.btk --json"],
  async run(given, session) {
    const { slots } = await readKeysetFile(keysetPath(given));
    if (given.flag("json")) session.printJson(slots);
    else session.print(slotTable(slots));
    return EXIT.ok;
  },
};

export const slotAdd: Command = {
  name: "slot add",
  summary: "add a way to open a keyset file",
  usage: "[options]",
  details:
    "Adds one or more ways to open the file. Without one among the options, a new passphrase is asked for, twice.\n" +
    "Recovery shares are added by `blindtally recover split`.",
  groups: [
    KEYSET_GROUP,
    OPENING_GROUP,
    { title: "What is added, one or more", options: newSlotOptions("new-") },
  ],
  examples: [
    "blindtally slot add -k keys.btk",
    "blindtally slot add -k keys.btk --passphrase-file pass --new-kek-file kek --label backup-server",
    "blindtally slot add -k keys.btk --new-kms-key arn:aws:kms:eu-central-1:111122223333:alias/keys",
  ],
  async run(given, session) {
    const { result: added, revision } = await changeStored(given, session, async ({ file }) => {
      const before = new Set(file.slots.map(({ id }) => id));
      const slots = await slotsToMake(given, session, "new-");
      try {
        for (const slot of slots) await file.addSlot(slot);
      } finally {
        for (const slot of slots) if ("raw" in slot) slot.raw.fill(0);
      }
      return file.slots.filter(({ id }) => !before.has(id));
    });
    if (given.flag("json")) session.printJson({ added, revision });
    else for (const slot of added) session.say(`It opens by ${describeSlot(slot)} too, slot ${slot.id}.`);
    return EXIT.ok;
  },
};

export const slotRemove: Command = {
  name: "slot remove",
  summary: "take away a way to open a keyset file",
  usage: "[options] SLOT_ID",
  details:
    "Takes a slot out of the file. Copies of the file that were made before still open with its secret, and whoever has\n" +
    "opened one of them has the key of the file: they can read what this file says later, and forge a newer one. To shut\n" +
    "somebody out: `blindtally rekey` with new secrets in every slot, then `blindtally rotate`.",
  groups: [KEYSET_GROUP, OPENING_GROUP],
  positionals: ["SLOT_ID"],
  examples: ["blindtally slot remove -k keys.btk 5f0e1d2c"],
  async run(given, session) {
    const id = given.positionals[0] as string;
    if (!/^[0-9a-f]{8}$/.test(id))
      throw new UsageError("SLOT_ID is eight hexadecimal digits; `blindtally slot list` shows them.");
    const { revision } = await changeStored(given, session, ({ file }) => file.removeSlot(id));
    if (given.flag("json")) session.printJson({ removed: id, revision });
    else session.say(`Slot ${id} is not in the file any more (revision ${revision}).`);
    session.warn(
      `Older copies of the file, ${printable(keysetPath(given))}.previous among them, still open with its secret, and whoever has opened one has ` +
        "the key of the file, with which they can read later files and forge a newer one. To shut somebody out: " +
        "`blindtally rekey` with new secrets in every slot, then `blindtally rotate`.",
    );
    return EXIT.ok;
  },
};

export const rekey: Command = {
  name: "rekey",
  summary: "seal a keyset anew, under a new file key and with new slots alone",
  usage: "[options]",
  details:
    "Writes the file anew: a new key of the file, and only the slots that are given now. Every former secret stops\n" +
    "opening it, recovery shares included. The keys of the keyset stay, so no count changes; the revision goes on\n" +
    "growing. Whoever has opened an older copy knows the keys that were in it: `blindtally rotate` afterwards, so that\n" +
    "they do not read what comes.\n\n" +
    "Each secret given now must be a new one, a key of a key store too. A slot of the old file whose secret stays in use\n" +
    "lets whoever has the old file's key forge a newer file that this secret opens. One that opens the former file is\n" +
    "refused; of older copies nothing is known here.",
  groups: [
    KEYSET_GROUP,
    OPENING_GROUP,
    {
      title: "Ways to open it from now on, one or more (default: ask for a passphrase)",
      options: newSlotOptions("new-"),
    },
  ],
  examples: [
    "blindtally rekey -k keys.btk",
    "blindtally rekey -k keys.btk --passphrase-file old --new-passphrase-file new",
  ],
  async run(given, session) {
    const stored = await openStored(given, session);
    try {
      const { text } = await readKeysetFile(stored.path);
      const slots = await slotsToMake(given, session, "new-");
      for (const slot of slots) await requireNewSecret(text, slot);
      const file = await sealedFile(copyOf(stored.keyset), slots, stored.file.revision);
      try {
        await session.undisturbed(() => stored.replace(file));
        if (given.flag("json")) {
          session.printJson({ revision: file.revision, slots: file.slots });
        } else {
          session.say(
            `Sealed anew (revision ${file.revision}). It opens by these slots alone:\n${slotTable(file.slots)}`,
          );
        }
        session.warn(
          `Older copies, ${printable(keysetPath(given))}.previous among them, still open with the former secrets: delete them, and run ` +
            "`blindtally rotate`. Programs that have the file open must be started again.",
        );
      } finally {
        file.dispose();
      }
    } finally {
      stored.dispose();
    }
    return EXIT.ok;
  },
};

/** Refuses a secret that opens the former file: it would open a forged one as well. */
async function requireNewSecret(text: string, slot: NewSlot): Promise<void> {
  const secret = secretOf(slot);
  if (secret === undefined || !(await opens(text, secret))) return;
  throw new Refusal(
    "bad-argument",
    "a secret that is given for the new file opens the former one; a secret that stays in use would open a file that " +
      "was forged with the former key as well, so take a new one",
  );
}

function secretOf(slot: NewSlot): Secret | undefined {
  if ("passphrase" in slot) return { passphrase: slot.passphrase };
  if ("raw" in slot) return { raw: slot.raw };
  return "wrapper" in slot ? { wrapper: slot.wrapper } : undefined;
}

/** What a key store says to a key of another one is told from what keeps it from answering when the slot is made. */
const DOES_NOT_OPEN = ["cannot-open", "unknown-slot", "key-store"];

async function opens(text: string, secret: Secret): Promise<boolean> {
  try {
    (await KeysetFile.open(text, secret)).dispose();
    return true;
  } catch (error) {
    if (isBlindtallyError(error) && DOES_NOT_OPEN.includes(error.code)) return false;
    throw error;
  }
}

/** A keyset of its own, so that either may be wiped without the other. */
function copyOf(keyset: Keyset): Keyset {
  const record = exportKeyset(keyset);
  try {
    return importKeyset(record);
  } finally {
    record.fill(0);
  }
}
