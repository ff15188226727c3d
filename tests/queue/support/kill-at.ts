// Loaded before a program (`node --import`): counts what the program asks of the file system that changes something, and
// ends it by a real SIGKILL where the environment says: KILL_BEFORE=n before the n-th change, KILL_WITHIN=n in the
// middle of it, if it writes. At the end it says how many there were.

import { writeSync } from "node:fs";
import { createRequire } from "node:module";

// biome-ignore lint/suspicious/noExplicitAny: what stands in the place of a function takes whatever that takes
type Act = (this: any, ...args: any[]) => Promise<unknown>;
const files: Record<string, Act> = createRequire(import.meta.url)("node:fs/promises");
const { KILL_BEFORE, KILL_WITHIN } = process.env;

const end = () => process.kill(process.pid, "SIGKILL");
let changes = 0;
process.on("exit", () => void writeSync(1, `changes ${changes}\n`));

function watch(owner: Record<string, Act>, name: string, within?: Act): void {
  const original = owner[name] as Act;
  owner[name] = async function (...args) {
    changes += 1;
    if (String(changes) === KILL_BEFORE) end();
    if (String(changes) === KILL_WITHIN && within !== undefined) {
      await within.call(this, original, ...args);
      end();
    }
    return original.apply(this, args);
  };
}

const probe = (await files.open?.(process.execPath, "r")) as { close(): Promise<void> };
const handles: Record<string, Act> = Object.getPrototypeOf(probe);
await probe.close();

for (const name of ["open", "rename", "link", "rm"]) watch(files, name);
for (const name of ["truncate", "datasync", "sync", "chmod"]) watch(handles, name);
watch(handles, "write", async function (write: Act, bytes: Buffer, from: number, length: number, at: number) {
  await write.call(this, bytes, from, Math.floor(length / 2), at);
});
watch(handles, "writeFile", async function (write: Act, text: string) {
  await write.call(this, text.slice(0, text.length / 2));
});
