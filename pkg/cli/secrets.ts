import type { KeyWrapper, NewSlot, Secret, SlotInfo } from "blindtally/sealed";
import { EXIT, Refusal, UsageError } from "./failure.js";
import { wrapperOf } from "./kms.js";
import type { Given, OptionSpecs } from "./options.js";
import { decodeKey, readDescriptor, readPrivateFile, withoutLineEnd } from "./private-file.js";
import type { Session } from "./session.js";
import { SHARES, sharesOf } from "./shares.js";

/** How a keyset is opened. Without any of these, the passphrase is asked for. */
export const OPENING: OptionSpecs = {
  "passphrase-file": { value: "FILE", help: "its passphrase is in this file of mode 0600" },
  "passphrase-stdin": { help: "its passphrase comes from standard input" },
  "passphrase-fd": { value: "N", help: "its passphrase comes from file descriptor N" },
  "kek-file": {
    value: "FILE",
    help: "its key-encryption key is in this file of mode 0600: 32 bytes, 64 hexadecimal digits or 43 base64url characters",
  },
  "kms-key": { value: "ARN", help: "AWS KMS opens it with this key (needs the package @aws-sdk/client-kms)" },
  ...SHARES,
  slot: { value: "ID", help: "try this slot only" },
};

/** New ways to open a keyset; `prefix` tells them from those that open the keyset that is there. */
export function newSlotOptions(prefix: "" | "new-"): OptionSpecs {
  return {
    [`${prefix}passphrase-file`]: { value: "FILE", help: "a passphrase in a file of mode 0600" },
    ...(prefix === ""
      ? { "passphrase-stdin": { help: "a passphrase from standard input" } }
      : { "new-passphrase": { help: "a passphrase that is asked for, twice" } }),
    [`${prefix}passphrase-fd`]: { value: "N", help: "a passphrase from file descriptor N" },
    [`${prefix}kek-file`]: {
      value: "FILE",
      help: "a key-encryption key in a file of mode 0600: 32 bytes, 64 hexadecimal digits or 43 base64url characters",
    },
    [`${prefix}kms-key`]: { value: "ARN", help: "a key of AWS KMS (needs the package @aws-sdk/client-kms)" },
    label: {
      value: "TEXT",
      anyText: true,
      help: "a name for what is added, readable by everybody; at most 64 bytes",
    },
    cost: {
      value: "KIB,PASSES,LANES",
      help: "cost of Argon2id for a passphrase (default 65536,3,1; at least 19456,2,1)",
    },
  };
}

/** The secret that the options name, or a prompt for what the file's slots ask for. */
export async function openingSecret(
  given: Given,
  session: Session,
  slots: readonly SlotInfo[],
): Promise<Secret> {
  const slot = slotOf(given);
  return { ...(await secretOf(given, session, slots)), ...(slot === undefined ? {} : { slot }) };
}

/** Whether the options say how to open a keyset, without a prompt. */
export function namesSecret(given: Given): boolean {
  return SECRET_OPTIONS.some((name) => given.flag(name));
}

/** The new slots that the options ask for; none of them is an answer too. */
export async function newSlots(given: Given, session: Session, prefix: "" | "new-"): Promise<NewSlot[]> {
  const label = given.value("label");
  const named = label === undefined ? {} : { label };
  const slots: NewSlot[] = [];
  const passphrase = await newPassphrase(given, session, prefix);
  if (passphrase !== undefined) slots.push({ ...named, passphrase, ...costOf(given) });
  else if (given.flag("cost")) throw new UsageError("--cost is for a passphrase, and none is added.");
  const kekFile = given.value(`${prefix}kek-file`);
  if (kekFile !== undefined) slots.push({ ...named, raw: await readKek(kekFile, `--${prefix}kek-file`) });
  const kmsKey = given.value(`${prefix}kms-key`);
  if (kmsKey !== undefined) slots.push({ ...named, wrapper: await wrapperOf(kmsKey, `--${prefix}kms-key`) });
  return slots;
}

/** Asks for a new passphrase, twice. */
export async function promptNewPassphrase(session: Session, prefix: "" | "new-"): Promise<string> {
  const terminal = session.terminal();
  if (terminal === undefined)
    throw new UsageError(
      `There is no terminal to ask for a new passphrase: give --${prefix}passphrase-file FILE or another new way to open it.`,
    );
  try {
    for (;;) {
      const passphrase = await terminal.ask("New passphrase (it is not shown): ", "hidden");
      if (isShort(passphrase)) {
        terminal.say(`${TOO_SHORT} Once more:`);
        continue;
      }
      if ((await terminal.ask("The same again: ", "hidden")) === passphrase) return passphrase;
      terminal.say("These were two different ones. Once more:");
    }
  } finally {
    terminal.close();
  }
}

const SECRET_OPTIONS = [
  "passphrase-file",
  "passphrase-stdin",
  "passphrase-fd",
  "kek-file",
  "kms-key",
  "shares-file",
  "ask-shares",
];

/** Room for more than the longest passphrase, which is refused in its own words. */
const MAX_PASSPHRASE_FILE = 16_384;
const MAX_KEY_FILE = 66;
/** Below this, guessing gets cheap whatever the cost of a guess is: whoever has a copy of the file can guess for ever. */
const LEAST_PASSPHRASE = 12;
const TOO_SHORT = `A new passphrase has at least ${LEAST_PASSPHRASE} characters; six random words hold out.`;

