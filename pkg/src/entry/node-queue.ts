// Node: where a client keeps what is not delivered yet. Code for pages that runs here too finds no IndexedDB, so that its
// events wait in memory.

export { type FileQueueOptions, fileQueue } from "../queue/file.js";
export { indexedDbQueue } from "../queue/indexed-db.js";
export { memoryQueue } from "../queue/memory.js";
export type { Notice, Queue, QueueContext, QueuedEvent, QueueSource } from "../queue/queue.js";
