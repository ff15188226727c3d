/** What the tests need of Markdown as these documents are written: fenced blocks, tables, headings, links. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's root, seen from tests/build/docs/support. */
export const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));

/** A fenced block. */
export interface Block {
  /** What stands behind the fence: `js`, `sh`, ... */
  readonly language: string;
  readonly text: string;
  /** Line of the opening fence, counted from 1. */
  readonly line: number;
  /** The file that the first line names, as in `// example.mjs`. */
  readonly file: string | undefined;
}

/** The text of a document. @param path in the project */
export function documentText(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** The fenced blocks, in order. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: { language: string; line: number; lines: string[] } | undefined;
  markdown.split("\n").forEach((line, index) => {
    if (!line.startsWith("```")) {
      open?.lines.push(line);
    } else if (open === undefined) {
      open = { language: line.slice(3).trim(), line: index + 1, lines: [] };
    } else {
      const file = /^\/\/ ([\w-]+\.\w+)$/.exec(open.lines[0] ?? "")?.[1];
      blocks.push({ language: open.language, text: `${open.lines.join("\n")}\n`, line: open.line, file });
      open = undefined;
    }
  });
  if (open !== undefined) throw new Error(`the block of line ${open.line} is not closed`);
  return blocks;
}

/** What a block says it prints: the rest of every line behind `// -> `. */
export function printedBy(block: Block): string[] {
  return [...block.text.matchAll(/\/\/ -> (.*)$/gm)].map(([, text]) => text as string);
}

/** The cells of the table whose header row begins with these cells, without that row. */
export function tableOf(markdown: string, ...header: readonly string[]): string[][] {
  const rows = markdown.split("\n").map(cellsOf);
  const start = rows.findIndex(
    (cells) => cells !== undefined && header.every((text, i) => cells[i] === text),
  );
  if (start === -1) throw new Error(`there is no table with the columns ${header.join(", ")}`);
  const table: string[][] = [];
  // The row below the header is the ruler.
  for (const cells of rows.slice(start + 2)) {
    if (cells === undefined) break;
    table.push(cells);
  }
  return table;
}

/** The text between the first pair of backquotes of a cell. */
export function codeOf(cell: string | undefined): string {
  const code = /`([^`]+)`/.exec(cell ?? "")?.[1];
  if (code === undefined) throw new Error(`there is no code in the cell: ${cell}`);
  return code;
}

/** Where the links lead, except those inside blocks. */
export function linksOf(markdown: string): string[] {
  return [...prose(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target as string);
}

/** The anchors of the headings, as GitHub makes them. */
export function anchorsOf(markdown: string): Set<string> {
  const headings = [...prose(markdown).matchAll(/^#+ (.+)$/gm)].map(([, text]) => text as string);
  const anchor = (text: string) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-");
  return new Set(headings.map(anchor));
}

/** The document without its blocks. */
export function prose(markdown: string): string {
  return markdown.replace(/^```[\s\S]*?^```$/gm, "");
}

function cellsOf(line: string): string[] | undefined {
  if (!line.startsWith("|") || !line.endsWith("|")) return undefined;
  return line
    .slice(1, -1)
    .split("|")
    .map((cell) => cell.trim());
}
