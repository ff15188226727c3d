import { isUtf8 } from "node:buffer";
import { Refusal } from "../failure.js";
import { type Batch, BYTE_ORDER_MARK, MAX_ROW_BYTES, notUtf8, type RowFormat, rowTooLong } from "./format.js";

/** One text a line. A line ends in LF or CRLF, and the last one need not. */
export const lines: RowFormat = async function* (source) {
  for await (const block of linesOf(source)) yield lineBatch(block);
};

/** Lines that were read together. */
export interface Lines {
  /** Without their LF; a CR in front of one is still there. */
  readonly lines: readonly string[];
  /** The number of the first, from 1. */
  readonly first: number;
  /** Whether the last one has its LF. */
  readonly ended: boolean;
}

/** Splits UTF-8 into lines, some thousand at once. A byte order mark in front of all is left out. */
export async function* linesOf(source: AsyncIterable<Uint8Array>): AsyncIterable<Lines> {
  let rest: Uint8Array[] = [];
  let restLength = 0;
  let first = 1;
  for await (const chunk of source) {
    const end = chunk.lastIndexOf(LF) + 1;
    if (end > 0) {
      const block = read(Buffer.concat([...rest, chunk.subarray(0, end)]), first, true);
      yield block;
      first += block.lines.length;
      rest = [];
      restLength = 0;
    }
    if (end < chunk.length) {
      restLength += chunk.length - end;
      if (restLength > MAX_ROW_BYTES) throw rowTooLong(`line ${first}`);
      // A copy: the source may use its buffer again.
      rest.push(Uint8Array.prototype.slice.call(chunk, end));
    }
  }
  if (restLength > 0) yield read(Buffer.concat(rest), first, false);
}

/** Tells where a text that is not UTF-8 has its first such line. */
export function lineOfFault(bytes: Uint8Array, first: number): number {
  let start = 0;
  for (let line = first; ; line += 1) {
    const end = bytes.indexOf(LF, start) + 1;
    if (end === 0 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end;
  }
}

const LF = 0x0a;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function read(bytes: Buffer, first: number, ended: boolean): Lines {
  if (!isUtf8(bytes)) throw notUtf8(`line ${lineOfFault(bytes, first)}`);
  const text = decoder.decode(bytes);
  const lines = text.split("\n");
  if (ended) lines.pop();
  if (first === 1 && lines[0]?.startsWith(BYTE_ORDER_MARK) === true) lines[0] = lines[0].slice(1);
  return { lines, first, ended };
}

function lineBatch({ lines, first, ended }: Lines): Batch {
  const where = (index: number) => `line ${first + index}`;
  return {
    texts: lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line)),
    where,
    render(replaced) {
      let text = "";
      for (const [index, line] of lines.entries()) {
        const written = replaced[index] as string;
        if (LINE_BREAK.test(written)) throw breaksLine(where(index));
        // It would be taken for the mark of the file.
        if (first === 1 && index === 0 && written.startsWith(BYTE_ORDER_MARK)) throw breaksLine(where(index));
        text += written;
        if (line.endsWith("\r")) text += "\r";
        if (ended || index < lines.length - 1) text += "\n";
      }
      return text;
    },
  };
}

const LINE_BREAK = /[\r\n]/;

/** A name may hold any text, and one with a line break would seem to be two. */
function breaksLine(where: string): Refusal {
  return new Refusal(
    "bad-name",
    `${where}: this name holds a line break or begins with a byte order mark, which a line cannot carry; use --json`,
  );
}
