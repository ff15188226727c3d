// Browsers and bundlers: where a client keeps what is not delivered yet.

export { indexedDbQueue } from "../queue/indexed-db.js";
export { memoryQueue } from "../queue/memory.js";
export type { Notice, Queue, QueueContext, QueuedEvent, QueueSource } from "../queue/queue.js";
