import { unlinkSync } from "node:fs";
import { UsageError } from "./failure.js";
import { Terminal } from "./terminal.js";
import { printableJson, printableLines } from "./text.js";

/** What one run of the program shares: who reads standard input, what is said where, what is left to be cleaned up. */
export class Session {
  readonly quiet: boolean;
  readonly #unfinished = new Set<string>();
  #stdinReader: string | undefined;
  #busy = 0;
  #interrupted: (() => void) | undefined;
  #saved = false;

  constructor(quiet: boolean) {
    this.quiet = quiet;
  }

  /** What was asked for. */
  print(text: string): void {
    process.stdout.write(`${printableLines(text)}\n`);
  }

  /** The same for programs: one JSON value on one line. */
  printJson(value: unknown): void {
    process.stdout.write(`${printableJson(value)}\n`);
  }

  /** What was done, in words; nothing if the run is to be quiet. */
  say(text: string): void {
    if (!this.quiet) this.print(text);
  }

  /** What somebody should know who did not ask; beside the output, so that it never gets into data. */
  hint(text: string): void {
    if (!this.quiet) this.warn(text);
  }

  /** What must be known to use the output: said also in a quiet run. */
  warn(text: string): void {
    process.stderr.write(`${printableLines(text)}\n`);
  }

  /** Standard input is read for one purpose only. */
  claimStdin(purpose: string): void {
    if (this.#stdinReader !== undefined && this.#stdinReader !== purpose)
      throw new UsageError(
        `Standard input cannot be both ${this.#stdinReader} and ${purpose}: give one of them as a file.`,
      );
    this.#stdinReader = purpose;
  }

  /** The terminal of the person who runs it, also when standard input and output are files. */
  terminal(): Terminal | undefined {
    return Terminal.open();
  }

  /** Remembers a file that is worth nothing until it is finished. */
  unfinished(path: string): void {
    this.#unfinished.add(path);
  }

  /** Forgets it. */
  finished(path: string): void {
    this.#unfinished.delete(path);
  }

  /** Whether this run has saved a file that it was to make or to change. */
  get saved(): boolean {
    return this.#saved;
  }

  /** Notes that it has. */
  hasSaved(): void {
    this.#saved = true;
  }

  /** Saves a keyset, which an interruption must not tear apart. */
  async undisturbed<T>(work: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      const result = await work();
      this.hasSaved();
      return result;
    } finally {
      this.#busy -= 1;
      if (this.#busy === 0 && this.#interrupted) {
        if (this.#saved) this.warn("Interrupted, but what was asked for had been saved: do not repeat it.");
        this.#interrupted();
      }
    }
  }

  /**
   * Ends the run from outside: at once, or as soon as it may be. Who asks again does not want to wait, such as for a lock
   * that another process holds; a keyset file is whole at any moment, before a saving and after it.
   */
  interrupt(end: () => void): void {
    const finish = () => {
      this.cleanUp();
      end();
    };
    if (this.#busy === 0 || this.#interrupted !== undefined) finish();
    else this.#interrupted = finish;
  }

  /** Removes what was begun and not finished. */
  cleanUp(): void {
    for (const path of this.#unfinished) {
      try {
        unlinkSync(path);
      } catch {
        // It is gone already, or out of reach; there is nobody left to tell.
      }
    }
    this.#unfinished.clear();
  }
}
