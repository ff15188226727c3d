// A sealed file in a folder of its own, and programs that work on it.

import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Keyset } from "blindtally";
import { KeysetFile } from "blindtally/sealed";
import { createKeysetFile, openKeysetFile, type StoredKeyset } from "blindtally/store";
import type { Change } from "./traced-files.js";

/** A folder with a sealed file and what opens it. */
export interface Place {
  readonly folder: string;
  /** Of the sealed file. */
  readonly path: string;
  readonly raw: Uint8Array;
  open(): Promise<StoredKeyset>;
  text(name?: string): string;
}

interface Ends {
  after(done: () => void): void;
}

/** A sealed file that was saved once, in a folder that is removed with the test. */
export async function place(t: Ends): Promise<Place> {
  const made = emptyPlace(t);
  const file = await KeysetFile.create(Keyset.generate());
  await file.addSlot({ raw: made.raw });
  (await createKeysetFile(made.path, file)).dispose();
  return made;
}

/** A folder without a file, and a key for one. */
export function emptyPlace(t: Ends): Place {
  const raw = crypto.getRandomValues(new Uint8Array(32));
  const made = placeIn(newFolder(t), raw);
  writeFileSync(join(made.folder, "raw-key"), raw);
  return made;
}

/** The same file and key in another folder. */
export function copyOf(t: Ends, { folder, raw }: Place): Place {
  const copy = newFolder(t);
  cpSync(folder, copy, { recursive: true });
  return placeIn(copy, raw);
}

/** A folder with other files and the same key. */
export function placeIn(folder: string, raw: Uint8Array): Place {
  const path = join(folder, "keys.sealed");
  return {
    folder,
    path,
    raw,
    open: () => openKeysetFile(path, { raw }),
    text: (name = "keys.sealed") => readFileSync(join(folder, name), "utf8"),
  };
}

/** An empty folder, removed with the test. */
export function newFolder(t: Ends): string {
  const folder = mkdtempSync(join(tmpdir(), "blindtally-sealing-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** How a program ended. */
export interface Run {
  readonly code: number | null;
  readonly signal: string | null;
  /** The ids of keys of which it said that they are saved. */
  readonly saved: readonly string[];
  readonly conflicts: number;
  readonly errors: string;
}

const script = (name: string) => fileURLToPath(new URL(`./${name}.js`, import.meta.url));

/** What a program is run with. */
export interface RunOptions {
  /** Where its changes are noted. */
  readonly trace?: string;
  readonly killBefore?: number;
  readonly killWithin?: number;
  /** What of /proc it does not see. */
  readonly hidden?: readonly string[];
}

/** Runs the program that rotates, as a process of its own. */
export const rotate = (place: Place, options: RunOptions & { rounds?: number } = {}): Promise<Run> =>
  run("rotate", place, [String(options.rounds ?? 1)], options);

/** Runs the program that makes a file. */
export const create = (place: Place, options: RunOptions = {}): Promise<Run> =>
  run("create", place, [], options);

async function run(
  program: string,
  { folder, path }: Place,
  further: readonly string[],
  { trace, killBefore, killWithin, hidden = [] }: RunOptions,
): Promise<Run> {
  const env = {
    ...process.env,
    NODE_OPTIONS: "",
    HIDDEN: hidden.join(":"),
    ...(trace === undefined ? {} : { TRACE: trace }),
    ...(killBefore === undefined ? {} : { KILL_BEFORE: String(killBefore) }),
    ...(killWithin === undefined ? {} : { KILL_WITHIN: String(killWithin) }),
  };
  const args = [
    "--import",
    script("traced-files"),
    "--import",
    script("without-proc"),
    script(program),
    path,
    join(folder, "raw-key"),
    ...further,
  ];
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"], timeout: 120_000 });
  let [output, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    errors += text;
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (...end) => resolve(end));
  });
  const lines = output.split("\n").map((line) => line.split(" "));
  return {
    code,
    signal,
    saved: lines.flatMap(([word, id]) => (word === "saved" && id ? [id] : [])),
    conflicts: lines.filter(([word]) => word === "conflict").length,
    errors,
  };
}

/** What a program changed, in order. */
export function changesIn(trace: string): Change[] {
  return readFileSync(trace, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}
