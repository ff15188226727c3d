import { createReadStream } from "node:fs";
import { open, realpath, stat } from "node:fs/promises";
import { Refusal, reasonOf, UsageError } from "./failure.js";
import type { Given, OptionSpecs } from "./options.js";
import { type Output, openOutput } from "./output.js";
import { Progress } from "./progress.js";
import type { Session } from "./session.js";

/** Where data comes from and goes to. */
export const DATA: OptionSpecs = {
  in: { value: "FILE", help: "read from this file (default: standard input)" },
  out: {
    value: "FILE",
    help: "write to this file, which appears when it is complete (default: standard output)",
  },
  force: { help: "replace the file of --out if there is one; it may be that of --in" },
};

/** The input and the output of a command that converts data. */
export interface DataFlow {
  readonly source: AsyncIterable<Uint8Array>;
  readonly output: Output;
  readonly progress: Progress;
}

/** Opens what the options name. The input comes first, so that a missing one leaves no trace. */
export async function openData(given: Given, session: Session): Promise<DataFlow> {
  const path = given.value("in");
  const out = given.value("out");
  if (given.flag("force") && out === undefined)
    throw new UsageError("--force is for --out, which is not given.");
  const input = path === undefined || path === "-" ? standardInput(session) : await fileInput(path);
  const output = await openOutput(out, session, { option: "--out", force: given.flag("force") });
  const toTerminal = (out === undefined || out === "-") && process.stdout.isTTY === true;
  const progress = new Progress(session, input.size, toTerminal);
  return { source: progress.count(input.bytes), output, progress };
}

/** Runs a conversion to its end, or leaves nothing of it behind. */
export async function convertData(flow: DataFlow, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    flow.progress.end();
    await flow.output.finish();
  } catch (error) {
    flow.progress.end();
    await flow.output.abandon();
    throw error;
  }
}

/** Whether two options name one file. */
export async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => realpath(path).catch(() => undefined)));
  return a !== undefined && a === b;
}

const CHUNK_BYTES = 262_144;

interface Input {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly size: number | undefined;
}

function standardInput(session: Session): Input {
  session.claimStdin("the data");
  if (process.stdin.isTTY === true) session.hint("Reading from the terminal, line by line; Ctrl-D ends.");
  return { bytes: process.stdin, size: undefined };
}

async function fileInput(path: string): Promise<Input> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) throw Object.assign(new Error("folder"), { code: "EISDIR" });
    const handle = await open(path, "r");
    const bytes = createReadStream(path, { fd: handle, highWaterMark: CHUNK_BYTES });
    return { bytes, size: stats.isFile() ? stats.size : undefined };
  } catch (error) {
    throw new Refusal("file-access", `--in: ${reasonOf((error as NodeJS.ErrnoException).code)}`);
  }
}
