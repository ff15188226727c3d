/** A text as it can be shown: what a terminal would obey, and what would break a line, is written as an escape. */
export function printable(text: string): string {
  return text.replace(UNSHOWN, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`);
}

/** A value as JSON on one line, in which such characters are written as JSON's own escapes. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(
    UNSHOWN,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Whether a text could show as another one: it has control characters or marks that turn the direction of a line. */
export function isDeceptive(text: string): boolean {
  return /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(text);
}

/** Control characters, line separators, and marks that turn the direction of a line. */
const UNSHOWN = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** The same for data on its way to a terminal, which keeps its lines and tabs. */
export function printableLines(text: string): string {
  return text.replace(UNSHOWN, (character, at: number) =>
    character === "\n" || character === "\t" || (character === "\r" && text[at + 1] === "\n")
      ? character
      : printable(character),
  );
}
