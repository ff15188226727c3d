// @ts-check
// Medians, and how far from them the rounds lay.

/** @typedef {{ p10: number, median: number, p90: number }} Spread */

/** @param {readonly number[]} values @returns {Spread} */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return { p10: quantile(sorted, 0.1), median: quantile(sorted, 0.5), p90: quantile(sorted, 0.9) };
}

/** The ratio of two series, round by round. @param {readonly number[]} over @param {readonly number[]} under */
export function ratio(over, under) {
  return spread(over.map((value, round) => value / Number(under[round])));
}

/** @param {readonly number[]} sorted @param {number} part */
function quantile(sorted, part) {
  const place = (sorted.length - 1) * part;
  const low = Number(sorted[Math.floor(place)]);
  return low + (Number(sorted[Math.ceil(place)]) - low) * (place % 1);
}
