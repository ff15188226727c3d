import { type Cipher, isBlindtallyError } from "blindtally";
import type { Command } from "../command.js";
import { convertData, DATA, isSameFile, openData } from "../data.js";
import { EXIT, type ExitCode, Refusal, UsageError } from "../failure.js";
import { CONTEXT, contextOf, KEYSET, openUsable } from "../opening.js";
import type { Given } from "../options.js";
import { openOutput } from "../output.js";
import { delimiterOf, HEADER, hasHeader } from "../rows/choose.js";
import { writeCell } from "../rows/csv.js";
import { type MapRow, resultMap } from "../rows/result-map.js";
import { resultCsv, resultLines } from "../rows/result-rows.js";
import { OPENING } from "../secrets.js";
import type { Session } from "../session.js";
import { printable } from "../text.js";
import { Unreadables, unreadableSummary } from "../unreadable.js";

export const results: Command = {
  name: "results",
  summary: "read a vendor's counts: names with their sums",
  usage: "[options]",
  details:
    "Reads counts of tokens and writes counts of names. Counts of one name under several keys are added. Rows that\n" +
    "cannot be read are counted by reason on standard error and written to the file of --unreadable; they are never\n" +
    "shown as names. Memory is needed for the distinct names alone, however many rows there are.",
  groups: [
    { title: "Keyset", options: { ...KEYSET, ...CONTEXT } },
    { title: "Opening it (default: ask for the passphrase)", options: OPENING },
    {
      title: "Data",
      options: {
        ...DATA,
        unreadable: {
          value: "FILE",
          help: "write the rows that cannot be read to this new file, as JSON lines with token, count, code and keyId",
        },
      },
    },
    {
      title: "Form of the data",
      options: {
        from: {
          value: "FORM",
          help: 'json (default): {"token": count, …}, or that as the member "results"; ndjson: {"token": …, "count": …} or [token, count] a line; csv: columns token and count',
        },
        to: { value: "FORM", help: "table (default), json, ndjson or csv" },
        json: { help: "the same as --to json" },
        sort: { value: "ORDER", help: "count (largest first) or name; default: as names first appear" },
        "token-field": {
          value: "NAME",
          anyText: true,
          help: "the member or column of the token (default token)",
        },
        "count-field": {
          value: "NAME",
          anyText: true,
          help: "the member or column of the count (default count)",
        },
        delimiter: { value: "CHAR", help: 'what stands between cells of CSV (default ","; "tab" for tabs)' },
        ...HEADER,
        "no-header": {
          help: "the first row of the CSV file has data; columns are numbers, 1 and 2 by default",
        },
      },
    },
  ],
  examples: [
    "curl -s https://analytics.example/results | blindtally results -k keys.btk --passphrase-file pass",
    "blindtally results -k keys.btk --from csv --in counts.csv --to json --out names.json --unreadable rest.ndjson",
  ],
  run,
};

type Form = "table" | "json" | "ndjson" | "csv";

async function run(given: Given, session: Session): Promise<ExitCode> {
  const read = readerOf(given);
  const form: Form = given.flag("json")
    ? "json"
    : given.choice("to", ["table", "json", "ndjson", "csv"] as const, "table");
  if (given.flag("json") && given.flag("to")) throw new UsageError("Give --json or --to, not both.");
  const order = given.choice("sort", ["seen", "count", "name"] as const, "seen");
  const unreadablePath = given.value("unreadable");
  const out = given.value("out");
  if (
    unreadablePath !== undefined &&
    out !== undefined &&
    (unreadablePath === out || (await isSameFile(unreadablePath, out)))
  )
    throw new UsageError("--unreadable and --out are the same file.");
  const opened = await openUsable(given, session);
  const tally = new Tally();
  try {
    const cipher = opened.keyset.cipher(contextOf(given), { cacheSize: 0 });
    const data = await openData(given, session);
    await convertData(data, async () => {
      const rest =
        unreadablePath === undefined
          ? undefined
          : await openOutput(unreadablePath, session, { option: "--unreadable", force: false });
      try {
        for await (const rows of read(data.source)) {
          const unread = tally.add(cipher, rows);
          if (rest !== undefined && unread !== "") await rest.write(unread);
          data.progress.add(rows.length);
        }
        for (const text of writeNames(tally.sorted(order), form, given)) await data.output.write(text);
        await rest?.finish();
      } catch (error) {
        await rest?.abandon();
        throw error;
      }
    });
  } finally {
    opened.dispose();
  }
  return report(tally, session, unreadablePath !== undefined);
}

