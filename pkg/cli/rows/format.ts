import { Refusal } from "../failure.js";

/** Some rows of an input, with the texts in them that are to be converted. */
export interface Batch {
  /** What is to be converted, in order. */
  readonly texts: readonly string[];
  /** Where a text stands, in words: `line 3`. */
  where(index: number): string;
  /** The rows with these texts in the places of the former; all else as it was. */
  render(replaced: readonly string[]): string;
}

/** Reads an input in batches. No batch is larger than what bounded memory allows. */
export type RowFormat = (source: AsyncIterable<Uint8Array>) => AsyncIterable<Batch>;

/** The longest row; a longer one is no row of events, and would be held in memory whole. */
export const MAX_ROW_BYTES = 16 * 1024 * 1024;

/** The refusal of a row that is not what the options say. */
export function badRow(where: string, why: string): Refusal {
  return new Refusal("bad-argument", `${where}: ${why}`);
}

export function rowTooLong(where: string): Refusal {
  return badRow(where, "it has more than 16 MiB, so it is no row; is this the right format?");
}

export function notUtf8(where: string): Refusal {
  return badRow(where, "it is not UTF-8; convert the file, for example with iconv");
}

/** U+FEFF, which many programs write in front of a file. */
export const BYTE_ORDER_MARK = "\ufeff";
