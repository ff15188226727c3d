import { isBlindtallyError } from "blindtally";
import { describeShare, type ShareInfo, type SlotInfo } from "blindtally/sealed";
import { EXIT, Refusal, UsageError } from "./failure.js";
import type { Given, OptionSpecs } from "./options.js";
import { readPrivateFile } from "./private-file.js";
import type { Session } from "./session.js";
import type { Terminal } from "./terminal.js";

/** Where recovery shares come from. */
export const SHARES: OptionSpecs = {
  "shares-file": {
    value: "FILE",
    repeatable: true,
    help: "recovery shares are in this file of mode 0600, one a line; repeatable",
  },
  "ask-shares": { help: "ask for recovery shares, one after the other" },
  "show-typing": { help: "show shares while they are typed" },
};

/** The shares of the options: of files, or asked for. */
export async function sharesOf(
  given: Given,
  session: Session,
  slots: readonly SlotInfo[],
): Promise<readonly string[]> {
  const files = given.values("shares-file");
  return files.length > 0 ? readShares(files) : promptShares(given, session, slots);
}

/** The shares in some files, one a line. Lines that begin with # say whose it is, and are left out. */
export async function readShares(paths: readonly string[]): Promise<string[]> {
  const shares: string[] = [];
  for (const path of paths) {
    const content = await readPrivateFile(path, "--shares-file", MAX_SHARES_FILE);
    const lines = content.toString("latin1").split(/\r?\n/);
    content.fill(0);
    shares.push(...lines.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#")));
  }
  if (shares.length === 0)
    throw new Refusal("too-few-shares", "--shares-file: there is no share in it", EXIT.cannotOpen);
  return shares;
}

/** Asks for shares until there are enough of them, and says at once what is wrong with one. */
async function promptShares(
  given: Given,
  session: Session,
  slots: readonly SlotInfo[],
): Promise<readonly string[]> {
  const sets = new Set(slots.filter(({ kind }) => kind === "recovery").map(({ id }) => id));
  if (sets.size === 0) throw new Refusal("unknown-slot", "this file has no recovery shares", EXIT.cannotOpen);
  const terminal = session.terminal();
  if (terminal === undefined)
    throw new UsageError("There is no terminal to ask for shares: give --shares-file FILE for each.");
  try {
    return await collect(terminal, sets, given.flag("show-typing"));
  } finally {
    terminal.close();
  }
}

/** More than 32 shares with their comments. */
const MAX_SHARES_FILE = 16_384;

async function collect(terminal: Terminal, sets: ReadonlySet<string>, shown: boolean): Promise<string[]> {
  const shares: string[] = [];
  const known: ShareInfo[] = [];
  terminal.say("Type a recovery share and press Enter; spaces, hyphens and capitals do not matter.");
  for (;;) {
    const of = known[0] === undefined ? "" : ` of ${known[0].threshold}`;
    const text = (await terminal.ask(`Share ${shares.length + 1}${of}: `, shown ? "shown" : "dots")).trim();
    if (text === "") continue;
    const info = inspected(text);
    const fault =
      info === undefined ? "a character is wrong or missing [bad-share]" : faultOf(info, known, sets);
    if (info === undefined || fault !== undefined) {
      terminal.say(`Not taken: ${fault}.`);
      continue;
    }
    shares.push(text);
    known.push(info);
    if (shares.length === info.threshold) return shares;
  }
}

function inspected(text: string): ShareInfo | undefined {
  try {
    return describeShare(text);
  } catch (error) {
    if (isBlindtallyError(error) && error.code === "bad-share") return undefined;
    throw error;
  }
}

/** What is wrong with a share beside those before it. */
function faultOf(
  info: ShareInfo,
  known: readonly ShareInfo[],
  sets: ReadonlySet<string>,
): string | undefined {
  const first = known[0];
  if (first === undefined)
    return sets.has(info.setId)
      ? undefined
      : `it is of the set ${info.setId}, which opens another file [unknown-slot]`;
  if (info.setId !== first.setId || info.threshold !== first.threshold || info.shares !== first.shares)
    return `it is of the set ${info.setId}, and the first one of ${first.setId} [mixed-shares]`;
  if (known.some(({ index }) => index === info.index))
    return `share ${info.index} is there already [duplicate-share]`;
  return undefined;
}
