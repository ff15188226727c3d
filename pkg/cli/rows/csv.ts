import { isUtf8 } from "node:buffer";
import { Readable } from "node:stream";
import { CsvError, type Options, parse } from "csv-parse";
import { UsageError } from "../failure.js";
import {
  type Batch,
  BYTE_ORDER_MARK,
  badRow,
  MAX_ROW_BYTES,
  notUtf8,
  type RowFormat,
  rowTooLong,
} from "./format.js";
import { lineOfFault } from "./lines.js";

/** How a CSV file is written, and which of its columns hold the texts. */
export interface CsvShape {
  /** Names of columns, or their numbers from 1. */
  readonly columns: readonly string[];
  readonly delimiter: string;
  readonly header: boolean;
  /** Passes rows on that do not have the column, or nothing in it. */
  readonly skipMissing: boolean;
}

/** A row of a CSV file. */
export interface CsvRow {
  readonly cells: readonly string[];
  /** As it is written, its line end included. */
  readonly raw: string;
  /** The number of the row, from 1; a row may have several lines. */
  readonly number: number;
}

/**
 * CSV as RFC 4180 has it: cells in quotes may hold delimiters, quotes and line breaks. All but the converted cells
 * stays as it is written, an empty cell with quotes and one without included, as some readers tell them apart.
 */
export function csv(shape: CsvShape): RowFormat {
  return async function* (source) {
    const input = new CsvInput(source);
    let columns: readonly number[] | undefined;
    for await (const rows of csvRows(input, shape.delimiter)) {
      if (columns !== undefined) {
        yield csvBatch("", rows, columns, shape);
        continue;
      }
      const header = shape.header ? (rows[0] as CsvRow) : undefined;
      columns = findColumns(shape.columns, header?.cells);
      const front = `${input.hasMark ? BYTE_ORDER_MARK : ""}${header?.raw ?? ""}`;
      yield csvBatch(front, header === undefined ? rows : rows.slice(1), columns, shape);
    }
  };
}

/** The places of columns, from 0, of their names or numbers. */
export function findColumns(names: readonly string[], header: readonly string[] | undefined): number[] {
  const found = names.map((name) => {
    const first = header?.indexOf(name) ?? -1;
    if (header !== undefined && first !== header.lastIndexOf(name))
      throw new UsageError("Two columns have the name that was given: say which one by its number, from 1.");
    const place = /^[1-9]\d{0,5}$/.test(name) ? Number(name) - 1 : undefined;
    if (
      header !== undefined &&
      first !== -1 &&
      place !== undefined &&
      place !== first &&
      place < header.length
    )
      throw new UsageError(
        "What was given is the name of one column and the number of another: say which one in the other way.",
      );
    if (first !== -1) return first;
    if (place !== undefined) return place;
    throw new UsageError(
      header === undefined
        ? "Without a header, a column is given by its number, from 1."
        : "The header has no column of the name that was given. Its names are those of the first row, letter by letter.",
    );
  });
  if (new Set(found).size !== found.length) throw new UsageError("One column is given twice.");
  return found;
}

/** Reads rows in batches, none of them empty. */
export async function* csvRows(input: CsvInput, delimiter: string): AsyncIterable<readonly CsvRow[]> {
  const bytes = Readable.from(input, { objectMode: false });
  const parser = parse({ ...PARSING, delimiter });
  bytes.on("error", (error) => parser.destroy(error));
  bytes.pipe(parser);
  let rows: CsvRow[] = [];
  let size = 0;
  let number = 0;
  try {
    for await (const { record, raw } of parser as AsyncIterable<{ record: string[]; raw: string }>) {
      // The row before this one is certain to be whole; the last one's end is known at the end.
      if (size >= BATCH_CHARACTERS || rows.length >= BATCH_ROWS) {
        yield rows;
        rows = [];
        size = 0;
      }
      number += 1;
      size += raw.length;
      rows.push({ cells: record, raw: wholeLineEnd(raw), number });
    }
  } catch (error) {
    throw error instanceof CsvError ? csvFault(error) : error;
  } finally {
    parser.destroy();
    bytes.destroy();
  }
  const last = rows.pop();
  if (last === undefined) return;
  yield [...rows, input.endsInReturn ? { ...last, raw: last.raw.slice(0, -1) } : last];
}

/** The bytes of a CSV file, checked to be UTF-8: the parser would put other characters in the place of what is none. */
export class CsvInput implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterable<Uint8Array>;
  #front = Buffer.alloc(0);
  #last: number | undefined;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source;
  }

  /** Whether the file begins with a byte order mark; known with the first row. */
  get hasMark(): boolean {
    return this.#front.equals(MARK);
  }

  /** Whether the last of all characters is a CR, which is one of its cell then; known with the last row. */
  get endsInReturn(): boolean {
    return this.#last === CR;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    let cut: Uint8Array = new Uint8Array(0);
    let line = 1;
    for await (const chunk of this.#source) {
      if (this.#front.length < MARK.length)
        this.#front = Buffer.concat([this.#front, chunk.subarray(0, MARK.length - this.#front.length)]);
      this.#last = chunk.at(-1) ?? this.#last;
      const bytes = cut.length === 0 ? chunk : Buffer.concat([cut, chunk]);
      const whole = bytes.length - cutCharacter(bytes);
      if (!isUtf8(bytes.subarray(0, whole))) throw notUtf8(`line ${lineOfFault(bytes, line)}`);
      cut = Uint8Array.prototype.slice.call(bytes, whole);
      line += countLines(bytes.subarray(0, whole));
      yield chunk;
    }
    if (cut.length > 0) throw notUtf8(`line ${line}`);
  }
}

