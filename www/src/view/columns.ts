import type { Bench } from "../bench.ts";
import { byId, type Child, h, plural, replaceKeepingFocus } from "../dom.ts";
import { byCount } from "../reading.ts";
import { FACTS, type Way, type Zone } from "../way.ts";
import { fillLog, saidLine, wireEntry } from "./log.ts";
import { fold, rowTable } from "./row-table.ts";
import { tallyChart } from "./tally-chart.ts";
import { unread } from "./unread.ts";

/** The four columns of the bench, from what the code says to what the reader gets. */
export function mountColumns(bench: Bench): void {
  const said = byId("said", HTMLElement);
  const wire = byId("wire", HTMLElement);
  const stored = byId("stored", HTMLElement);
  const read = byId("read", HTMLElement);
  bench.subscribe(() => {
    const facts = FACTS[bench.way];
    label("wire", facts.wire.zone, facts.wire.tag, facts.wire.note);
    label("stored", facts.stored.zone, facts.stored.tag, facts.stored.note);
    label("read", "home", "Your side", facts.read.note);
    fillLog(
      said,
      bench.said.map(saidLine),
      bench.locked ? "Locked. What stood here is gone." : "Nothing sent this way yet.",
    );
    fillLog(wire, bench.wire.of(bench.way).map(wireEntry), "No request yet.");
    replaceKeepingFocus(stored, storedRows(bench));
    replaceKeepingFocus(read, readRows(bench));
  });
}

function label(column: string, zone: Zone, tag: string, note: string): void {
  byId(`${column}-column`, HTMLElement).dataset.zone = zone;
  byId(`${column}-zone`, HTMLElement).textContent = tag;
  byId(`${column}-note`, HTMLElement).textContent = note;
}

function storedRows(bench: Bench): Child[] {
  if (bench.stored === undefined) return [h("p", { class: "empty" }, "Not asked yet.")];
  if (bench.stored.size === 0) return [h("p", { class: "empty" }, "An empty result map: nothing is stored.")];
  const rows = [...bench.stored].sort(byCount);
  const mine = rows.filter(([text]) => bench.mine.has(text));
  const others = rows.filter(([text]) => !bench.mine.has(text));
  const parts: Child[] = [];
  if (mine.length > 0) parts.push(rowTable("Rows from this tab", mine));
  if (others.length > 0) {
    const summary = `${plural(others.length, "row")} from elsewhere or before`;
    parts.push(
      fold(
        "others",
        others.length <= MOST_OPEN && mine.length === 0,
        [summary],
        rowTable("Rows from elsewhere or before", others),
      ),
    );
  }
  return parts;
}

function readRows(bench: Bench): Child[] {
  const reading = bench.reading;
  if (bench.locked)
    return [
      h("p", { class: "empty" }, "Locked. Unlock the keyset below to read the rows; they are as they were."),
    ];
  if (reading === undefined) return [h("p", { class: "empty" }, "Nothing read this way yet.")];
  const parts: Child[] = [];
  if (reading.counts.size > 0) parts.push(tallyChart(reading.counts, CAPTIONS[bench.way]));
  else parts.push(h("p", { class: "empty" }, "No row opens to a name."));
  if (reading.unreadable.length > 0) parts.push(unread(reading.unreadable, bench.mine));
  return parts;
}

/** Above this many rows the fold of other rows starts closed. */
const MOST_OPEN = 4;

const CAPTIONS: Readonly<Record<Way, string>> = {
  clear: "Counts of the names stored in clear",
  sdk: "Counts by name, opened with the keyset in use",
  proxy: "Counts by name, opened by the proxy",
};
