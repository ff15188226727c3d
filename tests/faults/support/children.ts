// What must not outlive this process, however it ends: other processes, and folders.

import type { ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";

const running = new Map<ChildProcess, "group" | "alone">();
const folders = new Set<string>();

process.on("exit", () => {
  for (const child of running.keys()) killNow(child);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Sees to it that a process ends with this one; `group` for one that was started as the leader of a group. */
export function own<Child extends ChildProcess>(child: Child, what: "group" | "alone" = "alone"): Child {
  running.set(child, what);
  child.once("close", () => running.delete(child));
  return child;
}

/** kill -9, of the whole group where the process leads one. */
export function killNow(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(running.get(child) === "group" ? -child.pid : child.pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** Sees to it that a folder goes with this process. */
export function ownFolder(folder: string): string {
  folders.add(folder);
  return folder;
}

/** Removes it now. */
export function removeFolder(folder: string): void {
  folders.delete(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
