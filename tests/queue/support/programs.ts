// Programs that work on a queue file, and what they said until they ended.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { idsOf } from "./events.js";
import { eventsIn } from "./folder.js";

/** How a program is run. */
export interface RunOptions {
  readonly rounds?: number;
  readonly bytes?: number;
  readonly killBefore?: number;
  readonly killWithin?: number;
  /** The most bytes that a file may have, as a full disk would have it. */
  readonly maxFileBytes?: number;
  /** Called with the program and how many lines it has said so far. */
  readonly onLines?: (child: ChildProcess, lines: number) => void;
}

/** How a program ended. */
export interface Run {
  readonly signal: string | null;
  readonly code: number | null;
  /** What it said: a word and ids. */
  readonly said: readonly { readonly word: string; readonly ids: readonly string[] }[];
  readonly errors: string;
}

const script = (name: string) => fileURLToPath(new URL(`./${name}.js`, import.meta.url));

export async function append(path: string, options: RunOptions = {}): Promise<Run> {
  const { rounds = 1, bytes = 120, killBefore, killWithin, maxFileBytes, onLines } = options;
  const args = ["--import", script("kill-at"), script("appender"), path, String(rounds), String(bytes)];
  const env = {
    ...process.env,
    NODE_OPTIONS: "",
    KILL_BEFORE: String(killBefore ?? ""),
    KILL_WITHIN: String(killWithin ?? ""),
  };
  const [command, all] =
    maxFileBytes === undefined
      ? [process.execPath, args]
      : ["sh", ["-c", `ulimit -f ${maxFileBytes / 512}; exec "$0" "$@"`, process.execPath, ...args]];
  const child = spawn(command, all, { env, stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
  let [output, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    onLines?.(child, output.split("\n").length - 1);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (...end) => resolve(end));
  });
  const said = output
    .split("\n")
    .slice(0, -1)
    .map((line) => {
      const [word = "", ids = ""] = line.split(" ");
      return { word, ids: ids === "" ? [] : ids.split(",") };
    });
  return { code, signal, said, errors };
}

/** Fails unless the file holds each event that must be in it, none that must not, and none twice. */
export async function holdsWhatWasSaid(path: string, before: readonly string[], { said }: Run, what: string) {
  const of = (word: string) => said.filter((line) => line.word === word).flatMap(({ ids }) => ids);
  const [asked, stored, asking, gone] = ["append", "appended", "remove", "removed"].map(of);
  assert.ok(asked && stored && asking && gone);
  const there = idsOf(await eventsIn(path));
  const must = [...before, ...stored].filter((id) => !asking.includes(id));
  const may = [...before, ...asked].filter((id) => !gone.includes(id));
  assert.deepEqual(
    must.filter((id) => !there.includes(id)),
    [],
    `${what}: lost`,
  );
  assert.deepEqual(
    there.filter((id) => !may.includes(id)),
    [],
    `${what}: too many`,
  );
  assert.equal(new Set(there).size, there.length, `${what}: twice`);
  return there;
}
