// One writer at a time, over processes: whoever holds `<path>.lock` may write.
//
// A lock whose process is gone is broken. Two may find it so at once, and the slower must not break the lock that the
// faster has then taken: so the right to break a lock is itself a lock, named by the token of the one to be broken.
// Whoever holds that looks again, and only then removes. It may be cut off too, and is then broken likewise.

import { randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
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
    return await work();
  } finally {
    // A lock that cannot be removed is broken by the next once this process has ended.
    await release().catch(() => {});
  }
}

/** Who holds a lock. */
interface Holder {
  readonly host: string;
  /** Which start of the machine, if it tells. */
  readonly boot: string;
  /** Which numbering of processes, if there are several: containers have their own. */
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
    await placeNew(fresh, path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    await rm(fresh, { force: true });
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

/** Who holds a lock; `undefined` if nobody does. */
async function holderOf(path: string): Promise<Holder | "unknown" | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    const holder: Holder = JSON.parse(text.slice(0, LONGEST_LOCK));
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

/**
 * Whether the process that took a lock is certainly gone. Of another machine, or another container on this one,
 * nothing is known. Machines that share a folder need names of their own.
 */
function isGone(holder: Holder): boolean {
  const here = thisProcess();
  if (holder.host !== here.host) return false;
  if (holder.boot !== here.boot) return true;
  if (holder.pids !== here.pids) return false;
  const process = processOf(holder.pid);
  return process === undefined || (holder.started !== "" && process.started !== holder.started);
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
