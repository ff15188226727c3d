import { mkdir, unlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { KeysetFile, recoverySheet, type SlotInfo } from "blindtally/sealed";
import { type Command, JSON_OPTION, type OptionGroup } from "../command.js";
import { EXIT, Refusal, UsageError } from "../failure.js";
import { changeStored, KEYSET, keysetPath, openStored, readKeysetFile, whileOpening } from "../opening.js";
import type { Given, OptionSpecs } from "../options.js";
import { requireNew, writeSecretFile } from "../output.js";
import { newSlotOptions, OPENING } from "../secrets.js";
import { readShares, SHARES, sharesOf } from "../shares.js";
import { describeSlot } from "../slots.js";
import { isDeceptive, printable } from "../text.js";
import { slotsToMake } from "./create.js";

const KEYSET_GROUP: OptionGroup = { title: "Keyset", options: { ...KEYSET, ...JSON_OPTION } };

const SHEET: OptionSpecs = {
  opens: {
    value: "TEXT",
    anyText: true,
    help: "what the share opens, as it stands on the sheet (default: the name of the keyset file)",
  },
};

export const split: Command = {
  name: "recover split",
  summary: "make recovery shares: any K of N open the keyset file",
  usage: "--threshold K --shares N --out FOLDER [options]",
  details:
    "Adds a recovery slot, and writes each of its shares to a new file of mode 0600 in FOLDER; with --sheets also a page\n" +
    "to print for each. Hand each share to another person, have them rehearse, and delete the files: whoever has K of\n" +
    "them opens the keyset.",
  groups: [
    KEYSET_GROUP,
    {
      title: "Shares",
      options: {
        threshold: { value: "K", help: "how many shares open the file, 2 to 32" },
        shares: { value: "N", help: "how many shares there are, up to 32" },
        out: { value: "FOLDER", help: "where the shares are written; made if it is not there" },
        sheets: { help: "also write a page of HTML for each, to print and to keep" },
        holder: {
          value: "NAME",
          anyText: true,
          repeatable: true,
          help: "who keeps a share; once for each of them, in order",
        },
        label: { value: "TEXT", anyText: true, help: "a name for the slot, readable by everybody" },
        ...SHEET,
      },
    },
    { title: "Opening it (default: ask for the passphrase)", options: OPENING },
  ],
  examples: [
    "blindtally recover split -k keys.btk --threshold 2 --shares 3 --out shares --sheets",
    "blindtally recover split -k keys.btk --threshold 2 --shares 3 --out shares --holder Ana --holder Ben --holder Eva",
  ],
  async run(given, session) {
    const plan = planOf(given);
    await mkdir(plan.folder, { recursive: true, mode: 0o700 });
    for (const path of plan.paths) await requireNew(path, "--out");
    const stored = await openStored(given, session);
    const written: string[] = [];
    try {
      const { slot, shares } = await stored.file.addSlot({
        recovery: { threshold: plan.threshold, shares: plan.count },
        ...(plan.label === undefined ? {} : { label: plan.label }),
      });
      // Before the keyset is saved: a share that is not on the disk could not be made again.
      await session.undisturbed(async () => {
        try {
          for (const [path, text] of sharesToWrite(plan, slot, shares ?? [])) {
            await writeSecretFile(path, text, session, "--out");
            written.push(path);
          }
          await stored.save();
        } catch (error) {
          // What fails after the file has its name leaves a file that these shares open, and nothing else tells them.
          if (await mayHaveSlot(stored.path, slot.id)) session.warn(SHARES_KEPT);
          else await Promise.all(written.map((path) => unlink(path)));
          throw error;
        }
      });
      const { text } = await readKeysetFile(stored.path);
      await KeysetFile.rehearse(text, (shares ?? []).slice(0, plan.threshold));
      if (given.flag("json")) {
        session.printJson({ slot, files: written, revision: stored.file.revision });
      } else {
        session.say(
          `Any ${plan.threshold} of these ${plan.count} shares open ${printable(stored.path)} (slot ${slot.id}); that was tried:`,
        );
        for (const path of written) session.say(`  ${printable(path)}`);
        const former = stored.file.slots.filter(({ kind, id }) => kind === "recovery" && id !== slot.id);
        for (const { id } of former)
          session.hint(
            `The shares of slot ${id}, made before, open it as well: \`blindtally slot remove ${id}\` if they are not to.`,
          );
        session.hint(
          "Hand each to another person, rehearse with them (`blindtally recover rehearse`), and delete these files.",
        );
      }
    } finally {
      stored.dispose();
    }
    return EXIT.ok;
  },
};

export const rehearse: Command = {
  name: "recover rehearse",
  summary: "show that recovery shares open the keyset file, and nothing else",
  usage: "[options]",
  details:
    "Opens the file with shares, says whether that works, and gives out nothing of what is inside. Without --shares-file,\n" +
    "shares are asked for, and each is checked as soon as it is typed.",
  groups: [KEYSET_GROUP, { title: "Shares (default: ask for them)", options: SHARES }],
  examples: [
    "blindtally recover rehearse -k keys.btk",
    "blindtally recover rehearse -k keys.btk --shares-file ana.txt --shares-file eva.txt",
  ],
  async run(given, session) {
    const path = keysetPath(given);
    const { text, slots } = await readKeysetFile(path);
    const { count, opened } = await whileOpening(async () => {
      const shares = await sharesOf(given, session, slots);
      return { count: shares.length, opened: await KeysetFile.rehearse(text, shares) };
    });
    if (given.flag("json")) session.printJson({ opens: true, shares: count, ...opened });
    else
      session.say(
        `These ${count} shares open ${printable(path)} (slot ${opened.slot}, revision ${opened.revision}). Nothing was taken out of it.`,
      );
    return EXIT.ok;
  },
};

export const combine: Command = {
  name: "recover combine",
  summary: "open the keyset file with recovery shares, and add a new way to open it",
  usage: "[options]",
  details:
    "For the day on which every other secret is lost: opens the file with shares and adds a new passphrase, or another\n" +
    "way to open it. The keys stay, so no count changes. Nothing else of the file changes; take the slot of the lost\n" +
    "secret away with `blindtally slot remove`, and make new shares with `blindtally rekey` and `recover split`.",
  groups: [
    KEYSET_GROUP,
    { title: "Shares (default: ask for them)", options: SHARES },
    { title: "What is added (default: ask for a passphrase)", options: newSlotOptions("new-") },
  ],
  examples: [
    "blindtally recover combine -k keys.btk",
    "blindtally recover combine -k keys.btk --shares-file ana.txt --shares-file eva.txt --new-passphrase-file pass",
  ],
  async run(given, session) {
    const { result: added, revision } = await changeStored(
      given.withFlag("ask-shares", "shares-file"),
      session,
      async ({ file }) => {
        const before = new Set(file.slots.map(({ id }) => id));
        for (const slot of await slotsToMake(given, session, "new-")) {
          await file.addSlot(slot);
          if ("raw" in slot) slot.raw.fill(0);
        }
        return file.slots.filter(({ id }) => !before.has(id));
      },
    );
    if (given.flag("json")) session.printJson({ added, revision });
    else
      for (const slot of added)
        session.say(`Opened by its shares. It opens by ${describeSlot(slot)} too now, slot ${slot.id}.`);
    session.hint(
      "This machine has seen enough shares to open the file. If that matters, make new ones: `blindtally rekey`, then `blindtally recover split`.",
    );
    return EXIT.ok;
  },
};

export const sheet: Command = {
  name: "recover sheet",
  summary: "make the page to print for one recovery share",
  usage: "--shares-file FILE --out FILE [options]",
  details:
    "Writes one page of HTML with the share and what to do with it, to print on A4 or Letter: a new file of mode 0600,\n" +
    "which holds the share. Print it where nobody keeps copies, and delete it.",
  groups: [
    {
      title: "Sheet",
      options: {
        "shares-file": { value: "FILE", help: "the share is in this file of mode 0600" },
        out: { value: "FILE", help: "where the page is written" },
        holder: { value: "NAME", anyText: true, help: "who keeps it" },
        label: { value: "TEXT", anyText: true, help: "the name of the slot" },
        ...SHEET,
      },
    },
  ],
  examples: ["blindtally recover sheet --shares-file share-1-of-3.txt --holder Ana --out ana.html"],
  async run(given, session) {
    const path = given.required("out", "FILE");
    await requireNew(path, "--out");
    const shares = await readShares([given.required("shares-file", "FILE")]);
    if (shares.length !== 1)
      throw new Refusal("bad-argument", "--shares-file: a sheet is for one share, and there are more in it");
    const page = recoverySheet({
      share: shares[0] as string,
      holder: given.value("holder"),
      label: given.value("label"),
      opens: given.value("opens"),
    });
    await writeSecretFile(path, page, session, "--out");
    session.say(`Made ${printable(path)}. It holds the share: print it, and delete it.`);
    return EXIT.ok;
  },
};

const SHARES_KEPT =
  "The shares were written, and the keyset file may open by them already: try that with `blindtally recover rehearse`, " +
  "and delete them only if it fails.";

/** Whether a file has a slot, or cannot be asked. */
async function mayHaveSlot(path: string, id: string): Promise<boolean> {
  try {
    const { slots } = await readKeysetFile(path);
    return slots.some((slot) => slot.id === id);
  } catch {
    return true;
  }
}

interface Plan {
  readonly threshold: number;
  readonly count: number;
  readonly folder: string;
  readonly sheets: boolean;
  readonly holders: readonly string[];
  readonly label: string | undefined;
  readonly opens: string;
  /** All that will be written. */
  readonly paths: readonly string[];
}

function planOf(given: Given): Plan {
  const keyset = keysetPath(given);
  const folder = given.required("out", "FOLDER");
  given.required("threshold", "K");
  given.required("shares", "N");
  const threshold = given.number("threshold", 2, 32) as number;
  const count = given.number("shares", 2, 32) as number;
  if (threshold > count) throw new UsageError("--threshold cannot be more than --shares.");
  const holders = given.values("holder");
  if (holders.length > 0 && holders.length !== count)
    throw new UsageError("Give --holder once for each share, or not at all.");
  const opens = given.value("opens") ?? printable(basename(keyset));
  for (const text of [...holders, opens])
    if (isDeceptive(text) || text.length > LONGEST_WORDS)
      throw new UsageError(
        `--holder and --opens take at most ${LONGEST_WORDS} characters, no control characters and no changes of direction.`,
      );
  const sheets = given.flag("sheets");
  const paths = numbers(count).flatMap((index) => pathsOf({ folder, count, sheets }, index));
  return {
    threshold,
    count,
    folder,
    sheets,
    holders,
    label: given.value("label"),
    opens,
    paths,
  };
}

/** As on a sheet. */
const LONGEST_WORDS = 200;

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

function pathsOf(
  { folder, count, sheets }: Pick<Plan, "folder" | "count" | "sheets">,
  index: number,
): string[] {
  const path = join(folder, `share-${index}-of-${count}`);
  return sheets ? [`${path}.txt`, `${path}.html`] : [`${path}.txt`];
}

function* sharesToWrite(plan: Plan, slot: SlotInfo, shares: readonly string[]): Iterable<[string, string]> {
  for (const [position, share] of shares.entries()) {
    const [text = "", page] = pathsOf(plan, position + 1);
    const holder = plan.holders[position];
    yield [text, shareFile(plan, slot, share, position + 1, holder)];
    if (page !== undefined)
      yield [page, recoverySheet({ share, holder, label: plan.label, opens: plan.opens })];
  }
}

function shareFile(
  plan: Plan,
  slot: SlotInfo,
  share: string,
  index: number,
  holder: string | undefined,
): string {
  const whose = holder === undefined ? "" : `# Kept by ${oneLine(holder)}\n`;
  return (
    `# Recovery share ${index} of ${plan.count}, set ${slot.id}: any ${plan.threshold} of them open ${oneLine(plan.opens)}\n` +
    `${whose}${share}\n`
  );
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();
