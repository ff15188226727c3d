// @ts-check
// A service of the example, seen from outside: a child process and what it reports.

import { fileURLToPath } from "node:url";
import { start, stop } from "../lib/run.mjs";

const DEADLINE_MS = 20_000;

/**
 * @typedef {{ type: "received", event: string } | { type: "results", results: Record<string, number> }} Observation
 */

/** A running service. */
export class Part {
  #child;
  /** @type {Observation[]} */
  #reports = [];
  #problem = "";
  /** Called whenever something may have changed. @type {() => void} */
  #wake = () => {};
  url = "";

  /**
   * Starts a service and waits until it listens.
   * @param {"analytics" | "proxy"} name @param {string[]} args
   */
  static async start(name, args = []) {
    const part = new Part(name, args);
    await part.#until(() => part.url !== "", `${name} to listen`);
    return part;
  }

  /** @param {"analytics" | "proxy"} name @param {string[]} args */
  constructor(name, args) {
    const file = fileURLToPath(new URL(`./${name}.mjs`, import.meta.url));
    this.#child = start(process.execPath, [file, ...args], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    let complaint = "";
    this.#child.stderr?.on("data", (chunk) => {
      complaint += chunk;
    });
    this.#child.on(
      "message",
      (/** @type {{ url?: string, observation?: Observation }} */ { url, observation }) => {
        if (url) this.url = url;
        if (observation) this.#reports.push(observation);
        this.#wake();
      },
    );
    this.#child.once("close", (code) => {
      this.#problem = `The ${name} of the example ended (${code}). ${complaint}`.trim();
      this.#wake();
    });
  }

  /** The next event that the service received. */
  async received() {
    const report = await this.#next("an event");
    if (report.type !== "received") throw new Error("The service answered results where an event was sent.");
    return report.event;
  }

  /** The next result map that the service answered. */
  async results() {
    const report = await this.#next("the results");
    if (report.type !== "results")
      throw new Error("The service received an event where results were asked for.");
    return report.results;
  }

  stop() {
    return stop(this.#child);
  }

  /** Reports come by another way than answers, so that one may be late. @param {string} what */
  async #next(what) {
    await this.#until(() => this.#reports.length > 0, `a report of ${what}`);
    return /** @type {Observation} */ (this.#reports.shift());
  }

  /** @param {() => boolean} condition @param {string} what */
  async #until(condition, what) {
    const deadline = Date.now() + DEADLINE_MS;
    while (!condition()) {
      if (this.#problem !== "") throw new Error(this.#problem);
      if (Date.now() > deadline) throw new Error(`Waited ${DEADLINE_MS / 1000} s for ${what}.`);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, deadline - Date.now() + 1);
        this.#wake = () => {
          clearTimeout(timer);
          resolve(undefined);
        };
      });
    }
  }
}
