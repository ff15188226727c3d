// Every byte that went through the gates of a system, kept in files until it is scanned.

import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

/** A way along which bytes pass, such as from the client to the API. */
export class Traffic {
  readonly #file: string;
  readonly #open = new Set<Buffer[]>();
  bytes = 0;

  constructor(folder: string, name: string) {
    mkdirSync(folder, { recursive: true });
    this.#file = join(folder, `${name}.bytes`);
  }

  /**
   * Begins one direction of a connection: what is recorded for it is kept together, so that nothing hides by being cut
   * where two connections take turns.
   */
  connection(): { record(bytes: Buffer): void; end(): void } {
    const pieces: Buffer[] = [];
    this.#open.add(pieces);
    return {
      record: (bytes) => {
        this.bytes += bytes.length;
        pieces.push(bytes);
      },
      end: () => this.#write(pieces),
    };
  }

  /** Writes down what connections that are still open have carried. */
  flush(): void {
    for (const pieces of this.#open) this.#write(pieces);
  }

  #write(pieces: Buffer[]): void {
    if (!this.#open.delete(pieces) || pieces.length === 0) return;
    appendFileSync(this.#file, Buffer.concat(pieces));
  }
}
