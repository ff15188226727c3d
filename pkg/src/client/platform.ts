// What the client is given by the place where it runs; one and the same code looks at it everywhere.

import { indexedDbQueue } from "../queue/indexed-db.js";
import { memoryQueue } from "../queue/memory.js";
import type { QueueSource } from "../queue/queue.js";
import type { Signals } from "./gate.js";
import type { Clock } from "./types.js";
import { onHide, onReturn } from "./unload.js";

/** A place where a client runs. */
export interface Platform {
  readonly clock: Clock;
  /** What the visitor's browser says of privacy. */
  readonly signals: Signals;
  defaultQueue(): QueueSource;
  /** Calls when the page may be gone soon; when it is worth another try; when the program has nothing else to do. */
  onHide(run: () => void): () => void;
  onReturn(run: () => void): () => void;
  onExit(run: () => void): () => void;
}

export const platform: Platform = {
  clock: {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: () => Math.random(),
    setTimer(call, ms, keepAlive) {
      const timer = setTimeout(call, ms);
      if (!keepAlive) (timer as Partial<NodeJS.Timeout>).unref?.();
      return () => clearTimeout(timer);
    },
  },
  get signals() {
    return globalThis.navigator as Signals;
  },
  defaultQueue: () => (globalThis.indexedDB ? indexedDbQueue() : memoryQueue()),
  onHide,
  onReturn,
  onExit(run) {
    // Not `process` by its name alone: bundlers put a stand-in of theirs there.
    const { process } = globalThis;
    if (!leaving.size) process?.on?.("beforeExit", leave);
    leaving.add(run);
    return () => {
      leaving.delete(run);
      if (!leaving.size) process?.off?.("beforeExit", leave);
    };
  },
};

/** One listener for all clients. */
const leaving = new Set<() => void>();
const leave = () => {
  for (const run of leaving) run();
};
