import type { Session } from "./session.js";

/** Shows on a terminal how far a run has come; nothing anywhere else. */
export class Progress {
  readonly #total: number | undefined;
  readonly #shown: boolean;
  readonly #started = Date.now();
  #bytes = 0;
  #rows = 0;
  #drawn = 0;
  #visible = false;

  /**
   * @param total the bytes there are, where that is known
   * @param toTerminal whether the output goes to the terminal too, where a bar would be in its way
   */
  constructor(session: Session, total: number | undefined, toTerminal: boolean) {
    this.#total = total;
    this.#shown = process.stderr.isTTY === true && !session.quiet && !toTerminal;
  }

  /** The same bytes, counted. */
  async *count(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of source) {
      this.#bytes += chunk.length;
      yield chunk;
    }
  }

  /** More rows are done. */
  add(rows: number): void {
    this.#rows += rows;
    const now = Date.now();
    if (!this.#shown || now - this.#drawn < REDRAW_MS) return;
    this.#drawn = now;
    this.#draw(now);
  }

  /** Takes the bar away, so that what is said next stands in a line of its own. */
  end(): void {
    if (!this.#visible) return;
    process.stderr.write("\r\u001b[K");
    this.#visible = false;
  }

  #draw(now: number): void {
    const seconds = Math.max((now - this.#started) / 1000, 0.001);
    const parts = [`${grouped(this.#rows)} rows`, `${grouped(Math.round(this.#rows / seconds))}/s`];
    if (this.#total !== undefined && this.#total > 0) {
      const part = Math.min(1, this.#bytes / this.#total);
      const filled = Math.round(part * BAR_WIDTH);
      parts.unshift(
        `[${"#".repeat(filled)}${".".repeat(BAR_WIDTH - filled)}] ${String(Math.floor(part * 100)).padStart(3)}%`,
        `${mebibytes(this.#bytes)} of ${mebibytes(this.#total)} MiB`,
      );
    } else {
      parts.unshift(`${mebibytes(this.#bytes)} MiB`);
    }
    const line = parts.join("  ").slice(0, Math.max(10, (process.stderr.columns || 80) - 1));
    process.stderr.write(`\r${line}\u001b[K`);
    this.#visible = true;
  }
}

const REDRAW_MS = 100;
const BAR_WIDTH = 24;

const mebibytes = (bytes: number): string => (bytes / 1_048_576).toFixed(1);

const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, " ");
