import { UsageError } from "../failure.js";
import { CsvInput, csvRows, findColumns } from "./csv.js";
import { badRow } from "./format.js";
import { checkedDocument } from "./json-lines.js";
import { findTexts } from "./json-path.js";
import { linesOf } from "./lines.js";
import type { MapRow } from "./result-map.js";

/** Which members or columns hold the token and the count. */
export interface RowFields {
  readonly token: string;
  readonly count: string;
}

/** Reads a CSV file of tokens and counts. Without a header, fields are numbers of columns. */
export async function* resultCsv(
  source: AsyncIterable<Uint8Array>,
  fields: RowFields,
  options: { readonly delimiter: string; readonly header: boolean },
): AsyncIterable<readonly MapRow[]> {
  let columns: readonly number[] | undefined;
  for await (const rows of csvRows(new CsvInput(source), options.delimiter)) {
    let data = rows;
    if (columns === undefined) {
      columns = columnsOf(fields, options.header ? rows[0]?.cells : undefined);
      if (options.header) data = rows.slice(1);
    }
    const [token, count] = columns as [number, number];
    yield data
      .filter(({ cells }) => cells.length > 1 || cells[0] !== "")
      .map(({ cells, number }) => {
        const [text, digits] = [cells[token], cells[count]];
        if (text === undefined || digits === undefined)
          throw badRow(`row ${number}`, "it has no token or no count");
        return [text, countOf(digits)] as const;
      });
  }
}

/** Reads one JSON document a line: an object with both fields, or a list of a token and a count. */
export async function* resultLines(
  source: AsyncIterable<Uint8Array>,
  fields: RowFields,
): AsyncIterable<readonly MapRow[]> {
  for await (const { lines, first } of linesOf(source)) {
    yield lines.flatMap((line, index) => {
      if (line.trim() === "") return [];
      const where = `line ${first + index}`;
      const row = checkedDocument(line, where);
      if ([fields.token, fields.count].some((name) => findTexts(line, [name]) === "twice"))
        throw badRow(where, "it has a token or a count twice, and readers differ in which of them they take");
      const [token, count] = Array.isArray(row) ? row : membersOf(row, fields);
      if (typeof token !== "string") throw badRow(where, "it has no token; --token-field says where it is");
      return [[token, count] as const];
    });
  }
}

/** A header without these names is refused, so that a first row of data is never taken for one. */
function columnsOf(fields: RowFields, header: readonly string[] | undefined): number[] {
  // A number comes with the word of the user that there is a header.
  if (header !== undefined && !header.includes(fields.token) && !/^\d+$/.test(fields.token))
    throw new UsageError(
      "The first row of the CSV file has no column of this name: say which ones hold token and count by " +
        "--token-field and --count-field, or --no-header if the first row has data.",
    );
  return findColumns([fields.token, fields.count], header);
}

/** Digits alone are a number; anything else is refused as a count later, with its row. */
function countOf(digits: string): unknown {
  return /^\d{1,16}$/.test(digits) ? Number(digits) : digits;
}

function membersOf(row: unknown, { token, count }: RowFields): readonly [unknown, unknown] {
  if (typeof row !== "object" || row === null) return [undefined, undefined];
  const member = (name: string): unknown =>
    Object.hasOwn(row, name) ? (row as Readonly<Record<string, unknown>>)[name] : undefined;
  return [member(token), member(count)];
}
