// An application of a run, seen from outside: what it tells, how it is killed, how it ends.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Order, Report, Stats } from "./app.js";
import { own } from "./children.js";

const APP = fileURLToPath(new URL("./app.js", import.meta.url));
const CLOCK = new URL("./clock.js", import.meta.url).href;

/** How an application ended by itself. */
export interface End {
  readonly stats: Stats;
  readonly drops: readonly string[];
}

type Exit = [code: number | null, signal: string | null];

export class App {
  /** Failed attempts to deliver, as its client counts them. */
  failures = 0;
  /** The number behind the last event that was kept. */
  logged = 0;
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #gone: Promise<Exit>;
  readonly #watchers = new Set<() => void>();
  #end: End | undefined;
  #complaint = "";

  /** Starts an application; `jumps` gives it a clock that jumps. */
  constructor(order: Order, log: string, { jumps = false } = {}) {
    this.#child = own(
      fork(APP, [], {
        serialization: "advanced",
        stdio: ["ignore", "pipe", "pipe", "ipc"],
        execArgv: jumps ? ["--import", CLOCK] : [],
      }),
    );
    this.pid = this.#child.pid ?? 0;
    const file = createWriteStream(log, { flags: "a" });
    this.#child.stdout?.pipe(file, { end: false });
    this.#child.stderr?.pipe(file, { end: false });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#complaint = `${this.#complaint}${text}`.slice(-2_000);
    });
    this.#gone = once(this.#child, "close") as Promise<Exit>;
    this.#gone.then(() => file.end());
    this.#child.on("message", (report: Report) => {
      if ("failures" in report) this.failures = report.failures;
      else if ("logged" in report) this.logged = report.logged;
      else this.#end = report.end;
      for (const watcher of [...this.#watchers]) watcher();
    });
    this.#child.send(order);
  }

  /** Resolves when the condition holds, or the application has ended. */
  until(condition: (app: App) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition(this)) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      this.#gone.then(() => resolve());
      look();
    });
  }

  /** kill -9. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Waits for the end: what it told last, or nothing if it was killed. */
  async ended(): Promise<End | undefined> {
    const [code, signal] = await this.#gone;
    if (signal === "SIGKILL") return undefined;
    if (code !== 0 || this.#end === undefined)
      throw new Error(`the application ended with ${signal ?? code}: ${this.#complaint}`);
    return this.#end;
  }
}
