// @ts-check
// Figures and tables as Markdown.

/** @typedef {import("../../benches/js/statistics.mjs").Spread} Spread */

/** The median, with what a tenth of the rounds was below and above. @param {Spread} spread @param {string} [unit] */
export function withSpread({ median, p10, p90 }, unit = "") {
  const [middle, low, high] = [median, p10, p90].map(digits);
  return `${middle}${unit} (${low}-${high})`;
}

/** Three digits that count. @param {number} value */
export function digits(value) {
  if (value >= 1000) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

/** @param {readonly string[][]} rows the first is the head */
export function table([head = [], ...rows]) {
  const widths = head.map((_, column) =>
    Math.max(3, ...[head, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const line = (/** @type {string[]} */ cells) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rows.map(line)].join(
    "\n",
  );
}
