// Queue files in folders of their own.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type FileQueueOptions,
  fileQueue,
  type Notice,
  type Queue,
  type QueuedEvent,
} from "blindtally/queue";

/** A queue and what it said. */
export interface OpenedFile {
  readonly queue: Queue;
  readonly notices: Notice[];
}

interface Ends {
  after(done: () => void): void;
}

/** An empty folder, removed with the test. */
export function newFolder(t: Ends): string {
  const folder = mkdtempSync(join(tmpdir(), "blindtally-queue-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function openFile(path: string, options?: FileQueueOptions): Promise<OpenedFile> {
  const notices: Notice[] = [];
  const onNotice = (notice: Notice) => void notices.push(notice);
  return { queue: await fileQueue(path, options).open({ endpoint: "http://api.test", onNotice }), notices };
}

/** What waits in a file, which is closed again. */
export async function eventsIn(path: string): Promise<QueuedEvent[]> {
  const { queue } = await openFile(path);
  try {
    return await queue.peek(Infinity, Infinity);
  } finally {
    await queue.close();
  }
}