function report(tally: Tally, session: Session, written: boolean): ExitCode {
  const { unreadables } = tally;
  if (unreadables.rows === 0) return EXIT.ok;
  session.warn(`${unreadableSummary(unreadables)}${written ? "" : " --unreadable FILE keeps them."}`);
  return EXIT.unreadable;
}

function readerOf(given: Given): (source: AsyncIterable<Uint8Array>) => AsyncIterable<readonly MapRow[]> {
  const from = given.choice("from", ["json", "ndjson", "csv"] as const, "json");
  if (from === "json" && (given.flag("token-field") || given.flag("count-field")))
    throw new UsageError("--token-field and --count-field are for --from ndjson and --from csv.");
  const stray = ["header", "no-header"].find((option) => given.flag(option));
  if (from !== "csv" && stray !== undefined) throw new UsageError(`--${stray} is for --from csv.`);
  const columns = [...given.values("token-field"), ...given.values("count-field")];
  const header = from !== "csv" || hasHeader(given, columns);
  const fields = {
    token: given.value("token-field") ?? (header ? "token" : "1"),
    count: given.value("count-field") ?? (header ? "count" : "2"),
  };
  if (from === "json") return resultMap;
  if (from === "ndjson") return (source) => resultLines(source, fields);
  const delimiter = delimiterOf(given);
  return (source) => resultCsv(source, fields, { delimiter, header });
}

/** Sums of names, of any number of rows. */
class Tally {
  readonly unreadables = new Unreadables();
  readonly #counts = new Map<string, number>();
  #rows = 0;

  /** Adds rows; gives back those that could not be read, as JSON lines. */
  add(cipher: Cipher, rows: readonly MapRow[]): string {
    const { counts, unreadable } = this.#read(cipher, rows);
    for (const [name, count] of counts) {
      const before = this.#counts.get(name);
      const sum = (before ?? 0) + count;
      if (!Number.isSafeInteger(sum))
        throw new Refusal("count-overflow", "the counts of one name add up to more than 9007199254740991");
      // A name is a part of the text of all names of its batch, which would be kept with it.
      this.#counts.set(before === undefined ? ownCopy(name) : name, sum);
    }
    for (const { code, keyId, count } of unreadable) this.unreadables.add(code, keyId, count);
    this.#rows += rows.length;
    return unreadable.map((row) => `${JSON.stringify(row)}\n`).join("");
  }

  sorted(order: "seen" | "count" | "name"): Iterable<readonly [string, number]> {
    if (order === "seen") return this.#counts;
    const entries = [...this.#counts];
    const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
    return entries.sort(([a, m], [b, n]) => (order === "count" ? n - m || byName(a, b) : byName(a, b)));
  }

  #read(cipher: Cipher, rows: readonly MapRow[]) {
    try {
      return cipher.decryptResults(rows as readonly (readonly [string, number])[]);
    } catch (error) {
      if (!isBlindtallyError(error) || error.index === undefined) throw error;
      const message = error.message.replace(/^entry \d+: /, "");
      throw new Refusal(error.code, `row ${this.#rows + error.index + 1}: ${message}`);
    }
  }
}

const ownCopy = (text: string): string => Buffer.from(text).toString();

const WRITTEN_AT_ONCE = 4_096;

/** The names and their sums, piece by piece. */
function* writeNames(
  counts: Iterable<readonly [string, number]>,
  form: Form,
  given: Given,
): Iterable<string> {
  const delimiter = form === "csv" ? delimiterOf(given) : ",";
  let piece =
    form === "table"
      ? `${"count".padStart(COUNT_WIDTH)}  name\n`
      : form === "csv"
        ? `name${delimiter}count\n`
        : "";
  if (form === "json") piece = "{";
  let rows = 0;
  for (const [name, count] of counts) {
    piece += rowOf(name, count, form, delimiter, rows === 0);
    rows += 1;
    if (rows % WRITTEN_AT_ONCE !== 0) continue;
    yield piece;
    piece = "";
  }
  yield form === "json" ? `${piece}}\n` : piece;
}

const COUNT_WIDTH = 12;

function rowOf(name: string, count: number, form: Form, delimiter: string, first: boolean): string {
  switch (form) {
    case "table":
      return `${String(count).padStart(COUNT_WIDTH)}  ${printable(name)}\n`;
    case "csv":
      return `${writeCell(name, delimiter)}${delimiter}${count}\n`;
    case "ndjson":
      return `${JSON.stringify({ name, count })}\n`;
    case "json":
      return `${first ? "" : ","}${JSON.stringify(name)}:${count}`;
  }
}
