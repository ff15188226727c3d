import type { Keyset } from "blindtally";
import { type Command, JSON_OPTION, type OptionGroup } from "../command.js";
import { EXIT, type ExitCode, UsageError } from "../failure.js";
import { changeStored, KEYSET, keysetPath, openStored } from "../opening.js";
import type { Given, OptionSpecs } from "../options.js";
import { OPENING } from "../secrets.js";
import type { Session } from "../session.js";
import { printable } from "../text.js";

const OPENING_GROUP: OptionGroup = {
  title: "Opening it (default: ask for the passphrase)",
  options: OPENING,
};

const keysetGroup = (more: OptionSpecs = {}): OptionGroup => ({
  title: "Keyset",
  options: { ...KEYSET, ...more, ...JSON_OPTION },
});

export const rotate: Command = {
  name: "rotate",
  summary: "add a fresh key and make it the primary one",
  usage: "[options]",
  details:
    "Adds a random key that encrypts from now on. Former keys still decrypt, so no count is lost: counts of one name\n" +
    "under several keys add up.",
  groups: [
    keysetGroup({
      "if-due": { help: "only if the primary key is as old as the keyset's policy says" },
      "rotate-after": {
        value: "DAYS",
        help: "change the policy first: due after so many days (1 to 65535), or never",
      },
    }),
    OPENING_GROUP,
  ],
  examples: [
    "blindtally rotate -k keys.btk",
    "blindtally rotate -k keys.btk --passphrase-file pass --if-due --rotate-after 90",
  ],
  async run(given, session) {
    const policy = given.flag("rotate-after");
    const days = daysOf(given);
    const stored = await openStored(given, session);
    try {
      const { keyset } = stored;
      const changed = policy && keyset.rotateAfterDays !== days;
      if (policy) keyset.rotateAfterDays = days;
      if (given.flag("if-due") && keyset.rotateAfterDays === undefined)
        throw new UsageError("This keyset has no policy of rotation: give --rotate-after DAYS once.");
      const rotated = given.flag("if-due") ? keyset.rotateIfDue() : keyset.rotate();
      if (rotated !== undefined || changed) await session.undisturbed(() => stored.save());
      const { primaryKeyId } = keyset;
      const { revision } = stored.file;
      if (given.flag("json")) {
        session.printJson({ rotated: rotated !== undefined, primaryKeyId, revision });
      } else {
        session.say(
          rotated === undefined
            ? `Not due: key ${primaryKeyId} stays primary.`
            : `Key ${primaryKeyId} is primary now (revision ${revision}). Former keys still decrypt.`,
        );
      }
      return EXIT.ok;
    } finally {
      stored.dispose();
    }
  },
};

export const promote = change({
  name: "promote",
  summary: "make an enabled key the primary one",
  details: "Makes this key the one that encrypts. The former primary key stays enabled.",
  apply: (keyset, id) => keyset.promote(id),
  done: (id) => `Key ${id} is primary now.`,
});

export const disable = change({
  name: "disable",
  summary: "stop a key from decrypting, for now",
  details:
    "Rows under this key are reported as disabled-key until it is enabled again. The primary key cannot be disabled.",
  apply: (keyset, id) => keyset.disable(id),
  done: (id) => `Key ${id} is disabled. \`blindtally enable ${id}\` takes that back.`,
});

export const enable = change({
  name: "enable",
  summary: "let a disabled key decrypt again",
  details: "Rows under this key can be read again.",
  apply: (keyset, id) => keyset.enable(id),
  done: (id) => `Key ${id} is enabled.`,
});

export const destroy: Command = {
  ...change({
    name: "destroy",
    summary: "wipe a key for ever",
    details:
      "Wipes this key from the keyset. Nothing brings it back: tokens under it are unreadable and are reported as\n" +
      "destroyed-key. Turn the tokens that you keep into ones of the primary key before, with `blindtally rewrap`.\n" +
      "Copies of the file that were made before, FILE.previous among them, still hold the key.",
    more: { yes: { help: "do not ask; where there is no terminal to ask at, this is required" } },
    apply: (keyset, id) => keyset.destroy(id),
    done: (id) => `Key ${id} is destroyed.`,
    before: confirmDestroying,
  }),
  examples: [
    "blindtally destroy -k keys.btk 0a1b2c3d",
    "blindtally destroy -k keys.btk --passphrase-file pass --yes 0a1b2c3d",
  ],
};

/** The policy that `--rotate-after` says: a number of days, or none. */
export function daysOf(given: Given): number | undefined {
  return given.value("rotate-after") === "never" ? undefined : given.number("rotate-after", 1, 65_535);
}

interface Change {
  readonly name: string;
  readonly summary: string;
  readonly details: string;
  readonly more?: OptionSpecs;
  apply(keyset: Keyset, id: string): void;
  done(id: string): string;
  before?(given: Given, session: Session, id: string): Promise<void>;
}

function change({ name, summary, details, more, apply, done, before }: Change): Command {
  return {
    name,
    summary,
    usage: "[options] KEY_ID",
    details: `${details}\nKEY_ID is eight hexadecimal digits; \`blindtally inspect --open\` lists them.`,
    groups: [keysetGroup(more), OPENING_GROUP],
    positionals: ["KEY_ID"],
    examples: [`blindtally ${name} -k keys.btk 0a1b2c3d`],
    async run(given, session): Promise<ExitCode> {
      const id = given.positionals[0] as string;
      if (!/^[0-9a-f]{8}$/.test(id))
        throw new UsageError("KEY_ID is eight hexadecimal digits, such as 0a1b2c3d.");
      await before?.(given, session, id);
      const { revision } = await changeStored(given, session, ({ keyset }) => apply(keyset, id));
      if (given.flag("json")) session.printJson({ keyId: id, change: name, revision });
      else session.say(`${done(id)} (Revision ${revision}.)`);
      if (name === "destroy" && !given.flag("json"))
        session.hint(
          `Older copies of the file still hold it: ${printable(keysetPath(given))}.previous, and backups. Delete them as well.`,
        );
      return EXIT.ok;
    },
  };
}

async function confirmDestroying(given: Given, session: Session, id: string): Promise<void> {
  if (given.flag("yes")) return;
  const terminal = session.terminal();
  if (terminal === undefined)
    throw new UsageError("Destroying a key cannot be undone. There is no terminal to ask at, so give --yes.");
  try {
    terminal.say(`Destroying key ${id} cannot be undone: its tokens will be unreadable for ever.`);
    const typed = await terminal.ask("Type the id of the key to go on: ", "shown");
    if (typed.trim() !== id) throw new UsageError("That is another text, so nothing was done.");
  } finally {
    terminal.close();
  }
}
