// The page's side of the talk with the thread, and what is said. The thread answers every question in order.

import { BlindtallyError, type ErrorCode } from "../errors.js";
import type { OpenedRows } from "../results.js";
import type { Packed } from "../text.js";

/** A thread, of a browser or of Node. */
export interface Thread {
  /** Sends a request and moves the buffers. */
  post(request: Request, moved: ArrayBuffer[]): void;
  terminate(): void;
  /** Whether the program is to wait for it; where there is such a thing. */
  hold?(busy: boolean): void;
}

/** Starts a thread. `receive` takes its answers, `fail` what ends it. */
export type Connect = (receive: (answer: Answer) => void, fail: (cause: unknown) => void) => Thread;

/** Questions and their answers, until either side ends it. */
export class Connection {
  /** In the order in which they were asked, which is that of the answers. */
  #questions: Question[] = [];
  /** Called when it ends. */
  readonly onEnd = new Set<(error: BlindtallyError) => void>();
  readonly #thread: Thread;
  #ended: BlindtallyError | undefined;

  constructor(connect: Connect) {
    try {
      this.#thread = connect(
        (answer) => this.#receive(answer),
        (cause) => this.end(unavailable(cause)),
      );
    } catch (cause) {
      throw unavailable(cause);
    }
  }

  /** Asks; rejects with what the thread refused with, or with why there is no answer. */
  ask(request: Request, moved: ArrayBuffer[]): Promise<OpenedRows | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#ended) throw this.#ended;
      this.#thread.post(request, moved);
      if (this.#questions.push({ resolve, reject }) === 1) this.#thread.hold?.(true);
    });
  }

  /** Says what has no answer. */
  tell(request: Request): void {
    if (!this.#ended) this.#thread.post(request, []);
  }

  /** Throws once the connection has ended. */
  check(): void {
    if (this.#ended) throw this.#ended;
  }

  /** Ends it, once. */
  end(error: BlindtallyError): void {
    if (this.#ended) return;
    this.#ended = error;
    this.#thread.terminate();
    for (const { reject } of this.#questions) reject(error);
    for (const stop of this.onEnd) stop(error);
    this.#questions = [];
  }

  #receive(answer: Answer): void {
    const question = this.#questions.shift();
    if (this.#questions.length === 0) this.#thread.hold?.(false);
    if ("opened" in answer) question?.resolve(answer.opened);
    else question?.reject(new BlindtallyError(answer.code, answer.message, causeOf(answer)));
  }
}

/** From the page to the thread. A job is one call of `decryptResults`. */
export type Request =
  /** Comes first: what to decrypt with. */
  | { readonly kind: "load"; readonly module: WebAssembly.Module }
  /** The keys of one context, as the record of a scope, which is wiped when it is read. */
  | {
      readonly kind: "begin";
      readonly job: number;
      readonly context: readonly string[];
      readonly record: Uint8Array;
    }
  /** Packed tokens. */
  | { readonly kind: "open"; readonly job: number; readonly packed: Packed; readonly count: number }
  /** Is no question. */
  | { readonly kind: "end"; readonly job: number };

/** From the thread to the page; what was asked for is there after `open` only. */
export type Answer =
  | { readonly opened: OpenedRows | undefined }
  | { readonly code: ErrorCode; readonly message: string; readonly cause?: string };

interface Question {
  resolve(opened: OpenedRows | undefined): void;
  reject(error: BlindtallyError): void;
}

const causeOf = ({ cause }: { cause?: string }) => (cause === undefined ? {} : { cause });

function unavailable(cause: unknown): BlindtallyError {
  const message =
    "the worker could not be started or has failed; check that its script is served beside the package's code, " +
    "and that a Content-Security-Policy allows it under worker-src";
  return new BlindtallyError("wasm-unavailable", message, { cause });
}
