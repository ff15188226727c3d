import { h, svg } from "../dom.ts";
import { byCount } from "../reading.ts";

/** Above this many strokes the eye cannot count any more, and all rows turn into plain bars. */
const MOST_STROKES = 20;
const MOST_ROWS = 50;

/**
 * The counts as a table whose middle column is a bar chart: tally marks, five to a gate, so that the length of a
 * row is its count. The marks are hidden from screen readers, which have the number beside them.
 */
export function tallyChart(counts: ReadonlyMap<string, number>, caption: string): HTMLElement {
  const rows = [...counts].sort(byCount);
  // The rows are sorted, and may be more than a call takes arguments.
  const highest = rows[0]?.[1] ?? 1;
  const total = rows.reduce((sum, [, count]) => sum + count, 0);
  const body = rows
    .slice(0, MOST_ROWS)
    .map(([name, count]) =>
      h(
        "tr",
        {},
        h("th", { scope: "row", class: "name" }, name),
        h("td", { class: "marks" }, highest > MOST_STROKES ? bar(count / highest) : marks(count)),
        h("td", { class: "count" }, count.toLocaleString("en")),
      ),
    );
  const hidden = rows.length - body.length;
  return h(
    "table",
    { class: "tally" },
    h("caption", { class: "unseen" }, caption),
    h("thead", {}, h("tr", {}, head("Name"), head("Tally"), head("Count"))),
    h("tbody", {}, ...body),
    h(
      "tfoot",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "row", colspan: 2 }, hidden > 0 ? `Total, ${hidden} more rows included` : "Total"),
        h("td", { class: "count" }, total.toLocaleString("en")),
      ),
    ),
  );
}

function head(text: string): HTMLElement {
  return h("th", { scope: "col" }, text);
}

const STROKE = 5;
const GATE = 29;
const HEIGHT = 20;

function marks(count: number): SVGSVGElement {
  const gates = Math.floor(count / 5);
  const lines: SVGElement[] = [];
  for (let index = 0; index < count; index++) {
    const gate = Math.floor(index / 5) * GATE;
    const place = index % 5;
    if (place === 4) lines.push(line(gate + 1, HEIGHT - 4.5, gate + 22, 4.5, index));
    else lines.push(line(gate + 4 + place * STROKE, 2.5, gate + 3.4 + place * STROKE, HEIGHT - 2.5, index));
  }
  const width = Math.max(1, gates * GATE + (count % 5) * STROKE + 4);
  return svg(
    "svg",
    { class: "strokes", viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, "aria-hidden": "true" },
    ...lines,
  );
}

/** A stroke leans a little, each its own way, as by hand; the same one always the same way. */
function line(x1: number, y1: number, x2: number, y2: number, index: number): SVGElement {
  const lean = (((index * 7) % 5) - 2) * 0.28;
  return svg("line", { x1: x1 + lean, y1, x2: x2 - lean, y2: y2 + lean });
}

function bar(share: number): SVGSVGElement {
  return svg(
    "svg",
    { class: "bar", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { width: Math.max(1, share * 100), height: 10 }),
  );
}
