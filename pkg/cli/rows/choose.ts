import { UsageError } from "../failure.js";
import type { Given, OptionSpecs } from "../options.js";
import { csv } from "./csv.js";
import type { RowFormat } from "./format.js";
import { jsonLines } from "./json-lines.js";
import { lines } from "./lines.js";

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
  "no-header": { help: "the first row of the CSV file has data, not names of columns" },
  "skip-missing": { help: "pass rows on that have no text there, instead of refusing them" },
};

/** The form that the options say. */
export function formatOf(given: Given): RowFormat {
  const format = given.atMostOne("json", "csv");
  refuseWithout(given, "json", ["field"]);
  refuseWithout(given, "csv", ["column", "delimiter", "no-header"]);
  const skipMissing = given.flag("skip-missing");
  switch (format) {
    case "json":
      return jsonLines(given.value("field"), skipMissing);
    case "csv": {
      const columns = given.values("column");
      if (columns.length === 0) throw new UsageError("Which column? Give --column NAME or its number.");
      return csv({ columns, delimiter: delimiterOf(given), header: !given.flag("no-header"), skipMissing });
    }
    default:
      if (skipMissing) throw new UsageError("--skip-missing is for --json and --csv.");
      return lines;
  }
}

/** What stands between the cells of a row. */
export function delimiterOf(given: Given): string {
  const text = given.value("delimiter") ?? ",";
  if (text === "tab" || text === "\\t") return "\t";
  if ([...text].length === 1 && !/["\r\n]/.test(text)) return text;
  throw new UsageError(
    "--delimiter takes one character that is no quote and no line break, or the word tab.",
  );
}

function refuseWithout(given: Given, format: string, options: readonly string[]): void {
  const stray = options.find((option) => given.flag(option));
  if (stray !== undefined && !given.flag(format))
    throw new UsageError(`--${stray} is for --${format}, which is not given.`);
}
