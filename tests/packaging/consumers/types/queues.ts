// Where events wait, as a program for Node says it. Compiled against the installed package, never run.

import { type Client, createClient, type Keyset } from "blindtally";
import {
  type FileQueueOptions,
  fileQueue,
  indexedDbQueue,
  memoryQueue,
  type Notice,
  type Queue,
  type QueueContext,
  type QueuedEvent,
  type QueueSource,
} from "blindtally/queue";

export function clients(keyset: Keyset): Client[] {
  const options: FileQueueOptions = { sync: false };
  const queues: QueueSource[] = [
    memoryQueue(),
    fileQueue("/var/lib/app/events"),
    fileQueue("/var/lib/app/others", options),
    indexedDbQueue({ name: "events" }),
  ];
  // @ts-expect-error a file has a path
  fileQueue();
  return queues.map((queue) => createClient({ endpoint: "https://analytics.example", keyset, queue }));
}

/** A queue of the application's own. */
export const own: QueueSource = {
  async open({ endpoint, onNotice }: QueueContext): Promise<Queue> {
    const notice: Notice = { kind: "memory-only", reason: "unavailable" };
    onNotice(notice);
    const queue = await memoryQueue().open({ endpoint, onNotice });
    const first: QueuedEvent | undefined = queue.peekNow(1_000)[0];
    return first ? queue : { ...queue };
  },
};
