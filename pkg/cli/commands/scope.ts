import type { Keyset } from "blindtally";
import { exportKeysetText, exportRootKeys } from "blindtally/hazard";
import { createKeysetFile, type StoredKeyset } from "blindtally/store";
import { type Command, JSON_OPTION, type OptionGroup } from "../command.js";
import { EXIT, UsageError } from "../failure.js";
import { CONTEXT, contextOf, KEYSET, openStored } from "../opening.js";
import type { Given, OptionSpecs } from "../options.js";
import { requireNew, writeSecretFile } from "../output.js";
import { newSlotOptions, OPENING } from "../secrets.js";
import type { Session } from "../session.js";
import { slotTable } from "../slots.js";
import { printable } from "../text.js";
import { sealedFile, slotsToMake } from "./create.js";

const OPENING_GROUP: OptionGroup = {
  title: "Opening it (default: ask for the passphrase)",
  options: OPENING,
};

const UNDERSTAND: OptionSpecs = {
  "i-understand": { help: "yes, write keys in clear: whoever reads the file reads the names" },
};

export const scope: Command = {
  name: "scope",
  summary: "hand on the keys of one context alone",
  usage: "--context LABEL... --out FILE [options]",
  details:
    "Writes a keyset for one context: it encrypts and decrypts there and nowhere else, and no key of another context\n" +
    "follows from it. It is sealed with slots of its own; with --raw it is text in clear (btk1_…), for a place that keeps\n" +
    "secrets as text. It is a snapshot: after a rotation, make it again.",
  groups: [
    {
      title: "Keyset",
      options: {
        ...KEYSET,
        context: {
          ...CONTEXT.context,
          help: "the context, label by label; required (`--context event` for the default one)",
        } as OptionSpecs[string],
        out: { value: "FILE", help: "the new file, of mode 0600; one that is there is never overwritten" },
        raw: { help: "write keys in clear instead of a sealed file; needs --i-understand" },
        ...UNDERSTAND,
        ...JSON_OPTION,
      },
    },
    OPENING_GROUP,
    {
      title: "Ways to open the new file, one or more (default: ask for a passphrase)",
      options: newSlotOptions("new-"),
    },
  ],
  examples: [
    "blindtally scope -k keys.btk --context acme --context event --out acme.btk --new-passphrase-file acme-pass",
    "blindtally scope -k keys.btk --context event --out dashboard.key --raw --i-understand",
  ],
  async run(given, session) {
    const context = contextOf(given);
    if (context === undefined)
      throw new UsageError("Which context? Give --context LABEL, once for each label.");
    const out = given.required("out", "FILE");
    if (given.flag("raw")) requireUnderstanding(given);
    else if (given.flag("i-understand"))
      throw new UsageError("--i-understand is for --raw; a sealed file holds no keys in clear.");
    await requireNew(out, "--out");
    const stored = await openStored(given, session);
    try {
      const scoped = stored.keyset.scope(context);
      try {
        if (given.flag("raw")) await writeRaw(scoped, out, session);
        else await writeSealed(scoped, out, given, session);
      } finally {
        scoped.dispose();
      }
    } finally {
      stored.dispose();
    }
    const labels = context.map((label) => `"${printable(label)}"`).join(", ");
    if (given.flag("json")) session.printJson({ keyset: out, context, sealed: !given.flag("raw") });
    else session.say(`Made ${printable(out)}, which works in the context ${labels} alone.`);
    return EXIT.ok;
  },
};

export const exportKeys: Command = {
  name: "export",
  summary: "write a keyset in clear to a new file",
  usage: "--out FILE --i-understand [options]",
  details:
    "Writes the keys in clear: as text (btk1_…) with their states, ages and policy, or as a key file with one root key a\n" +
    "line in hexadecimal, the primary one first. Destroyed keys are not there to be written; a disabled key of a key file\n" +
    "is an enabled one for whoever reads it. `blindtally import` seals either again.",
  groups: [
    {
      title: "Keyset",
      options: {
        ...KEYSET,
        out: { value: "FILE", help: "the new file, of mode 0600; one that is there is never overwritten" },
        form: { value: "FORM", help: "text (default), or keys for a key file" },
        ...UNDERSTAND,
      },
    },
    OPENING_GROUP,
  ],
  examples: ["blindtally export -k keys.btk --out keys.txt --i-understand"],
  async run(given, session) {
    const out = given.required("out", "FILE");
    const form = given.choice("form", ["text", "keys"] as const, "text");
    requireUnderstanding(given);
    await requireNew(out, "--out");
    const stored = await openStored(given, session);
    try {
      if (form === "text") await writeRaw(stored.keyset, out, session);
      else await writeKeyFile(stored, out, session);
    } finally {
      stored.dispose();
    }
    session.say(`Made ${printable(out)}. It holds keys in clear: keep it as you would keep the names.`);
    return EXIT.ok;
  },
};

function requireUnderstanding(given: Given): void {
  if (!given.flag("i-understand"))
    throw new UsageError(
      "This writes keys in clear: whoever reads the file reads the names. If that is meant, add --i-understand.",
    );
}

async function writeRaw(keyset: Keyset, out: string, session: Session): Promise<void> {
  await writeSecretFile(out, `${exportKeysetText(keyset)}\n`, session, "--out");
}

async function writeKeyFile({ keyset }: StoredKeyset, out: string, session: Session): Promise<void> {
  const keys = exportRootKeys(keyset);
  const text = Buffer.alloc(keys.length * LINE_BYTES, "\n");
  try {
    for (const [line, { key }] of keys.entries()) {
      for (const [index, byte] of key.entries()) {
        text[line * LINE_BYTES + 2 * index] = HEX[byte >> 4] as number;
        text[line * LINE_BYTES + 2 * index + 1] = HEX[byte & 15] as number;
      }
      key.fill(0);
    }
    await writeSecretFile(out, text, session, "--out");
  } finally {
    text.fill(0);
  }
}

const HEX = Buffer.from("0123456789abcdef");
const LINE_BYTES = 65;

async function writeSealed(keyset: Keyset, out: string, given: Given, session: Session): Promise<void> {
  const file = await sealedFile(keyset, await slotsToMake(given, session, "new-"));
  try {
    await session.undisturbed(() => createKeysetFile(out, file));
    if (!given.flag("json")) session.say(`It opens by these slots:\n${slotTable(file.slots)}`);
  } finally {
    file.dispose();
  }
}
