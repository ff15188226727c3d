import { type Child, h, plural } from "../dom.ts";
import { row } from "./seal.ts";

const MOST_ROWS = 25;

/** Rows as the vendor holds them, with their counts; beyond `most` only how many there are. */
export function rowTable(
  caption: string,
  rows: readonly (readonly [string, number])[],
  most: number = MOST_ROWS,
): HTMLElement {
  const hidden = rows.length - most;
  return h(
    "table",
    { class: "rows" },
    h("caption", { class: "unseen" }, caption),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Row"), h("th", { scope: "col" }, "Count"))),
    h(
      "tbody",
      {},
      ...rows
        .slice(0, most)
        .map(([text, count]) =>
          h("tr", {}, h("td", {}, row(text)), h("td", { class: "count" }, count.toLocaleString("en"))),
        ),
      ...(hidden > 0 ? [h("tr", {}, h("td", { colspan: 2 }, `and ${plural(hidden, "row")} more`))] : []),
    ),
  );
}

/** What the visitor last did with each fold; until then it follows its content. */
const chosen = new Map<string, boolean>();

/** A fold that stays as the visitor left it when its content is drawn again. */
export function fold(name: string, open: boolean, summary: Child[], ...content: Child[]): HTMLElement {
  const details = h(
    "details",
    { open: chosen.get(name) ?? open },
    h("summary", { "data-focus": `fold-${name}` }, ...summary),
    ...content,
  );
  // The click comes before the toggle, and only from a person: drawing a fold open toggles it too.
  details.querySelector("summary")?.addEventListener("click", () => chosen.set(name, !details.open));
  return details;
}
