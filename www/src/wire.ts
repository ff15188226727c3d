import type { Way } from "./way.ts";

/** One request as it left this tab, and what came back. */
export interface WireEntry {
  readonly way: Way;
  /** The number of the event sent, shared with what the client said of it. */
  readonly number: number | undefined;
  readonly at: Date;
  readonly method: string;
  readonly path: string;
  readonly body: string;
  /** The name in clear that this request stands for, to mark it where it shows. */
  readonly name: string | undefined;
  status: number | undefined;
  answer: string;
  failed: boolean;
}

/** What the next request belongs to; operations run one at a time, so one subject is enough. */
export interface Subject {
  readonly way: Way;
  readonly number: number | undefined;
  readonly name: string | undefined;
}

const KEPT = 60;

/** Records every request it makes, as made: nothing shown by it is composed for show. */
export class Wire {
  readonly entries: WireEntry[] = [];
  readonly #changed: () => void;
  #subject: Subject = { way: "sdk", number: undefined, name: undefined };

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  about(subject: Subject): void {
    this.#subject = subject;
  }

  of(way: Way): WireEntry[] {
    return this.entries.filter((entry) => entry.way === way);
  }

  /** A drop-in for the global `fetch`. */
  readonly fetch: typeof globalThis.fetch = (input, init) => this.#record(this.#subject, input, init);

  /** The same for the SDK, which also sends when nothing was asked for: what waited from before. */
  readonly fetchOfSdk: typeof globalThis.fetch = (input, init) => {
    const foreign = this.#subject.way !== "sdk";
    return this.#record(
      foreign ? { way: "sdk", number: undefined, name: undefined } : this.#subject,
      input,
      init,
    );
  };

  async #record(
    subject: Subject,
    input: RequestInfo | URL,
    init: RequestInit | undefined,
  ): Promise<Response> {
    // Only to look at; what is sent is what was given. Its body is a text, so reading it takes nothing away.
    const request = new Request(input, init);
    const entry: WireEntry = {
      ...subject,
      at: new Date(),
      method: request.method,
      path: new URL(request.url).pathname,
      body: await request.text(),
      status: undefined,
      answer: "",
      failed: false,
    };
    this.entries.push(entry);
    if (this.entries.length > KEPT) this.entries.shift();
    this.#changed();
    try {
      const response = await fetch(input, init);
      entry.status = response.status;
      entry.answer = await response.clone().text();
      return response;
    } catch (error) {
      entry.failed = true;
      throw error;
    } finally {
      this.#changed();
    }
  }
}
