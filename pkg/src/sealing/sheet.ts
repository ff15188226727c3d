// The sheet on which a holder keeps a recovery share: one page of paper, made by whatever prints HTML.

import { BlindtallyError } from "../errors.js";
import { describeShare, type ShareInfo } from "./share.js";
import { DECEPTIVE } from "./slot.js";

/** What stands on a sheet. */
export interface SheetOptions {
  /** The share, as `addSlot` gave it. */
  readonly share: string;
  /** Who keeps it. */
  readonly holder?: string | undefined;
  /** What the recovery slot is called. */
  readonly label?: string | undefined;
  /** When it was made. Default: today. */
  readonly created?: Date | undefined;
  /** What it opens: a file, a system, a customer. */
  readonly opens?: string | undefined;
}

/**
 * A page of HTML to print for one holder, on A4 or Letter. It loads nothing and runs nothing. **It holds the share**:
 * print it where nobody keeps copies, and do not save or send it.
 *
 * @throws BlindtallyError `bad-share` for text that is no share, `bad-argument` for words that fit on no sheet.
 */
export function recoverySheet(options: SheetOptions): string {
  const { share, created = new Date() } = options;
  const info = describeShare(share);
  const rows: [name: string, value: string | undefined][] = [
    ["Kept by", line("holder", options.holder)],
    ["Opens", line("opens", options.opens)],
    ["Called", line("label", options.label)],
    ["Set", info.setId],
    ["Share", `${info.index} of ${info.shares}`],
    ["Needed to open", `any ${info.threshold} of the ${info.shares} shares`],
    ["Made", dayOf(created)],
  ];
  const table = rows.flatMap(([name, value]) =>
    value === undefined ? [] : [`<tr><th scope="row">${name}</th><td>${escaped(value)}</td></tr>`],
  );
  const parts: Readonly<Record<string, string>> = {
    style: STYLE,
    title: titleOf(info),
    table: table.join("\n"),
    share: groupsOf(share),
    others: String(info.threshold - 1),
  };
  // In one go: what is put in may hold braces of its own.
  return PAGE.replace(/\{(\w+)\}/g, (_, name: string) => parts[name] ?? "");
}

const LONGEST_LINE = 200;
const GROUP = 4;
const GROUPS_A_LINE = 5;

const titleOf = ({ index, shares, setId }: ShareInfo): string =>
  `Recovery share ${index} of ${shares}, set ${setId}`;

/** The share in lines that an eye can follow: spaces and line breaks are left out again when it is read. */
function groupsOf(share: string): string {
  const text = share.replace(/[ \t\r\n-]/g, "").toLowerCase();
  const groups = text.match(new RegExp(`.{1,${GROUP}}`, "g")) ?? [];
  const lines = Array.from({ length: Math.ceil(groups.length / GROUPS_A_LINE) }, (_, at) =>
    groups.slice(at * GROUPS_A_LINE, (at + 1) * GROUPS_A_LINE).join(" "),
  );
  return lines.map((text) => `<li>${text}</li>`).join("\n");
}

function line(option: string, value: unknown): string | undefined {
  if (value === undefined || value === "") return undefined;
  if (typeof value === "string" && value.length <= LONGEST_LINE && !DECEPTIVE.test(value)) return value;
  const message =
    `\`${option}\` is text of at most ${LONGEST_LINE} characters, ` +
    "without control characters and changes of direction";
  throw new BlindtallyError("bad-argument", message);
}

function dayOf(date: Date): string {
  if (date instanceof Date && !Number.isNaN(date.getTime())) return date.toISOString().slice(0, 10);
  throw new BlindtallyError("bad-argument", "`created` is a Date");
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? "");

/** Dark only on a screen: paper is white, whatever the reader's system says. */
const STYLE = `
:root { color-scheme: light dark; --ink: #16181d; --paper: #fff; --quiet: #565b66; --rule: #c9cdd6; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #e8eaf0; --paper: #16181d; --quiet: #a3a9b7; --rule: #3b404c; }
}
@media print { :root { color-scheme: light; } }
@page { size: auto; margin: 18mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px; max-width: 46rem; background: var(--paper); color: var(--ink);
  font: 11pt/1.5 system-ui, sans-serif; }
@media print { body { padding: 0; max-width: none; } }
h1 { margin: 0 0 4pt; font-size: 19pt; line-height: 1.25; }
h2 { margin: 16pt 0 4pt; font-size: 12pt; }
p { margin: 0 0 6pt; }
.quiet { color: var(--quiet); }
table { width: 100%; margin: 12pt 0; border-collapse: collapse; }
th, td { padding: 4pt 8pt 4pt 0; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
th { width: 11rem; color: var(--quiet); font-weight: normal; }
.share { margin: 12pt 0; padding: 10pt 10pt 10pt 34pt; border: 1.5pt solid var(--ink); border-radius: 4pt;
  font: 600 14pt/1.7 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
.share li::marker { color: var(--quiet); font-size: 9pt; font-weight: normal; }
ul { margin: 0; padding-left: 16pt; }
h1, table, .share, ul { break-inside: avoid; }
`;

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
<p class="quiet">Blindtally keyset, emergency access</p>
<table>
{table}
</table>
<h2>The share</h2>
<ol class="share">
{share}
</ol>
<p class="quiet">Lower or upper case, but not both. Spaces, line breaks and hyphens do not count. There is no letter b, i or o
after the first four characters, and no 1.</p>
<h2>What to do with it</h2>
<ul>
<li>Keep it where only you can reach it, apart from the others. It opens nothing alone: {others} more must be brought.</li>
<li>Do not photograph, copy or send it.</li>
<li>When access has to be restored, bring it to the people who keep the sealed file. They run
<code>npx blindtally recover combine</code>; the share is typed in there and nowhere else.</li>
<li>Take part in a rehearsal now and then: <code>npx blindtally recover rehearse</code> shows that the shares still open the
file, and changes nothing.</li>
<li>If it is lost or seen by somebody else, say so at once: a new set can be made.</li>
</ul>
</body>
</html>
`;