const isShort = (passphrase: string): boolean => [...passphrase].length < LEAST_PASSPHRASE;

type BareSecret =
  | { passphrase: string }
  | { raw: Uint8Array }
  | { shares: readonly string[] }
  | { wrapper: KeyWrapper };

async function secretOf(given: Given, session: Session, slots: readonly SlotInfo[]): Promise<BareSecret> {
  switch (given.atMostOne(...SECRET_OPTIONS)) {
    case "passphrase-file":
    case "passphrase-stdin":
    case "passphrase-fd":
      return { passphrase: (await givenPassphrase(given, session, "")) as string };
    case "kek-file":
      return { raw: await readKek(given.value("kek-file") as string, "--kek-file") };
    case "kms-key":
      return { wrapper: await wrapperOf(given.value("kms-key") as string, "--kms-key") };
    case "shares-file":
    case "ask-shares":
      return { shares: await sharesOf(given, session, slots) };
    default:
      return { passphrase: await promptPassphrase(session, slots) };
  }
}

async function promptPassphrase(session: Session, slots: readonly SlotInfo[]): Promise<string> {
  const kinds = [...new Set(slots.map(({ kind }) => kind))];
  if (!kinds.includes("passphrase"))
    throw new Refusal(
      "unknown-slot",
      `this file has no passphrase; it opens by ${kinds.map((kind) => WAYS[kind]).join(" or ")}`,
      EXIT.cannotOpen,
    );
  const terminal = session.terminal();
  if (terminal === undefined)
    throw new UsageError(
      "There is no terminal to ask for the passphrase: give --passphrase-file FILE, --passphrase-stdin, " +
        "--passphrase-fd N or another way to open the keyset.",
    );
  try {
    return await terminal.ask("Passphrase of the keyset: ", "hidden");
  } finally {
    terminal.close();
  }
}

const WAYS: Readonly<Record<SlotInfo["kind"], string>> = {
  passphrase: "--passphrase-file FILE",
  raw: "--kek-file FILE",
  passkey: "a passkey, in a browser",
  recovery: "--shares-file FILE or --ask-shares",
  wrapper: "--kms-key ARN",
};

async function newPassphrase(
  given: Given,
  session: Session,
  prefix: "" | "new-",
): Promise<string | undefined> {
  if (given.flag("new-passphrase")) {
    given.atMostOne("new-passphrase", "new-passphrase-file", "new-passphrase-fd");
    return promptNewPassphrase(session, prefix);
  }
  const passphrase = await givenPassphrase(given, session, prefix);
  if (passphrase !== undefined && isShort(passphrase))
    throw new Refusal("bad-passphrase", TOO_SHORT.replace(/\.$/, ""));
  return passphrase;
}

async function givenPassphrase(
  given: Given,
  session: Session,
  prefix: "" | "new-",
): Promise<string | undefined> {
  const option = given.atMostOne(
    `${prefix}passphrase-file`,
    `${prefix}passphrase-stdin`,
    `${prefix}passphrase-fd`,
  );
  if (option === undefined) return undefined;
  const content = await passphraseBytes(given, session, option);
  try {
    return decodePassphrase(content, `--${option}`);
  } finally {
    content.fill(0);
  }
}

async function passphraseBytes(given: Given, session: Session, option: string): Promise<Buffer> {
  if (option.endsWith("-file"))
    return readPrivateFile(given.value(option) as string, `--${option}`, MAX_PASSPHRASE_FILE);
  const descriptor = option.endsWith("-fd") ? (given.number(option, 0, 1023) as number) : 0;
  if (descriptor === 0) session.claimStdin("the passphrase");
  return readDescriptor(descriptor, `--${option}`, MAX_PASSPHRASE_FILE);
}

/** One line of UTF-8. Text that is none is refused: replaced characters would make it another passphrase. */
function decodePassphrase(content: Buffer, option: string): string {
  const line = withoutLineEnd(content);
  let passphrase: string;
  try {
    passphrase = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line);
  } catch {
    throw new Refusal("bad-passphrase", `${option}: it is not UTF-8`);
  }
  if (passphrase === "") throw new Refusal("bad-passphrase", `${option}: it is empty`);
  if (/[\r\n]/.test(passphrase))
    throw new Refusal("bad-passphrase", `${option}: it has more than one line; a passphrase is one line`);
  return passphrase;
}

async function readKek(path: string, option: string): Promise<Uint8Array> {
  const content = await readPrivateFile(path, option, MAX_KEY_FILE);
  try {
    return decodeKey(content, option);
  } finally {
    content.fill(0);
  }
}

function costOf(given: Given): { cost?: { memoryKiB: number; passes: number; lanes: number } } {
  const text = given.value("cost");
  if (text === undefined) return {};
  const [, memoryKiB, passes, lanes] = /^(\d{1,7}),(\d{1,3}),(\d{1,3})$/.exec(text) ?? [];
  if (memoryKiB === undefined)
    throw new UsageError("--cost takes three numbers: memory in KiB, passes, lanes; such as 65536,3,1.");
  return { cost: { memoryKiB: Number(memoryKiB), passes: Number(passes), lanes: Number(lanes) } };
}

function slotOf(given: Given): string | undefined {
  const slot = given.value("slot");
  if (slot === undefined || /^[0-9a-f]{8}$/.test(slot)) return slot;
  throw new UsageError("--slot takes an id of eight hexadecimal digits; `blindtally slot list` shows them.");
}
