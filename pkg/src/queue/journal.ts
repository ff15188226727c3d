// A queue file, SPEC.md section 22: what was appended and what was removed, a line each. It is only ever added to,
// emptied, or replaced whole, so whoever is ended in the middle leaves all that was there before.

import { constants } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { BlindtallyError } from "../errors.js";
import { fileAccess } from "../store/private-file.js";
import { syncFolderOf, writeDurably } from "../store/writing.js";
import { asciiJson } from "../text.js";
import type { QueuedEvent } from "./queue.js";

/** An open file. The caller holds its lock, and does one thing after the other. */
export interface Journal {
  /** Its length in bytes. */
  readonly length: number;
  /** Adds lines, all or none of them. @param sync whether a power cut must not undo it. */
  add(lines: string, sync: boolean): Promise<void>;
  /** Removes everything. @param sync as before. */
  empty(sync: boolean): Promise<void>;
  /** Leaves nothing but these events, by another file in the place of this one. */
  rewrite(events: Iterable<QueuedEvent>): Promise<void>;
  close(): Promise<void>;
}

/** The line of an event that waits. */
export const waitingLine = ({ json }: QueuedEvent): string => `+${json}\n`;
/** The line of one that no longer does. */
export const goneLine = (id: string): string => `-${id}\n`;

/**
 * Opens a file, or makes it.
 *
 * @returns with the events that wait in it.
 * @throws BlindtallyError `file-access`; `bad-queue` if it is another file, which is left as it is.
 */
export async function openJournal(path: string): Promise<{ journal: Journal; waiting: QueuedEvent[] }> {
  const handle = await open(path, OPENING, 0o600).catch((error) => {
    throw fileAccess(path, error);
  });
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw fileAccess(path, "it is not a regular file");
    const bytes = await handle.readFile();
    const { waiting, length } = read(path, bytes);
    const journal = createJournal(path, handle, length, stats.mode & 0o777);
    if (length === 0) {
      await journal.add(HEADER, true);
      await syncFolderOf(path);
    }
    return { journal, waiting };
  } catch (error) {
    await handle.close();
    throw error instanceof BlindtallyError ? error : fileAccess(path, error);
  }
}

const HEADER = '{"blindtally":"queue","version":1}\n';
/** Not blocking: whoever opens a named pipe would wait for another who does. */
const OPENING = constants.O_RDWR | constants.O_CREAT | (constants.O_NONBLOCK ?? 0);
const LINE_FEED = 0x0a;

function createJournal(path: string, opened: FileHandle, size: number, mode: number): Journal {
  let handle = opened;
  let length = size;
  /** Whether there may be something after the last line, of what was written in part. */
  let isTorn = true;

  async function cut(): Promise<void> {
    if (isTorn) await handle.truncate(length);
    isTorn = false;
  }

  return {
    get length() {
      return length;
    },
    async add(lines, sync) {
      await cut();
      isTorn = true;
      try {
        const bytes = Buffer.from(lines);
        for (let done = 0; done < bytes.length; ) {
          done += (await handle.write(bytes, done, bytes.length - done, length + done)).bytesWritten;
        }
        if (sync) await handle.datasync();
        length += bytes.length;
        isTorn = false;
      } catch (error) {
        await cut().catch(() => {});
        throw error;
      }
    },
    async empty(sync) {
      await handle.truncate(HEADER.length);
      length = HEADER.length;
      isTorn = false;
      if (sync) await handle.datasync();
    },
    async rewrite(events) {
      const text = [HEADER, ...Array.from(events, waitingLine)].join("");
      const fresh = `${path}.tmp`;
      let next: FileHandle | undefined;
      try {
        await writeDurably(fresh, text, mode);
        // Before it has its name: what failed after that would leave this one writing into a file without any.
        next = await open(fresh, "r+");
        await rename(fresh, path);
      } catch (error) {
        await next?.close();
        await rm(fresh, { force: true }).catch(() => {});
        throw error;
      }
      const former = handle;
      handle = next;
      length = Buffer.byteLength(text);
      isTorn = false;
      await former.close();
      await syncFolderOf(path);
    },
    close: () => handle.close(),
  };
}

/** What a file holds, and where its last line ends. */
function read(path: string, bytes: Buffer): { waiting: QueuedEvent[]; length: number } {
  const length = bytes.lastIndexOf(LINE_FEED) + 1;
  // A file whose first line was never finished is one of ours only if it could have become that line.
  if (length === 0 && !HEADER.startsWith(bytes.toString("latin1"))) throw malformed(path, 1);
  const waiting = new Map<string, QueuedEvent>();
  if (length === 0) return { waiting: [], length };
  const lines = textOf(path, bytes.subarray(0, length - 1)).split("\n");
  lines.forEach((line, position) => {
    if (position === 0 ? `${line}\n` !== HEADER : !take(line, waiting)) throw malformed(path, position + 1);
  });
  return { waiting: [...waiting.values()], length };
}

function textOf(path: string, bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new BlindtallyError("bad-queue", `${path} is no queue file: it is not UTF-8`);
  }
}

/** Does to the events what a line says; `false` if it says nothing of that kind. */
function take(line: string, waiting: Map<string, QueuedEvent>): boolean {
  const rest = line.slice(1);
  if (line[0] === "-") {
    waiting.delete(rest);
    return EVENT_ID.test(rest);
  }
  const id = line[0] === "+" ? idOf(rest) : undefined;
  // Only a file that somebody else wrote has anything but ASCII.
  if (id !== undefined) waiting.set(id, { id, json: asciiJson(rest) });
  return id !== undefined;
}

const EVENT_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The id of an entry, if the text is one that has an id. */
function idOf(json: string): string | undefined {
  try {
    const { id, event, properties = {} } = JSON.parse(json);
    const isEntry = typeof event === "string" && typeof properties === "object" && properties !== null;
    return isEntry && typeof id === "string" && EVENT_ID.test(id) ? id : undefined;
  } catch {
    return undefined;
  }
}

function malformed(path: string, line: number): BlindtallyError {
  const message = `${path} is no queue file, or of another version: line ${line} is none that such a file has`;
  return new BlindtallyError("bad-queue", message);
}
