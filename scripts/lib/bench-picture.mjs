// @ts-check
// The ratios as a bar chart: an SVG that reads on light and on dark ground.

/** @typedef {{ title: string, bars: Bar[] }} Group */
/** @typedef {{ label: string, median: number, p10: number, p90: number, ours: boolean }} Bar */

const WIDTH = 860;
const LABELS = 330;
const FIGURES = 150;
const LINE = 24;
const HEAD = 64;
const GAP = 34;
const BAR = 14;

/** @param {readonly Group[]} groups @param {string} caption */
export function picture(groups, caption) {
  const most = Math.max(...groups.flatMap(({ bars }) => bars.map(({ p90 }) => p90)));
  // Logarithmic: from a rival that is half as fast to us, all have to be seen.
  const least = Math.min(0.5, ...groups.flatMap(({ bars }) => bars.map(({ p10 }) => p10)));
  const place = (/** @type {number} */ value) =>
    LABELS + (Math.log(value / least) / Math.log(most / least)) * (WIDTH - LABELS - FIGURES);
  let top = HEAD;
  /** @type {string[]} */
  const parts = [];
  for (const { title, bars } of groups) {
    parts.push(text(0, top, "group", title));
    bars.forEach((bar, at) => {
      parts.push(drawn(bar, top + LINE * (at + 1), place));
    });
    const bottom = top + LINE * bars.length + 10;
    parts.push(
      `<line class="one" x1="${round(place(1))}" x2="${round(place(1))}" y1="${top + 8}" y2="${bottom}"/>`,
    );
    top = bottom + GAP;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top - GAP + 12}" role="img" aria-labelledby="title">
<title id="title">${escaped(caption)}</title>
<style>${STYLE}</style>
${text(0, 18, "caption", caption)}
${text(0, 38, "small", "Times as fast as @noble/ciphers gcmsiv in the same round; logarithmic; the thin line spans a tenth to nine tenths of the rounds.")}
${parts.join("\n")}
</svg>
`;
}

const STYLE = `
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.caption { font-weight: 600; font-size: 15px }
.group { font-weight: 600 }
.small { font-size: 11.5px; fill: #59636e }
.theirs { fill: #9aa4af }
.ours { fill: #2f6fde }
.spread { stroke: #1f2328; stroke-width: 1.5 }
.one { stroke: #59636e; stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .small { fill: #9198a1 }
  .theirs { fill: #6e7781 }
  .ours { fill: #6ea8fe }
  .spread { stroke: #e6edf3 }
  .one { stroke: #9198a1 }
}`;

/** @param {Bar} bar @param {number} base the line that its text stands on @param {(value: number) => number} place */
function drawn({ label, median, p10, p90, ours }, base, place) {
  const middle = base - 5;
  const [low, to, high] = [round(place(p10)), round(place(median)), round(place(p90))];
  return [
    text(0, base, "", label),
    `<rect class="${ours ? "ours" : "theirs"}" x="${LABELS}" y="${middle - BAR / 2}" width="${round(Math.max(to - LABELS, 1))}" height="${BAR}" rx="2"/>`,
    `<line class="spread" x1="${low}" x2="${high}" y1="${middle}" y2="${middle}"/>`,
    text(Math.max(high, to) + 8, base, "", `${median.toFixed(median < 10 ? 1 : 0)}x`),
  ].join("\n");
}

/** @param {number} x @param {number} y @param {string} name @param {string} content */
const text = (x, y, name, content) =>
  `<text${name && ` class="${name}"`} x="${x}" y="${y}">${escaped(content)}</text>`;

/** @param {number} value */
const round = (value) => Math.round(value * 10) / 10;

/** @param {string} content */
const escaped = (content) => content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
