// What a client needs of a queue. What waits in one is encrypted already: a queue holds no name and no key.

/** An event as it waits. */
export interface QueuedEvent {
  /** Its event id, a UUID of version 7. */
  readonly id: string;
  /** Its entry in the body of a request, as ASCII text: its length is its size in bytes. */
  readonly json: string;
}

/** Something that an application may want to know of its queue. */
export interface Notice {
  /** What waits is kept in memory only, from here on. */
  readonly kind: "memory-only";
  /** There is no storage, no room in it, or it was closed or deleted. */
  readonly reason: "unavailable" | "quota" | "closed";
}

/** What a queue is opened for. */
export interface QueueContext {
  /** The address of the API, without a slash at its end. */
  readonly endpoint: string;
  /** To be called with what an application may want to know. */
  readonly onNotice: (notice: Notice) => void;
  /** To be called with the ids of what this client appended and another has removed. */
  readonly onTaken?: ((ids: readonly string[]) => void) | undefined;
}

/** Where events wait until they are delivered; made by `memoryQueue`, `indexedDbQueue` and `fileQueue`. */
export interface QueueSource {
  /**
   * Called by the client. Nothing is opened or made before the first `append`, `peek` or `clear`. What that one refuses
   * is the caller's mistake (`conflict`, `bad-queue`, `file-access`), and comes out of `logEvent`.
   */
  open(context: QueueContext): Promise<Queue>;
}

/** Events in the order in which they were appended. */
export interface Queue {
  /** Whether what waits outlives this program. Turns false, with a notice, when something can be kept in memory only. */
  readonly persistent: boolean;
  /** Resolves when all of them are stored, as durably as this queue can now; all or nothing. Calls of one turn go together. */
  append(events: readonly QueuedEvent[]): Promise<void>;
  /** The oldest, as many as go into both limits with a comma each, and at least one if there is one. */
  peek(maxEvents: number, maxBytes: number): Promise<QueuedEvent[]>;
  /** The oldest within the limit that this client appended and did not see removed, at once: for a page that is being left. */
  peekNow(maxBytes: number): QueuedEvent[];
  /** Removes events; those that are gone already do no harm. */
  remove(events: readonly QueuedEvent[]): Promise<void>;
  /** Forgets everything, and says the ids of it. */
  clear(): Promise<readonly string[]>;
  /**
   * How many wait; those of other tabs as of a second ago at most. It opens nothing: until `append`, `peek` or `clear`
   * has, it is 0.
   */
  count(): Promise<number>;
  /** Runs it while no other user of this queue runs such a thing. */
  exclusively<T>(run: () => Promise<T>): Promise<T>;
  /** Stores what can be stored still, and says the ids of what was in memory only and is gone. */
  close(): Promise<readonly string[]>;
}
