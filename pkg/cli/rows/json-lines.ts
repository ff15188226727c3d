import { UsageError } from "../failure.js";
import { type Batch, badRow, type RowFormat } from "./format.js";
import { type FoundText, findTexts, parsePath, replaceTexts } from "./json-path.js";
import { type Lines, linesOf } from "./lines.js";

/** One JSON document a line; its text, or the texts at a path below it. */
export function jsonLines(path: string | undefined, skipMissing: boolean): RowFormat {
  const segments = path === undefined ? [] : parsePath(path);
  if (segments === undefined)
    throw new UsageError("--field takes names joined by dots, such as properties.name, or a JSON pointer.");
  return async function* (source) {
    for await (const block of linesOf(source)) yield jsonBatch(block, segments, skipMissing);
  };
}

/** A document, or `undefined` for a line of white space. Parsed to be certain that it is one. */
export function checkedDocument(line: string, where: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw badRow(where, "it is not a JSON document");
  }
}

const NOTHING: readonly FoundText[] = [];

function jsonBatch({ lines, first, ended }: Lines, path: readonly string[], skipMissing: boolean): Batch {
  const found = lines.map((line, index) => textsIn(line, path, skipMissing, `line ${first + index}`));
  const owners = found.flatMap((texts, index) => texts.map(() => index));
  return {
    texts: found.flatMap((texts) => texts.map(({ text }) => text)),
    where: (index) => `line ${first + (owners[index] as number)}`,
    render(replaced) {
      let at = 0;
      const written = lines.map((line, index) => {
        const texts = found[index] as readonly FoundText[];
        at += texts.length;
        return texts.length === 0 ? line : replaceTexts(line, texts, replaced.slice(at - texts.length, at));
      });
      return `${written.join("\n")}${ended ? "\n" : ""}`;
    },
  };
}

function textsIn(
  line: string,
  path: readonly string[],
  skipMissing: boolean,
  where: string,
): readonly FoundText[] {
  if (line.trim() === "") return NOTHING;
  checkedDocument(line, where);
  const found = findTexts(line, path);
  switch (found) {
    case "missing":
      if (skipMissing) return NOTHING;
      throw badRow(where, "there is no text at the field; --skip-missing passes such rows on as they are");
    case "not-text":
      throw badRow(
        where,
        path.length === 0
          ? "it is not a JSON text; --field NAME says where the text is in an object"
          : "what is at the field is not a text",
      );
    case "twice":
      throw badRow(where, "it has the field twice, and readers differ in which of them they take");
    default:
      return found;
  }
}