/** Rows end in LF or CRLF, whichever comes. */
const PARSING: Options = {
  raw: true,
  bom: true,
  relax_column_count: true,
  record_delimiter: ["\r\n", "\n"],
  max_record_size: MAX_ROW_BYTES,
};
const BATCH_ROWS = 4_096;
const BATCH_CHARACTERS = 1_048_576;
const MARK = Buffer.from(BYTE_ORDER_MARK);
const LF = 0x0a;
const CR = 0x0d;

/** The parser gives a row that ends in CRLF without its LF. */
const wholeLineEnd = (raw: string): string => (raw.endsWith("\r") ? `${raw}\n` : raw);

/** The parser's own messages quote the file. */
function csvFault(error: CsvError): Error {
  const { code } = error;
  const { lines } = error as unknown as { lines?: number };
  const where = lines === undefined ? "the file" : `line ${lines}`;
  switch (code) {
    case "CSV_MAX_RECORD_SIZE":
      return rowTooLong(where);
    case "CSV_QUOTE_NOT_CLOSED":
      return badRow(where, "the quotes that begin here do not end");
    case "INVALID_OPENING_QUOTE":
      return badRow(where, "a quote stands in a cell that is not in quotes; is the delimiter right?");
    case "CSV_INVALID_CLOSING_QUOTE":
      return badRow(where, "something stands behind the quotes of a cell; is the delimiter right?");
    default:
      return badRow(where, `it is not CSV (${code})`);
  }
}

/** A converted cell: its row among those of a batch, and its column. */
interface Place {
  readonly row: number;
  readonly column: number;
}

function csvBatch(
  front: string,
  rows: readonly CsvRow[],
  columns: readonly number[],
  shape: CsvShape,
): Batch {
  const places: Place[] = [];
  rows.forEach(({ cells, number }, row) => {
    // A line with nothing in it is no row, unless a row is one cell.
    if (cells.length === 1 && cells[0] === "" && (columns.length > 1 || columns[0] !== 0)) return;
    for (const column of columns) {
      const cell = cells[column];
      if (cell === undefined && !shape.skipMissing)
        throw badRow(
          `row ${number}`,
          `it has ${cells.length} cells, and the column is number ${column + 1}; --skip-missing passes such rows on`,
        );
      if (cell !== undefined && (cell !== "" || !shape.skipMissing)) places.push({ row, column });
    }
  });
  return {
    texts: places.map(({ row, column }) => rows[row]?.cells[column] as string),
    where: (index) => `row ${rows[places[index]?.row as number]?.number}`,
    render(replaced) {
      const changes = new Map<number, Map<number, string>>();
      for (const [index, { row, column }] of places.entries()) {
        const text = replaced[index] as string;
        if (text === rows[row]?.cells[column]) continue;
        const cells = changes.get(row) ?? new Map<number, string>();
        changes.set(row, cells.set(column, text));
      }
      const written = rows.map(({ raw }, row) => {
        const cells = changes.get(row);
        return cells === undefined ? raw : withCells(rows[row] as CsvRow, cells, shape.delimiter);
      });
      return front + written.join("");
    },
  };
}

/**
 * A row, known to be well-formed, with other cells in some places. What is written is cut out of the text of the row,
 * and what was converted came from the parser: where the two disagree, a name would go on in clear.
 */
function withCells(row: CsvRow, changes: ReadonlyMap<number, string>, delimiter: string): string {
  const { raw, cells } = row;
  let result = "";
  let at = 0;
  for (let column = 0; column < cells.length; column += 1) {
    const end = cellEnd(raw, at, delimiter);
    const written = raw.slice(at, end);
    const changed = changes.get(column);
    if (changed !== undefined && readCell(written) !== cells[column]) throw disagreement();
    result += changed === undefined ? written : writeCell(changed, delimiter);
    at = end;
    if (column === cells.length - 1) break;
    if (!raw.startsWith(delimiter, at)) throw disagreement();
    result += delimiter;
    at += delimiter.length;
  }
  const rest = raw.slice(at);
  if (!/^(?:\r?\n)?$/.test(rest)) throw disagreement();
  return result + rest;
}

const disagreement = (): Error => new Error("a row of CSV is cut otherwise than it was parsed");

const readCell = (written: string): string =>
  written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written;

function cellEnd(raw: string, start: number, delimiter: string): number {
  let at = start;
  if (raw[at] === '"') {
    at += 1;
    // A quote within is written twice.
    while (raw[at] !== '"' || raw[at + 1] === '"') at += raw[at] === '"' ? 2 : 1;
    return at + 1;
  }
  while (at < raw.length && !raw.startsWith(delimiter, at) && !/^\r?\n/.test(raw.slice(at, at + 2))) at += 1;
  return at;
}

/** In quotes only where a reader would otherwise see something else. */
export function writeCell(text: string, delimiter: string): string {
  const plain = text !== "" && !text.includes(delimiter) && !/["\r\n]|^\s|\s$|^\ufeff/.test(text);
  return plain ? text : `"${text.replaceAll('"', '""')}"`;
}

/** How many bytes at the end are the beginning of a character. */
function cutCharacter(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return back < length ? back : 0;
  }
  return 0;
}

function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) count += 1;
  return count;
}
