import { UsageError } from "../failure.js";
import type { Given, OptionSpecs } from "../options.js";
import { csv } from "./csv.js";
import type { RowFormat } from "./format.js";
import { jsonLines } from "./json-lines.js";
import { lines } from "./lines.js";

/** Whether a CSV file begins with names of columns. */
export const HEADER: OptionSpecs = {
  header: {
    help: "the first row of the CSV file has names of columns; to be said where one is given by its number",
  },
  "no-header": { help: "the first row of the CSV file has data, and columns are given by their numbers" },
};

/** In which form data is; without any of these, one text a line. */
export const FORMAT: OptionSpecs = {
  json: { help: "one JSON document a line; without --field, each is a text" },
  field: {
    value: "PATH",
    anyText: true,
    help: "the text in each document, such as event, properties.name, events.*.name or /properties/name",
  },
  csv: { help: "comma-separated values; names --column" },
  column: {
    value: "NAME",
    anyText: true,
    repeatable: true,
    help: "a column of a CSV file, by its name or by its number from 1; repeatable",
  },
  delimiter: {
    value: "CHAR",
    help: 'what stands between the cells of a CSV file (default ","; "tab" for tabs)',
  },
  ...HEADER,
  "skip-missing": { help: "pass rows on that have no text there, instead of refusing them" },
};

/** The form that the options say. */
export function formatOf(given: Given): RowFormat {
  const format = given.atMostOne("json", "csv");
  refuseWithout(given, "json", ["field"]);
  refuseWithout(given, "csv", ["column", "delimiter", "header", "no-header"]);
  const skipMissing = given.flag("skip-missing");
  switch (format) {
    case "json":
      return jsonLines(given.value("field"), skipMissing);
    case "csv": {
      const columns = given.values("column");
      if (columns.length === 0) throw new UsageError("Which column? Give --column NAME or its number.");
      return csv({ columns, delimiter: delimiterOf(given), header: hasHeader(given, columns), skipMissing });
    }
    default:
      if (skipMissing) throw new UsageError("--skip-missing is for --json and --csv.");
      return lines;
  }
}

/** What stands between the cells of a row: one byte, since the parser's copy of a row keeps a part of a longer one. */
export function delimiterOf(given: Given): string {
  const text = given.value("delimiter") ?? ",";
  if (text === "tab" || text === "\\t") return "\t";
  if (/^[\0-\x7f]$/.test(text) && !/["\r\n]/.test(text)) return text;
  throw new UsageError(
    "--delimiter takes one character of ASCII that is no quote and no line break, or the word tab.",
  );
}

/**
 * Whether the first row has names of columns. With names alone that is seen: it must have them. With a number it has to
 * be said, since a first row of data would be passed on as if it were names, or left out of the counts.
 */
export function hasHeader(given: Given, columns: readonly string[]): boolean {
  const said = given.atMostOne("header", "no-header");
  if (said === undefined && columns.some((name) => /^\d+$/.test(name)))
    throw new UsageError(
      "With the number of a column, say what the first row is: --header if it has names, --no-header if it has data.",
    );
  return said !== "no-header";
}

function refuseWithout(given: Given, format: string, options: readonly string[]): void {
  const stray = options.find((option) => given.flag(option));
  if (stray !== undefined && !given.flag(format))
    throw new UsageError(`--${stray} is for --${format}, which is not given.`);
}
