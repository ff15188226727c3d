// What happens to pages: tabs that are closed, a browser that is killed, two tabs with one queue, a machine offline.

import { whyNoChromium } from "../../browser/chromium.js";
import type { PageEnd } from "../page/page.js";
import { Browser, type Tab } from "../support/browser.js";
import type { Range } from "../support/ledger.js";
import { openSite } from "../support/site.js";
import type { System, SystemOptions } from "../support/system.js";
import { type Outcome, oneIn, outcome, type Row, sending, Untested, unfinished, withSystem } from "./row.js";

const CLOSED = 4;
const KILLED = 3;

export const BROWSER_ROWS: readonly Row[] = [
  {
    name: "tab closed",
    // What a page sends when it goes and what the next one sends may meet.
    run: (events) =>
      withPages({ underWay: 3 }, events, async ({ system, open, browser }) => {
        await browser();
        for (let closed = 0; closed < CLOSED; closed += 1) {
          const { next } = system.account();
          const tab = await open(rest(system, events));
          await tab.until(() => tab.logged() >= next + Math.ceil(events / (CLOSED + 2)));
          await tab.page.close();
        }
        system.snapshot();
        return finish(await open(rest(system, events)), `${CLOSED} tabs closed`);
      }),
  },
  {
    name: "browser killed",
    run: (events) =>
      withPages({ underWay: 1 }, events, async ({ system, open, browser }) => {
        for (let killed = 0; killed < KILLED; killed += 1) {
          const running = await browser();
          const { next } = system.account();
          const tab = await open(rest(system, events));
          await tab.until(() => tab.logged() >= next + Math.ceil(events / (KILLED + 2)));
          await running.kill();
          system.snapshot();
        }
        await browser();
        return finish(await open(rest(system, events)), `${KILLED} kills`);
      }),
  },
  {
    name: "two tabs",
    run: (events) =>
      withPages({ underWay: 1 }, events, async ({ system, open, browser }) => {
        await browser();
        system.gate.rule = oneIn(6, () => ({ kind: "hang-up", part: 0 }));
        const half = Math.ceil(events / 2);
        const tabs = [await open([0, half]), await open([half, events])];
        await tabs[0]?.until(() => (tabs[0]?.logged() ?? half) >= half / 2);
        system.snapshot();
        const [first, second] = await Promise.all(tabs.map(({ end }) => end));
        const logged = (first?.stats.logged ?? 0) + (second?.stats.logged ?? 0);
        return {
          note: `${system.gate.faults.get("hang-up") ?? 0} resets`,
          problems: [
            ...dropped(first),
            ...dropped(second),
            ...(logged === events ? [] : [`the clients say: ${logged} logged`]),
          ],
        };
      }),
  },
  {
    name: "page offline",
    run: (events) =>
      withPages({ underWay: 1 }, events, async ({ open, browser }) => {
        await browser();
        const tab = await open([0, events]);
        for (const part of [0.1, 0.5]) {
          await tab.until(() => tab.logged() >= events * part);
          const failures = tab.failures() + 2;
          await tab.page.context().setOffline(true);
          await tab.until(() => tab.failures() >= failures);
          await tab.page.context().setOffline(false);
        }
        const { note, problems } = await finish(tab, `${tab.failures()} failures`);
        const few = tab.failures() < 4 ? [`${tab.failures()} failures while offline, not 4`] : [];
        return { note, problems: [...problems, ...few, ...unfinished(await tab.end, events)] };
      }),
  },
];

interface Pages {
  readonly system: System;
  /** Starts the browser, again if need be. */
  browser(): Promise<Browser>;
  open(events: Range): Promise<Tab>;
}

type Said = Pick<Outcome, "note" | "problems">;

/** A system with a site and a browser; `work` says what is to be added to the findings. */
async function withPages(
  options: SystemOptions,
  events: number,
  work: (pages: Pages) => Promise<Said>,
): Promise<Outcome> {
  if (whyNoChromium !== false) throw new Untested(whyNoChromium);
  const site = await openSite();
  try {
    return await withSystem({ ...options, origins: [site.origin] }, async (system) => {
      let running: Browser | undefined;
      try {
        const said = await work({
          system,
          async browser() {
            running = await Browser.start(system.profile, system.log("page.log"));
            return running;
          },
          async open(range) {
            if (running === undefined) throw new Error("the browser does not run");
            const order = {
              endpoint: system.front.url,
              key: [...system.key],
              stem: system.stem,
              events: range,
              options: sending(events),
            };
            return running.open(site.origin, order, system.newLedger());
          },
        });
        await running?.close();
        return outcome(await system.findings(), said.note, said.problems);
      } finally {
        await running?.close();
      }
    });
  } finally {
    site.close();
  }
}

/** The events that are still to be logged. */
function rest(system: System, events: number): Range {
  const { kept, next } = system.account();
  return [next, next + events - kept.size];
}

async function finish(tab: Tab, note: string): Promise<Said> {
  return { note, problems: dropped(await tab.end) };
}

function dropped(end: PageEnd | undefined): string[] {
  if (end === undefined) return ["the last page did not finish"];
  const { waiting } = end.stats;
  return [
    ...end.drops.map((drop) => `dropped: ${drop}`),
    ...(waiting > 0 ? [`the client says: ${waiting} waiting`] : []),
  ];
}
