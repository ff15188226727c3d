// What tests ask of a page: all cases at once, or single steps between which they do something to the browser.

import { databaseCases, type Opened, openQueue } from "./cases.js";
import { idsOf, makeEvents } from "./support/events.js";

/** The outcome of a case: no message where it holds. */
export interface Outcome {
  readonly claim: string;
  readonly message?: string;
}

export type Steps = typeof allSteps;

declare global {
  var queueSteps: Steps | undefined;
}

/** Not for users, so not by the package's name. */
const UNLOAD = "/dist/esm/client/unload.js";
type Unload = Record<"onHide" | "onReturn", (run: () => void) => () => void>;

const NAME = "blindtally-queue test";
let opened: Opened | undefined;
let letGo = () => {};
let stopWatching: readonly (() => void)[] = [];
let removed: Promise<string[]> = Promise.resolve([]);
const stored: string[] = [];

async function current(): Promise<Opened> {
  opened ??= await openQueue(NAME);
  return opened;
}

const allSteps = {
  /** Runs every case. */
  async cases(): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const { claim, run } of databaseCases) {
      try {
        await run(`test-${crypto.randomUUID()}`);
        outcomes.push({ claim });
      } catch (error) {
        outcomes.push({ claim, message: `${error}\n${(error as Error).stack}` });
      }
    }
    return outcomes;
  },
  /** Appends so many events, so many at once, and gives their ids once they are stored. */
  async append(count: number, bytes: number, atOnce = count): Promise<string[]> {
    const { queue } = await current();
    const events = makeEvents(count, bytes);
    for (let from = 0; from < count; from += atOnce) await queue.append(events.slice(from, from + atOnce));
    return idsOf(events);
  },
  /** Appends in the moment in which the page is left, and waits for nothing. The ids are told to the next page. */
  async appendWhenLeft(count: number): Promise<void> {
    const { queue } = await current();
    addEventListener("pagehide", () => {
      const events = makeEvents(count);
      sessionStorage.setItem("left", JSON.stringify(idsOf(events)));
      void queue.append(events);
    });
  },
  async left(): Promise<string[]> {
    return JSON.parse(sessionStorage.getItem("left") ?? "[]");
  },
  /** Appends one event after the other for as long as the page lives, and tells the title how many are stored. */
  async appendForever(): Promise<void> {
    const { queue } = await current();
    (async () => {
      for (;;) {
        const events = makeEvents(5);
        await queue.append(events);
        for (const id of idsOf(events)) stored.push(id);
      }
    })();
  },
  async storedSoFar(): Promise<string[]> {
    return [...stored];
  },
  async peek(): Promise<string[]> {
    return idsOf(await (await current()).queue.peek(Infinity, Infinity));
  },
  /** Removes so many of the oldest, or all. */
  async remove(count: number): Promise<string[]> {
    const { queue } = await current();
    const events = await queue.peek(count, Infinity);
    await queue.remove(events);
    return idsOf(events);
  },
  /** What it said, and whether all would outlive the page. */
  async state(): Promise<{ reasons: string[]; persistent: boolean; count: number }> {
    const { queue, notices } = await current();
    return {
      reasons: notices.map(({ reason }) => reason),
      persistent: queue.persistent,
      count: await queue.count(),
    };
  },
  /** Notes, for this page and the next, when the page is hidden, left, or returned to. */
  async watch(): Promise<void> {
    const { onHide, onReturn } = (await import(UNLOAD)) as Unload;
    const note = (what: string) =>
      sessionStorage.setItem("seen", [sessionStorage.getItem("seen"), what].filter(Boolean).join());
    stopWatching = [onHide(() => note("hide")), onReturn(() => note("return"))];
  },
  async seen(): Promise<string> {
    return sessionStorage.getItem("seen") ?? "";
  },
  async stopWatching(): Promise<void> {
    for (const stop of stopWatching) stop();
  },
  async visibility(): Promise<string> {
    return document.visibilityState;
  },
  /** Sends from now on, until told otherwise. */
  async hold(): Promise<void> {
    const { queue } = await current();
    await new Promise<void>((isHeld) => {
      void queue.exclusively(async () => {
        isHeld();
        await new Promise<void>((resolve) => {
          letGo = resolve;
        });
      });
    });
  },
  async letGo(): Promise<void> {
    letGo();
  },
  /** Will remove everything when it is this page's turn to send. */
  async askForTurn(): Promise<void> {
    const { queue } = await current();
    removed = queue.exclusively(async () => allSteps.remove(Infinity));
  },
  /** What was removed then. */
  async removedInTurn(): Promise<string[]> {
    return removed;
  },
  /** How many wait for their turn to send. */
  async waitingForTurn(): Promise<number> {
    return (await navigator.locks.query()).pending?.length ?? 0;
  },
};

globalThis.queueSteps = allSteps;
