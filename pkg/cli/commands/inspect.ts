import type { KeyInfo, Keyset } from "blindtally";
import { type Command, JSON_OPTION } from "../command.js";
import { EXIT } from "../failure.js";
import { KEYSET, keysetPath, openStored, readKeysetFile } from "../opening.js";
import { namesSecret, OPENING } from "../secrets.js";
import { slotTable } from "../slots.js";
import { printable } from "../text.js";

export const inspect: Command = {
  name: "inspect",
  summary: "show what a keyset file says of itself, and with a secret its keys",
  usage: "[options]",
  details:
    "Shows the slots of the file, which anybody can see who has it. With --open, or a secret, it also shows ids, states\n" +
    "and ages of the keys; never a key.",
  groups: [
    { title: "Keyset", options: { ...KEYSET, open: { help: "open it, and show the keys" }, ...JSON_OPTION } },
    { title: "Opening it (with --open, default: ask for the passphrase)", options: OPENING },
  ],
  examples: [
    "blindtally inspect -k keys.btk",
    "blindtally inspect -k keys.btk --passphrase-file pass --json",
  ],
  async run(given, session) {
    const path = keysetPath(given);
    const { slots } = await readKeysetFile(path);
    if (!given.flag("open") && !namesSecret(given)) {
      if (given.flag("json")) session.printJson({ keyset: path, slots });
      else {
        session.print(`${printable(path)} opens by any of these slots:\n${slotTable(slots)}`);
        session.hint("--open shows the keys.");
      }
      return EXIT.ok;
    }
    const stored = await openStored(given, session);
    try {
      const { keyset, file } = stored;
      const facts = factsOf(keyset);
      if (given.flag("json")) {
        session.printJson({ keyset: path, revision: file.revision, ...facts, slots: file.slots });
      } else {
        const scope =
          facts.context === null
            ? ""
            : `\nIt is a scope: it works in the context ${labelsIn(facts.context)} alone.`;
        session.print(
          `${printable(path)}, revision ${file.revision}, opens by any of these slots:\n${slotTable(file.slots)}${scope}\n\n` +
            `Keys, the primary one first:\n${keyTable(keyset.keys)}\n\n${policyOf(facts)}`,
        );
      }
    } finally {
      stored.dispose();
    }
    return EXIT.ok;
  },
};

interface Facts {
  readonly context: readonly string[] | null;
  readonly rotateAfterDays: number | null;
  /** When the primary key is due; `null` if never, or if its age is not known, which makes it due now. */
  readonly rotationDue: Date | null;
  readonly keys: readonly { id: string; status: string; primary: boolean; created: Date | null }[];
}

const DAY_MS = 86_400_000;

function factsOf(keyset: Keyset): Facts {
  const { rotateAfterDays, keys, context } = keyset;
  const created = keys[0]?.created;
  const due =
    rotateAfterDays === undefined || created === undefined
      ? null
      : new Date(created.getTime() + rotateAfterDays * DAY_MS);
  return {
    context: context ?? null,
    rotateAfterDays: rotateAfterDays ?? null,
    rotationDue: due,
    keys: keys.map(({ id, status, primary, created }) => ({ id, status, primary, created: created ?? null })),
  };
}

function keyTable(keys: readonly KeyInfo[]): string {
  return keys
    .map(({ id, status, primary, created }) => {
      const since =
        created === undefined
          ? "age not known"
          : `since ${created.toISOString().slice(0, 16).replace("T", " ")} UTC`;
      return `${id}  ${status.padEnd(9)}  ${primary ? "primary  " : "         "}${since}`;
    })
    .join("\n");
}

function policyOf({ rotateAfterDays, rotationDue, context }: Facts): string {
  if (context !== null) return "Its keys are those of the keyset it was made from, and are changed there.";
  if (rotateAfterDays === null)
    return "No policy of rotation: `blindtally rotate --rotate-after DAYS` sets one.";
  const when =
    rotationDue === null
      ? "now, since its age is not known"
      : rotationDue.getTime() <= Date.now()
        ? `since ${rotationDue.toISOString().slice(0, 10)}`
        : `on ${rotationDue.toISOString().slice(0, 10)}`;
  return `Rotation every ${rotateAfterDays} days: the primary key is due ${when}.`;
}

const labelsIn = (context: readonly string[]): string =>
  context.map((label) => `"${printable(label)}"`).join(", ");
