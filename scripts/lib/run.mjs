// @ts-check
// Starts other programs, shows how they fail, and sees to it that none of them outlives this one.

import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { say } from "./log.mjs";
import { logs, root } from "./paths.mjs";

const TAIL_LINES = 30;
const HEAD_LINES = 10;
/** How long a child may take to end by itself after SIGTERM. */
const GRACE_MS = 5_000;
/** How often it is looked whether the shell that npm has started this in is still there. */
const SHELL_WATCH_MS = 250;

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd] default: the project's root
 * @property {Record<string, string | undefined>} [env] added to the environment; `undefined` removes a name
 * @property {string} [log] name of a file in target/logs that keeps the whole output
 * @property {number} [timeoutMs] after this many milliseconds the program is ended, which counts as a failure
 * @property {(line: string) => unknown} [onLine] is given each line as it is printed
 * @property {boolean} [allowFailure] return a failed run instead of throwing
 */

/** @typedef {{ ok: boolean, code: number | null, output: string, stdout: string, why: string }} RunResult */

/** A program that could not be started, failed or took too long. The message ends with what it printed last. */
export class CommandError extends Error {
  /** @param {string} message @param {RunResult} result */
  constructor(message, result) {
    super(message);
    this.name = "CommandError";
    this.result = result;
  }
}

/** The processes under way, each the leader of a process group of its own. @type {Set<import("node:child_process").ChildProcess>} */
const live = new Set();
let ending = false;

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export async function run(command, args, options = {}) {
  const child = start(command, args, {
    ...options,
    // Read here and kept in files, neither of which shows colours.
    env: { NO_COLOR: "1", FORCE_COLOR: undefined, CARGO_TERM_COLOR: "never", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const file = options.log ? openLog(options.log, command, args) : null;
  /** @type {string[]} */
  const output = [];
  /** @type {string[]} */
  const stdout = [];
  /** @param {import("node:stream").Readable | null} stream @param {boolean} isStdout */
  const collect = async (stream, isStdout) => {
    if (!stream) return;
    for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      output.push(line);
      if (isStdout) stdout.push(line);
      file?.write(`${line}\n`);
      if (line.trim() !== "") options.onLine?.(line);
    }
  };
  let timedOut = false;
  const timer = options.timeoutMs
    ? setTimeout(() => {
        timedOut = true;
        signalGroup(child, "SIGKILL");
      }, options.timeoutMs)
    : null;
  const [end] = await Promise.all([ended(child), collect(child.stdout, true), collect(child.stderr, false)]);
  if (timer) clearTimeout(timer);
  if (file) await new Promise((resolve) => file.end(resolve));

  const why = end.error
    ? end.error.message
    : timedOut
      ? `took longer than ${Math.round((options.timeoutMs ?? 0) / 1000)} s`
      : end.signal
        ? `was ended by ${end.signal}`
        : `exited with ${end.code}`;
  const ok = !end.error && end.code === 0 && !timedOut;
  const result = { ok, code: end.code, output: output.join("\n"), stdout: stdout.join("\n"), why };
  if (ok || options.allowFailure) return result;
  // While everything is being ended, a child's death is no news.
  if (ending) return new Promise(() => {});
  throw new CommandError(describe(command, args, why, output, options.log), result);
}

/**
 * Starts a program that stays. It is ended with this process.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, stdio?: import("node:child_process").StdioOptions }} [options]
 */
export function start(command, args, options = {}) {
  const child = spawn(command, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, ...options.env },
    stdio: options.stdio ?? ["ignore", "pipe", "pipe"],
    // A group of its own: ending the group reaches what the child itself has started, as rustc under cargo.
    detached: true,
  });
  live.add(child);
  child.once("close", () => live.delete(child));
  child.once("error", () => live.delete(child));
  return child;
}

/**
 * Ends a child and what it started, and waits until it is gone.
 * @param {import("node:child_process").ChildProcess} child
 */
export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = ended(child);
  signalGroup(child, "SIGTERM");
  const timer = setTimeout(() => signalGroup(child, "SIGKILL"), GRACE_MS);
  await gone;
  clearTimeout(timer);
  signalGroup(child, "SIGKILL");
}

/** Ends every process under way. */
export async function stopAll() {
  await Promise.all([...live].map(stop));
}

/**
 * Runs a script's main function: errors become a sentence and exit code 1, and no end leaves a child behind.
 * @param {() => Promise<number | void>} body returns the exit code
 */
export async function main(body) {
  process.on("exit", () => {
    for (const child of live) signalGroup(child, "SIGKILL");
  });
  const end = (/** @type {number} */ code) => {
    // npm passes on a Ctrl-C which the terminal has already sent here.
    if (ending) return;
    ending = true;
    void stopAll().then(() => process.exit(code));
  };
  process.on("SIGINT", () => end(130));
  process.on("SIGTERM", () => end(143));
  process.on("SIGHUP", () => end(129));
  if (process.env.npm_lifecycle_event !== undefined) {
    // npm runs scripts in a shell, and a signal to npm ends that shell without reaching what runs in it.
    const shell = process.ppid;
    setInterval(() => process.ppid === shell || end(143), SHELL_WATCH_MS).unref();
  }
  try {
    process.exitCode = (await body()) ?? 0;
  } catch (error) {
    if (ending) return;
    say(`\n${error instanceof Error ? readable(error) : String(error)}`);
    process.exitCode = 1;
  }
  if (ending) return;
  ending = true;
  await stopAll();
}

/** A fault that the person at the keyboard can mend: its message alone is shown. */
export class UserError extends Error {}

/** @param {Error} error */
function readable(error) {
  return error instanceof UserError || error instanceof CommandError
    ? error.message
    : (error.stack ?? error.message);
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @returns {Promise<{ code: number | null, signal: string | null, error?: Error }>}
 */
function ended(child) {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ code: null, signal: null, error }));
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
}

/** @param {import("node:child_process").ChildProcess} child @param {NodeJS.Signals} signal */
function signalGroup(child, signal) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}

/** @param {string} name @param {string} command @param {readonly string[]} args */
function openLog(name, command, args) {
  mkdirSync(logs, { recursive: true });
  const file = createWriteStream(join(logs, `${name}.log`));
  file.write(`$ ${[command, ...args].join(" ")}\n`);
  return file;
}

/** @param {string} command @param {readonly string[]} args @param {string} why @param {string[]} output @param {string | undefined} log */
function describe(command, args, why, output, log) {
  // The cause is said first, and what a tool prints at its end may be its manual.
  const rest = Math.max(output.length - TAIL_LINES, 0);
  const first = output.findIndex((line) => /\b(error|missing|failed)\b/i.test(line));
  const head =
    first >= 0 && first < rest ? [...output.slice(first, Math.min(first + HEAD_LINES, rest)), "..."] : [];
  const tail = [...head, ...output.slice(rest)].map((line) => `    ${line}`);
  const whole =
    log && output.length > TAIL_LINES ? [`  All of it: ${relative(root, join(logs, `${log}.log`))}`] : [];
  return [`\`${[command, ...args].join(" ")}\` ${why}.`, ...tail, ...whole].join("\n");
}
