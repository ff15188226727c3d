// Events in memory, and on disk as soon as there is room: a program that is killed finds them there when it starts again.

import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { BlindtallyError } from "../errors.js";
import { withLock } from "../store/lock-file.js";
import { codeOf, fileAccess } from "../store/private-file.js";
import { goneLine, type Journal, openJournal, waitingLine } from "./journal.js";
import type { Notice, Queue, QueueContext, QueuedEvent, QueueSource } from "./queue.js";
import { createTurns, takeFirst } from "./taking.js";

/** How a queue file is kept. */
export interface FileQueueOptions {
  /**
   * Whether an event counts as stored only once a power cut would not undo it. Without it, it outlives the program and
   * not the machine. Default `true`.
   */
  readonly sync?: boolean | undefined;
}

/**
 * Keeps events in a file, encrypted as they are, until they are delivered, by this program or a later one. The file
 * belongs to one process at a time, which holds `<path>.lock`; a lock whose process is gone is broken. (Of another machine
 * or container that is not known: its lock has to be deleted by whoever knows.)
 *
 * Logging the first event fails with `conflict` if another process has the file, with `bad-queue` if it is another kind
 * of file, and with `file-access`. When the disk is full later, events are kept in memory until there is room again.
 */
export function fileQueue(path: string, options: FileQueueOptions = {}): QueueSource {
  if (typeof path !== "string" || path === "")
    throw new BlindtallyError("bad-argument", "a queue file needs a path");
  return { open: async (context) => openQueue(path, options.sync ?? true, context) };
}

/** A file that is longer than this, and has doubled since it was looked at, is written anew if half of it is past. */
const MIN_REWRITE_BYTES = 1_000_000;
/** After the disk was full, or failed. */
const RETRY_MS = 1_000;
const FULL = ["ENOSPC", "EDQUOT", "EFBIG"];

function openQueue(path: string, sync: boolean, { onNotice }: QueueContext): Queue {
  let waiting = new Map<string, QueuedEvent>();
  /** Of what waits, and of what no longer does, what the file does not say yet. */
  let unsaved = new Set<string>();
  let gone: string[] = [];
  let journal: Journal | undefined;
  let release = async () => {};
  let storing: Promise<void> | undefined;
  let failedAt = -Infinity;
  let noticed = false;
  let isClosed = false;
  let rewriteAt = MIN_REWRITE_BYTES;
  const inTurn = createTurns();

  async function opened(): Promise<Journal> {
    if (journal) return journal;
    const place = await placeOf(path);
    release = await hold(place);
    try {
      const file = await openJournal(place);
      // They were there before.
      waiting = new Map([...file.waiting.map((event) => [event.id, event] as const), ...waiting]);
      journal = file.journal;
      return journal;
    } catch (error) {
      await release();
      throw error;
    }
  }

  async function store(): Promise<void> {
    storing = undefined;
    if (performance.now() - failedAt < RETRY_MS) return;
    // What comes, or is removed, while it is being written has a turn of its own.
    const fresh = unsaved;
    const past = gone;
    unsaved = new Set();
    gone = [];
    const file = await opened().catch((error) => {
      // They were refused, so they do not wait.
      for (const id of fresh) waiting.delete(id);
      throw error;
    });
    try {
      await write(file, fresh, past);
      failedAt = -Infinity;
    } catch (error) {
      unsaved = new Set([...[...fresh].filter((id) => waiting.has(id)), ...unsaved]);
      gone = [...past, ...gone];
      failedAt = performance.now();
      notice(FULL.includes(codeOf(error) ?? "") ? "quota" : "unavailable");
    }
  }

  async function write(file: Journal, fresh: ReadonlySet<string>, past: readonly string[]): Promise<void> {
    if (waiting.size === 0) {
      // Whatever a power cut brings back of it is delivered again, which the ids make harmless.
      await file.empty(false);
      return;
    }
    const events = [...fresh].flatMap((id) => waiting.get(id) ?? []);
    const lines = [...past.map(goneLine), ...events.map(waitingLine)];
    if (lines.length > 0) await file.add(lines.join(""), sync && events.length > 0);
    if (file.length > rewriteAt) {
      // It only saves room, of which there may be too little for two.
      if (file.length > 2 * sizeOf(waiting)) await file.rewrite(waiting.values()).catch(() => {});
      rewriteAt = Math.max(MIN_REWRITE_BYTES, 2 * file.length);
    }
  }

  function notice(reason: Notice["reason"]): void {
    if (!noticed) onNotice({ kind: "memory-only", reason });
    noticed = true;
  }

  function forget(id: string): void {
    if (waiting.delete(id) && !unsaved.delete(id)) gone.push(id);
  }

  const stored = async (): Promise<void> => {
    // An answer that comes after the end must not open the file, and take its lock, again.
    if (isClosed) return;
    storing ??= inTurn(store);
    return storing;
  };

  return {
    get persistent() {
      return failedAt === -Infinity;
    },
    append(events) {
      for (const event of events) {
        waiting.set(event.id, event);
        unsaved.add(event.id);
      }
      return stored();
    },
    async peek(maxEvents, maxBytes) {
      if (!journal) await inTurn(opened);
      return takeFirst(waiting.values(), maxEvents, maxBytes, true);
    },
    peekNow: (maxBytes) => takeFirst(waiting.values(), Infinity, maxBytes, false),
    remove(events) {
      for (const { id } of events) forget(id);
      return stored();
    },
    clear: () =>
      inTurn(async () => {
        const file = await opened();
        const ids = [...waiting.keys()];
        waiting.clear();
        unsaved.clear();
        gone = [];
        await file.empty(true).catch((error) => {
          throw fileAccess(path, error);
        });
        failedAt = -Infinity;
        return ids;
      }),
    count: async () => waiting.size,
    exclusively: createTurns(),
    close: () =>
      inTurn(async () => {
        isClosed = true;
        failedAt = -Infinity;
        if (unsaved.size + gone.length > 0) await store().catch(() => {});
        const lost = [...unsaved];
        waiting.clear();
        unsaved.clear();
        await journal?.close();
        journal = undefined;
        await release();
        return lost;
      }),
  };
}

/** Where the path leads in the end: two processes must agree on it, whichever links they come by. */
async function placeOf(path: string): Promise<string> {
  try {
    return await realpath(path).catch(async (error) => {
      if (codeOf(error) !== "ENOENT") throw error;
      return join(await realpath(dirname(path)), basename(path));
    });
  } catch (error) {
    throw fileAccess(path, error);
  }
}

/** Takes the lock of a path and gives what gives it back. */
function hold(path: string): Promise<() => Promise<void>> {
  return new Promise((resolve, reject) => {
    const held = withLock(path, () => {
      return new Promise<void>((release) => {
        resolve(() => {
          release();
          return held;
        });
      });
    });
    held.catch(reject);
  });
}

function sizeOf(events: ReadonlyMap<string, QueuedEvent>): number {
  let bytes = 0;
  for (const event of events.values()) bytes += waitingLine(event).length;
  return bytes;
}
