import { type Child, h, plural } from "../dom.ts";
import { REASONS, type UnreadRow } from "../reading.ts";
import { fold, rowTable } from "./row-table.ts";

const FEW = 8;

/** What could not be read is shown beside the counts with its reason; it is never dropped and never shown as a name. */
export function unread(rows: readonly UnreadRow[], mine: ReadonlySet<string>): HTMLElement {
  const codes = [...new Set(rows.map(({ code }) => code))];
  return h(
    "section",
    { class: "unread", "aria-labelledby": "unread-heading" },
    h("h4", { id: "unread-heading" }, "Could not be read"),
    ...codes.map((code) =>
      group(
        code,
        rows.filter((row) => row.code === code),
        mine,
      ),
    ),
  );
}

function group(code: UnreadRow["code"], rows: readonly UnreadRow[], mine: ReadonlySet<string>): HTMLElement {
  const events = rows.reduce((sum, { count }) => sum + count, 0);
  const own = rows.filter(({ token }) => mine.has(token)).length;
  // What this tab sent and can no longer read is what the visitor is looking for: first in line, and unfolded.
  const sorted = [...rows].sort((one, other) => Number(mine.has(other.token)) - Number(mine.has(one.token)));
  return fold(
    code,
    code !== "not-a-token" && own > 0,
    [h("code", {}, code), ` ${plural(rows.length, "row")}, ${plural(events, "event")}`],
    h("p", { class: "note reason" }, REASONS[code], ...keysOf(rows)),
    rowTable(
      `Rows with the code ${code}`,
      sorted.map(({ token, count }) => [token, count] as const),
      Math.max(own, FEW),
    ),
  );
}

/** The keys that a group of rows is about: which file or which colleague to ask for. */
function keysOf(rows: readonly UnreadRow[]): Child[] {
  const ids = [...new Set(rows.map(({ keyId }) => keyId))].filter((id) => id !== undefined);
  if (ids.length === 0) return [];
  const more = ids.length > FEW ? ` and ${ids.length - FEW} more` : "";
  return [ids.length === 1 ? " Key " : " Keys ", h("code", {}, ids.slice(0, FEW).join(", ")), `${more}.`];
}
