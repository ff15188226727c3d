// One writer at a time, over processes: whoever holds `<path>.lock` may write.
//
// A lock whose process is gone is broken. Two may find it so at once, and the slower must not break the lock that the
// faster has then taken: so the right to break a lock is itself a lock, named by the token of the one to be broken.
// Whoever holds that looks again, and only then removes. It may be cut off too, and is then broken likewise.

import { randomBytes } from "node:crypto";
import { constants, readFileSync, readlinkSync } from "node:fs";
import { open, readdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { BlindtallyError } from "../errors.js";
import { codeOf, fileAccess } from "./private-file.js";
import { placeNew, writeDurably } from "./writing.js";

/**
 * Works while holding the lock of a path.
 *
 * @throws BlindtallyError `conflict` if another process holds it for longer than is waited.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  const release = await acquire(lock, performance.now() + PATIENCE_MS).catch((error) => {
    throw error instanceof BlindtallyError ? error : fileAccess(lock, error);
  });
  try {
    await removeLeftovers(lock).catch(() => {});
    return await work();
  } finally {
    // A lock that cannot be removed is broken by the next once this process has ended.
    await release().catch(() => {});
  }
}

/** Who holds a lock. */
interface Holder {
  readonly host: string;
  /** Which start of the machine, if it tells: a sandbox may hide it. */
  readonly boot: string;
  /** Which numbering of processes, if it tells: containers have their own. */
  readonly pids: string;
  readonly pid: number;
  /** When the process began, in the machine's own count, if it tells: numbers of processes are used again. */
  readonly started: string;
  readonly token: string;
}

/** Holding a lock takes milliseconds; whoever waits this long waits for something else. */
const PATIENCE_MS = 5_000;
const POLL_MS = 20;
const LONGEST_LOCK = 4_096;

async function acquire(path: string, deadline: number): Promise<() => Promise<void>> {
  const token = randomBytes(8).toString("hex");
  for (;;) {
    const holder = await holderOf(path);
    if (holder === undefined) {
      if (await take(path, token)) return () => giveBack(path, token);
      if (performance.now() >= deadline) throw heldByOther(path, "unknown");
    } else if (holder !== "unknown" && isGone(holder)) {
      await breakLock(path, holder, deadline);
    } else if (performance.now() >= deadline) {
      throw heldByOther(path, holder);
    } else {
      await delay(POLL_MS * (0.5 + Math.random()));
    }
  }
}

/** Whether this process holds the lock now. */
async function take(path: string, token: string): Promise<boolean> {
  const holder: Holder = { ...thisProcess(), token };
  const fresh = temporaryOf(path, token);
  try {
    // Written beforehand, so that it never is there without saying whose it is.
    await writeDurably(fresh, `${JSON.stringify(holder)}\n`, 0o600);
    return await placed(fresh, path);
  } finally {
    await rm(fresh, { force: true });
  }
}

async function placed(fresh: string, path: string): Promise<boolean> {
  try {
    await placeNew(fresh, path);
    return true;
  } catch (error) {
    // The latter if whoever held the lock until now took it for a leftover.
    if (["EEXIST", "ENOENT"].includes(codeOf(error) ?? "")) return false;
    throw error;
  }
}

const temporaryOf = (path: string, token: string): string => `${path}.${token}.tmp`;

async function giveBack(path: string, token: string): Promise<void> {
  const holder = await holderOf(path);
  if (holder !== undefined && holder !== "unknown" && holder.token === token) await rm(path, { force: true });
}

async function breakLock(path: string, dead: Holder, deadline: number): Promise<void> {
  const release = await acquire(`${path}.${dead.token}`, deadline);
  try {
    const holder = await holderOf(path);
    if (holder !== undefined && holder !== "unknown" && holder.token === dead.token) {
      await rm(temporaryOf(path, dead.token), { force: true });
      await rm(path, { force: true });
    }
  } finally {
    await release();
  }
}

/**
 * Removes what killed processes have left behind on their way to this lock: files not yet in its place, and the right to
 * break one. The lock is held. A file that says nothing of its process is half written; if one that lives is about to
 * fill it, that one tries again.
 */
async function removeLeftovers(lock: string): Promise<void> {
  const folder = dirname(lock);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(basename(lock))) continue;
    const form = LEFTOVER.exec(name.slice(basename(lock).length));
    if (form === null) continue;
    const path = join(folder, name);
    const holder = await holderOf(path);
    const isLeft = holder === "unknown" ? form[1] !== undefined : holder !== undefined && isGone(holder);
    if (isLeft) await rm(path, { force: true });
  }
}

