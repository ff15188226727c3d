// Chromium as a process of ours, so that it can be killed, with a profile that outlives it.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, openSync } from "node:fs";
import { type Browser as Connection, chromium, type Page } from "playwright-core";
import { CHROMIUM_ARGUMENTS, CHROMIUM_PATH } from "../../browser/chromium.js";
import type { PageEnd, PageOrder } from "../page/page.js";
import { killNow, own } from "./children.js";
import { noteBegun, noteKept } from "./ledger.js";

const START_MS = 60_000;

/** A tab in which events are logged. */
export interface Tab {
  readonly page: Page;
  /** The number behind the last event that was kept. */
  logged(): number;
  /** Attempts to deliver after which events were kept. */
  failures(): number;
  /** Resolves when the condition holds, or the tab has gone. */
  until(condition: () => boolean): Promise<void>;
  /** What the page said last, or nothing if it was closed or killed. */
  readonly end: Promise<PageEnd | undefined>;
}

export class Browser {
  readonly #child: ChildProcess;
  readonly #connection: Connection;
  readonly #log: string;

  /** Starts Chromium with a profile; what pages write to their console goes to the log. */
  static async start(profile: string, log: string): Promise<Browser> {
    const child = spawn(
      CHROMIUM_PATH,
      [
        ...CHROMIUM_ARGUMENTS,
        "--headless=new",
        "--remote-debugging-port=0",
        `--user-data-dir=${profile}`,
        "about:blank",
      ],
      // A group of its own: its many processes end together.
      { stdio: ["ignore", "ignore", "pipe"], detached: true },
    );
    own(child, "group");
    try {
      return new Browser(child, await chromium.connectOverCDP(await addressOf(child)), log);
    } catch (error) {
      killNow(child);
      throw error;
    }
  }

  private constructor(child: ChildProcess, connection: Connection, log: string) {
    this.#child = child;
    this.#connection = connection;
    this.#log = log;
  }

  /** Opens a page, and lets it work on an order. */
  async open(origin: string, order: PageOrder, ledger: string): Promise<Tab> {
    const [context] = this.#connection.contexts();
    if (context === undefined) throw new Error("the browser has no context");
    const page = await context.newPage();
    const file = openSync(ledger, "a");
    const watchers = new Set<() => void>();
    let [logged, failures] = [0, 0];
    let over = false;
    const look = (): void => {
      for (const watcher of [...watchers]) watcher();
    };
    page.on("console", (message) => {
      appendFileSync(this.#log, `${message.text()}\n`);
      if (message.text().includes('"kind":"kept"')) failures += 1;
      look();
    });
    page.on("pageerror", (error) => appendFileSync(this.#log, `${error.stack ?? error.message}\n`));
    await page.exposeFunction("note", (sign: "?" | "+", from: number, to: number) => {
      (sign === "?" ? noteBegun : noteKept)(file, [from, to]);
      if (sign === "+") logged = to;
      look();
    });
    await page.goto(origin);
    await page.waitForFunction(() => "work" in globalThis);
    const end = page
      .evaluate(
        (given) => (globalThis as unknown as { work(order: PageOrder): Promise<PageEnd> }).work(given),
        order,
      )
      .catch((error: Error) => {
        // Whoever is closed or killed in the middle says nothing any more.
        if (/closed|crashed|disconnected/i.test(error.message)) return undefined;
        throw error;
      })
      .finally(() => {
        over = true;
        look();
      });
    end.catch(() => {});
    return {
      page,
      end,
      logged: () => logged,
      failures: () => failures,
      until: (condition) =>
        new Promise((resolve) => {
          const watcher = (): void => {
            if (!over && !condition()) return;
            watchers.delete(watcher);
            resolve();
          };
          watchers.add(watcher);
          watcher();
        }),
    };
  }

  /** kill -9 of all its processes. */
  async kill(): Promise<void> {
    const gone = once(this.#child, "close");
    killNow(this.#child);
    await gone;
  }

  /** Ends it in order, so that it writes down what it keeps. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, "close");
    const session = await this.#connection.newBrowserCDPSession();
    await session.send("Browser.close").catch(() => {});
    await gone;
  }
}

async function addressOf(child: ChildProcess): Promise<string> {
  let output = "";
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Chromium does not start: ${output}`)), START_MS);
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      output = `${output}${text}`.slice(-4_000);
      const address = /DevTools listening on (ws:\S+)/.exec(output)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    });
    child.once("close", (code) => reject(new Error(`Chromium ended (${code}): ${output}`)));
  });
}
