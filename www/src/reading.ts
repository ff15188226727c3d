import type { UnreadableCode } from "blindtally";

/** A row that has no name to show, and why. `sealed` is this page's own word: nobody tried to open the row. */
export interface UnreadRow {
  readonly token: string;
  readonly count: number;
  readonly code: UnreadableCode | "sealed";
  /** The key that is unknown, disabled or destroyed. */
  readonly keyId?: string;
}

/** What the reader is left with: names and counts, and beside them what could not be read. */
export interface Reading {
  readonly counts: ReadonlyMap<string, number>;
  readonly unreadable: readonly UnreadRow[];
}

export const REASONS: Readonly<Record<UnreadRow["code"], string>> = {
  "unknown-key": "Sealed under a key that the keyset in use does not hold.",
  "disabled-key": "Sealed under a key that is disabled in the keyset in use.",
  "destroyed-key": "Sealed under a key that was destroyed in the keyset in use: it is gone for good.",
  "bad-token": "Looks like a token and fails the check: altered, or made for another context.",
  "not-a-token": "Stored as it is: someone sent it in clear.",
  sealed: "A token. This way to read has no key for it.",
};

export function isUnreadableCode(value: unknown): value is UnreadableCode {
  return typeof value === "string" && value !== "sealed" && Object.hasOwn(REASONS, value);
}

/** An answer read without a key: names are names, tokens stay what they are. */
export function apart(rows: ReadonlyMap<string, number>): Reading {
  const counts = new Map<string, number>();
  const unreadable: UnreadRow[] = [];
  for (const [row, count] of rows) {
    if (isToken(row)) unreadable.push({ token: row, count, code: "sealed" });
    else counts.set(row, count);
  }
  return { counts, unreadable };
}

/** The most frequent first, and those of one count by name, so that rows keep their places from look to look. */
export function byCount(
  [name, count]: readonly [string, number],
  [other, otherCount]: readonly [string, number],
): number {
  return otherCount - count || (name < other ? -1 : 1);
}

/** Whether a row has the look of a token; only a key can tell whether it is one. */
export function isToken(row: string): boolean {
  return TOKEN_LENGTHS.has(row.length) && /^bt1_[\w-]+$/.test(row);
}

/** The only thing a token tells of its name: how long it is at most, by the token's own length. */
export function lengthBucket(token: string): string | undefined {
  return TOKEN_LENGTHS.get(token.length);
}

const TOKEN_LENGTHS: ReadonlyMap<number, string> = new Map([
  [74, "1 to 31"],
  [116, "32 to 63"],
  [180, "64 to 111"],
  [244, "112 to 159"],
  [351, "160 to 239"],
]);