const LEFTOVER = /^(?:\.[0-9a-f]{16})+(\.tmp)?$/;

/** Who holds a lock; `undefined` if nobody does. */
async function holderOf(path: string): Promise<Holder | "unknown" | undefined> {
  const text = await textOf(path);
  if (text === undefined) return undefined;
  try {
    const holder: Holder = JSON.parse(text);
    const known =
      [holder.host, holder.boot, holder.pids, holder.started].every((part) => typeof part === "string") &&
      Number.isSafeInteger(holder.pid) &&
      holder.pid > 0 &&
      /^[0-9a-f]{16}$/.test(holder.token);
    return known ? holder : "unknown";
  } catch {
    return "unknown";
  }
}

/** What stands in a lock, empty if it is none; `undefined` if it is not there. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    const handle = await open(path, LOCK_FLAGS);
    try {
      if (!(await handle.stat()).isFile()) return "";
      const buffer = Buffer.alloc(LONGEST_LOCK);
      const { bytesRead } = await handle.read(buffer, 0, LONGEST_LOCK);
      return buffer.toString("utf8", 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = codeOf(error) ?? "";
    if (code === "ENOENT") return undefined;
    // A link, or a socket.
    if (["ELOOP", "EMLINK", "ENXIO"].includes(code)) return "";
    throw error;
  }
}

/** Not blocking: whoever reads a named pipe would wait for a writer, and no signal would end that. */
const LOCK_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/**
 * Whether the process that took a lock is certainly gone. Of another machine, or another container on this one,
 * nothing is known. Machines that share a folder need names of their own.
 */
function isGone(holder: Holder): boolean {
  const here = thisProcess();
  if (holder.host !== here.host) return false;
  // What either of the two could not tell says nothing.
  if (holder.boot !== "" && here.boot !== "" && holder.boot !== here.boot) return true;
  if (holder.pids !== here.pids || (here.pids === "" && process.platform === "linux")) return false;
  const running = processOf(holder.pid);
  if (running === undefined) return true;
  return holder.started !== "" && running.started !== "" && running.started !== holder.started;
}

let own: Omit<Holder, "token"> | undefined;

function thisProcess(): Omit<Holder, "token"> {
  own ??= {
    host: hostname(),
    boot: orNothing(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    pids: orNothing(() => readlinkSync("/proc/self/ns/pid")),
    pid: process.pid,
    started: processOf(process.pid)?.started ?? "",
  };
  return own;
}

/** `undefined` if there is no such process any more. */
function processOf(pid: number): { readonly started: string } | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // One of another user is there as well.
    if (codeOf(error) === "ESRCH") return undefined;
  }
  // The second field is the program's name in brackets, in which anything may stand.
  const stat = orNothing(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // What has ended, and waits for its parent to look at how, writes no more.
  if (stat !== "" && ["Z", "X"].includes(fields[0] ?? "")) return undefined;
  return { started: fields[19] ?? "" };
}

function orNothing(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}

function heldByOther(path: string, holder: Holder | "unknown"): BlindtallyError {
  const who = holder === "unknown" ? "an unknown process" : `process ${holder.pid} on ${holder.host}`;
  const message = `${path} is held by ${who}; try again, or delete it if that process is gone`;
  return new BlindtallyError("conflict", message);
}
