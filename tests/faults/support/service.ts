// The API and the proxy as the processes that they are, with their output in files, to be killed and started again.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { cleanEnvironment, mainOf } from "../../services/support/processes.js";
import { own } from "./children.js";

const LISTENING = /listening on http:\/\/[^"\s]+:(\d+)/;
const READY_MS = 30_000;

/** How a service is started. */
export interface ServiceOptions {
  readonly command: "analytics" | "proxy";
  readonly args: readonly string[] | (() => readonly string[]);
  /** Where its output is kept. */
  readonly log: string;
}

/** A service that stays on its port over restarts. */
export class Service {
  port = 0;
  /** How often it ended without being told to. */
  crashes = 0;
  readonly #options: ServiceOptions;
  readonly #log: WriteStream;
  #child: ChildProcess | undefined;
  #ready: Promise<void> = Promise.resolve();
  #told = false;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#log = createWriteStream(options.log, { flags: "a" });
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Resolves when it listens. */
  start(): Promise<void> {
    this.#ready = this.#start();
    return this.#ready;
  }

  /** kill -9, and another process on the same port and the same files. */
  replace(): void {
    this.#ready = this.#ready.then(async () => {
      await this.#end("SIGKILL");
      await this.#start();
    });
    this.#ready.catch(() => {});
  }

  /** Resolves when the last restart is over. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  /** Resolves when the process that runs now has ended. */
  get gone(): Promise<unknown> {
    return this.#child === undefined ? Promise.resolve() : once(this.#child, "close");
  }

  async stop(): Promise<void> {
    await this.#ready.catch(() => {});
    await this.#end("SIGTERM");
    await new Promise((resolve) => this.#log.end(resolve));
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    this.#told = true;
    const gone = once(child, "close");
    child.kill(signal);
    await gone;
  }

  #start(): Promise<void> {
    const { command, args: given } = this.#options;
    const args = typeof given === "function" ? given() : given;
    const child = spawn(process.execPath, [mainOf(command), "--port", String(this.port), ...args], {
      env: cleanEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = own(child);
    this.#told = false;
    return new Promise((resolve, reject) => {
      let output = "";
      const timer = setTimeout(() => reject(new Error(`${command} is not ready: ${output}`)), READY_MS);
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => {
          this.#log.write(text);
          output = `${output}${text}`.slice(-4_000);
          const port = LISTENING.exec(output)?.[1];
          if (port === undefined) return;
          this.port = Number(port);
          clearTimeout(timer);
          resolve();
        });
      }
      child.once("error", reject);
      child.once("close", (code, signal) => {
        clearTimeout(timer);
        if (!this.#told) this.crashes += 1;
        reject(new Error(`${command} ended (${signal ?? code}): ${output}`));
      });
    });
  }
}
