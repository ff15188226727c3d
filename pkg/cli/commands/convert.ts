import { type Cipher, isBlindtallyError } from "blindtally";
import type { Command, OptionGroup } from "../command.js";
import { convertData, DATA, openData } from "../data.js";
import { EXIT, type ExitCode, Refusal } from "../failure.js";
import { CONTEXT, contextOf, KEYSET, openUsable } from "../opening.js";
import type { Given } from "../options.js";
import { FORMAT, formatOf } from "../rows/choose.js";
import type { Batch } from "../rows/format.js";
import { OPENING } from "../secrets.js";
import type { Session } from "../session.js";
import { Unreadables, unreadableSummary } from "../unreadable.js";

const GROUPS: readonly OptionGroup[] = [
  { title: "Keyset", options: { ...KEYSET, ...CONTEXT } },
  { title: "Opening it (default: ask for the passphrase)", options: OPENING },
  { title: "Data", options: DATA },
  { title: "Form of the data (default: one text a line)", options: FORMAT },
];

const KEEP: OptionGroup = {
  title: "Rows that cannot be read (default: stop at the first)",
  options: { "keep-unreadable": { help: "pass them on as they are, and end with exit code 5" } },
};

export const encrypt: Command = {
  name: "encrypt",
  summary: "turn names into tokens",
  usage: "[options]",
  details:
    "Turns each name into its token, row by row, and leaves the rest of the data as it is. Equal names give equal\n" +
    "tokens. A text that is no name (empty, more than 239 bytes) stops it; no name is ever passed on in clear.",
  groups: GROUPS,
  examples: [
    "blindtally encrypt -k keys.btk --in names.txt --out tokens.txt",
    "blindtally encrypt -k keys.btk --csv --column event --in export.csv --out sealed.csv",
    "blindtally encrypt -k keys.btk --passphrase-file pass --json --field properties.name < log.ndjson",
  ],
  async run(given, session) {
    let alike = 0;
    const exit = await run(given, session, (cipher, texts) => {
      alike += texts.filter((text) => TOKEN.test(text)).length;
      return cipher.encryptAll(texts);
    });
    // Not refused: a token's text is a name like any other.
    if (alike > 0)
      session.hint(
        `Warning: ${alike} of the names look like tokens; were they encrypted already? \`rewrap\` renews tokens.`,
      );
    return exit;
  },
};

export const decrypt: Command = {
  name: "decrypt",
  summary: "turn tokens back into names",
  usage: "[options]",
  details:
    "Turns each token back into its name, row by row, and leaves the rest of the data as it is. What cannot be read\n" +
    "stops it with the row and the code, or is passed on with --keep-unreadable.",
  groups: [...GROUPS, KEEP],
  examples: [
    "blindtally decrypt -k keys.btk --in tokens.txt",
    "blindtally decrypt -k keys.btk --csv --column event --keep-unreadable --in sealed.csv --out open.csv",
  ],
  run: (given, session) => runReading(given, session, (cipher, tokens) => cipher.decryptAll(tokens)),
};

export const rewrap: Command = {
  name: "rewrap",
  summary: "turn tokens of older keys into tokens of the primary key",
  usage: "[options]",
  details:
    "Encrypts the names of tokens again, under the primary key, without showing them: what a key that is to be\n" +
    "destroyed has made stays readable. Tokens of the primary key stay as they are.",
  groups: [...GROUPS, KEEP],
  examples: [
    "blindtally rewrap -k keys.btk --csv --column event --in stored.csv --out stored.new.csv",
    "blindtally rewrap -k keys.btk --json --field event < old.ndjson > new.ndjson",
  ],
  run: (given, session) => runReading(given, session, (cipher, tokens) => cipher.rewrapAll(tokens)),
};

const TOKEN = /^bt1_[A-Za-z0-9_-]{70}/;

type Convert = (cipher: Cipher, texts: readonly string[]) => string[];

async function run(given: Given, session: Session, convert: Convert): Promise<ExitCode> {
  return flow(given, session, (cipher, batch) => stoppingAt(batch, () => convert(cipher, batch.texts)));
}

async function runReading(given: Given, session: Session, convert: Convert): Promise<ExitCode> {
  if (!given.flag("keep-unreadable")) return run(given, session, convert);
  const kept = new Unreadables();
  const exit = await flow(given, session, (cipher, batch) => keeping(cipher, batch, convert, kept));
  if (kept.rows === 0) return exit;
  session.warn(`${unreadableSummary(kept)} They were passed on as they are.`);
  return EXIT.unreadable;
}

async function flow(
  given: Given,
  session: Session,
  convert: (cipher: Cipher, batch: Batch) => string[],
): Promise<ExitCode> {
  const format = formatOf(given);
  const opened = await openUsable(given, session);
  try {
    // Nothing is remembered from row to row: a batch does not ask the cache.
    const cipher = opened.keyset.cipher(contextOf(given), { cacheSize: 0 });
    const data = await openData(given, session);
    await convertData(data, async () => {
      for await (const batch of format(data.source)) {
        await data.output.write(batch.render(convert(cipher, batch)));
        data.progress.add(batch.texts.length);
      }
    });
  } finally {
    opened.dispose();
  }
  return EXIT.ok;
}

/** Says of a refusal where in the input its row is. */
function stoppingAt(batch: Batch, convert: () => string[]): string[] {
  try {
    return convert();
  } catch (error) {
    if (!isBlindtallyError(error) || error.index === undefined) throw error;
    const message = error.message.replace(/^entry \d+: /, "");
    throw new Refusal(error.code, `${batch.where(error.index)}: ${message}`);
  }
}

/** Converts what can be read, and leaves the rest in its place. */
function keeping(cipher: Cipher, batch: Batch, convert: Convert, kept: Unreadables): string[] {
  // As a result map whose counts are positions, so that one pass tells all that is unreadable.
  const { unreadable } = cipher.decryptResults(batch.texts.map((text, index) => [text, index] as const));
  if (unreadable.length === 0) return convert(cipher, batch.texts);
  const positions = new Set(unreadable.map(({ count }) => count));
  for (const row of unreadable) kept.add(row.code, row.keyId, 1);
  const converted = convert(
    cipher,
    batch.texts.filter((_, index) => !positions.has(index)),
  );
  let next = 0;
  return batch.texts.map((text, index) => (positions.has(index) ? text : (converted[next++] as string)));
}
