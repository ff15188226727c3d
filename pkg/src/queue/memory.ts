import type { QueuedEvent, QueueSource } from "./queue.js";
import { createTurns, takeFirst } from "./taking.js";

/** Keeps events in memory: what was not delivered when the page, or the program, ends is lost. */
export function memoryQueue(): QueueSource {
  return {
    async open() {
      const waiting = new Map<string, QueuedEvent>();
      const forget = (): readonly string[] => {
        const ids = [...waiting.keys()];
        waiting.clear();
        return ids;
      };
      return {
        persistent: false,
        async append(events) {
          for (const event of events) waiting.set(event.id, event);
        },
        peek: async (maxEvents, maxBytes) => takeFirst(waiting.values(), maxEvents, maxBytes, true),
        peekNow: (maxBytes) => takeFirst(waiting.values(), Infinity, maxBytes, false),
        async remove(events) {
          for (const event of events) waiting.delete(event.id);
        },
        clear: async () => forget(),
        count: async () => waiting.size,
        exclusively: createTurns(),
        close: async () => forget(),
      };
    },
  };
}
