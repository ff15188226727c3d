// Node: where a client keeps what is not delivered yet.

export { memoryQueue } from "../queue/memory.js";
export type { QueueSource } from "../queue/queue.js";
