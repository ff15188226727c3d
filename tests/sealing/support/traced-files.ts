// Loaded before a program (`node --import`): notes every change that the program asks the file system for, in the file
// that TRACE names, and ends the program by a real SIGKILL where the environment says:
// - KILL_BEFORE=n before the n-th change,
// - KILL_WITHIN=n in the middle of it, if it writes: half of it is there then.

import { appendFileSync } from "node:fs";
import { createRequire } from "node:module";

/** A change, as it is noted. */
export type Change =
  | { readonly act: "create"; readonly path: string; readonly file: number }
  | { readonly act: "write"; readonly file: number; readonly text: string }
  | { readonly act: "sync"; readonly file: number }
  | { readonly act: "sync-folder"; readonly path: string }
  | { readonly act: "mode"; readonly file: number; readonly mode: number }
  | { readonly act: "link" | "rename"; readonly from: string; readonly to: string }
  | { readonly act: "remove"; readonly path: string };

// biome-ignore lint/suspicious/noExplicitAny: what stands in the place of a function takes whatever that takes
type Act = (this: any, ...args: any[]) => Promise<unknown>;
const files: Record<string, Act> = createRequire(import.meta.url)("node:fs/promises");
const { TRACE, KILL_BEFORE, KILL_WITHIN } = process.env;

let changes = 0;
function note(change: Change): void {
  changes += 1;
  if (String(changes) === KILL_BEFORE) process.kill(process.pid, "SIGKILL");
  if (TRACE !== undefined) appendFileSync(TRACE, `${JSON.stringify(change)}\n`);
}

const created = new WeakMap<object, number>();
const folders = new WeakMap<object, string>();
let numbers = 0;

/** Puts something before a function of a module or a prototype. */
function before(
  owner: Record<string, Act>,
  name: string,
  look: (self: object, args: readonly unknown[]) => void | Promise<void>,
): void {
  const original = owner[name] as Act;
  owner[name] = async function (this: object, ...args: unknown[]) {
    await look(this, args);
    return original.apply(this, args);
  };
}

const open = files.open as (path: string, flags?: unknown, mode?: unknown) => Promise<object>;
const probe = await open(process.execPath, "r");
const handles = Object.getPrototypeOf(probe) as Record<string, Act>;
await (probe as { close(): Promise<void> }).close();

files.open = async (path: string, flags?: unknown, mode?: unknown) => {
  const creates = flags === "wx";
  numbers += 1;
  const file = numbers;
  if (creates) note({ act: "create", path, file });
  const handle = await open(path, flags, mode);
  if (creates) created.set(handle, file);
  else if (flags === "r") folders.set(handle, path);
  return handle;
};
before(files, "link", (_, [from, to]) => note({ act: "link", from: String(from), to: String(to) }));
before(files, "rename", (_, [from, to]) => note({ act: "rename", from: String(from), to: String(to) }));
before(files, "rm", (_, [path]) => note({ act: "remove", path: String(path) }));
before(handles, "chmod", (self, [mode]) =>
  note({ act: "mode", file: created.get(self) ?? 0, mode: Number(mode) }),
);
before(handles, "sync", (self) => {
  const path = folders.get(self);
  note(path === undefined ? { act: "sync", file: created.get(self) ?? 0 } : { act: "sync-folder", path });
});
before(handles, "writeFile", async (self, [text]) => {
  note({ act: "write", file: created.get(self) ?? 0, text: String(text) });
  if (String(changes) !== KILL_WITHIN) return;
  const half = String(text).slice(0, String(text).length / 2);
  await (self as { write(text: string): Promise<unknown> }).write(half);
  process.kill(process.pid, "SIGKILL");
});
