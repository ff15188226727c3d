// Reading counts that are grouped by a property (SPEC.md, section 20): both columns are decrypted.

import { at, BlindtallyError, isBlindtallyError } from "../errors.js";
import { checkedCount, keyIdOf, sum, type UnreadableCode } from "../results.js";

/** A row of counts grouped by a property, as an API returns it. */
export interface GroupRow {
  /** The token of the name. */
  readonly event: string;
  /** What was sent of the value: a token, or the value of a clear field. */
  readonly value: string | number | boolean;
  readonly count: number;
}

/** A row that could not be read, as it came. */
export interface UnreadableGroup extends GroupRow {
  /** Which of the two could not be read; of both, the event. */
  readonly part: "event" | "value";
  /** Why. */
  readonly code: UnreadableCode;
  /** For `unknown-key`, `disabled-key` and `destroyed-key`: the id of the key it was made under. */
  readonly keyId?: string;
}

/** Counts grouped by a property, read. Every row is in one of the two. */
export interface GroupReport {
  /** For each name, the count of each text of a value; names and texts in the order in which they first appear. */
  readonly counts: Map<string, Map<string, number>>;
  /** The rows that could not be read, in their order. */
  readonly unreadable: UnreadableGroup[];
}

/**
 * Reads rows. Counts of one name and text add up: under several keys, or of the number `7` and the string `7`.
 *
 * @throws BlindtallyError `bad-response` for what is no list of rows, `bad-count` or `count-overflow`, with the `index`.
 */
export function readGroups(
  rows: Iterable<GroupRow>,
  openEvent: (token: string) => string,
  openValue: (value: GroupRow["value"]) => string,
): GroupReport {
  if (typeof rows !== "object" || rows === null || !(Symbol.iterator in rows)) throw noRow();
  const counts: GroupReport["counts"] = new Map();
  const unreadable: UnreadableGroup[] = [];
  const events = remembering(openEvent);
  const values = remembering(openValue);
  let index = 0;
  for (const row of rows) {
    const { event, value } = checkedRow(row, index);
    const count = checkedCount(row.count, index);
    const name = events(event);
    const text = values(value);
    if (typeof name === "string" && typeof text === "string") {
      const group = counts.get(name) ?? new Map<string, number>();
      counts.set(name, group);
      group.set(text, sum(group.get(text) ?? 0, count, index));
    } else {
      const [part, why] = typeof name === "string" ? ["value" as const, text] : ["event" as const, name];
      unreadable.push({ event, value, count, part, ...(why as Unreadable) });
    }
    index += 1;
  }
  return { counts, unreadable };
}

type Unreadable = Pick<UnreadableGroup, "code" | "keyId">;

/** Rows repeat names and values, and each is decrypted once. */
function remembering<Value>(open: (value: Value) => string): (value: Value) => string | Unreadable {
  const known = new Map<Value, string | Unreadable>();
  return (value) => {
    let opened = known.get(value);
    if (opened === undefined) {
      try {
        opened = open(value);
      } catch (error) {
        opened = whyUnreadable(error, value);
      }
      known.set(value, opened);
    }
    return opened;
  };
}

/** What a row says of a text that cannot be read; any other failure is that of the whole. */
function whyUnreadable(error: unknown, value: unknown): Unreadable {
  const code = isBlindtallyError(error) && (error.code as UnreadableCode);
  if (code === "not-a-token" || code === "bad-token") return { code };
  if (code === "unknown-key" || code === "disabled-key" || code === "destroyed-key")
    return { code, keyId: keyIdOf(value as string) };
  throw error;
}

function checkedRow(row: GroupRow, index: number): GroupRow {
  const isText = typeof row?.event === "string" && /^(string|number|boolean)$/.test(typeof row.value);
  if (isText) return row;
  throw noRow(index);
}

function noRow(index?: number): BlindtallyError {
  const message =
    "counts by a field are a list of rows `{ event, value, count }`; is the endpoint an analytics API?";
  return new BlindtallyError("bad-response", at(message, index), index === undefined ? {} : { index });
}
