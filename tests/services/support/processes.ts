import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Writable } from "node:stream";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

/** The commands as they are installed. */
export type Command = "analytics" | "proxy";

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A command that has ended. */
export interface EndedCommand extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

/** A service in a process of its own, listening on a free port of the loopback interface. */
export interface ServiceProcess {
  readonly url: string;
  /** All it has written so far, to standard output and error. */
  output(): string;
  /** Sends a signal that does not end it. */
  signal(signal: NodeJS.Signals): void;
  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Exit>;
}

const LISTENING = /listening on (http:\/\/[^"\s]+)/;
const READY_DEADLINE_MS = 20_000;

/** How a service is started. */
export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Default: any free one. */
  readonly port?: string;
  /** What it is handed to read. */
  readonly input?: Input;
  /** Is given the process that is starting. */
  readonly meanwhile?: (child: ChildProcess) => void;
}

/** A text that a command is handed in a pipe, as its standard input or as descriptor 3. */
export interface Input {
  readonly descriptor: 0 | 3;
  readonly text: string | Buffer;
}

/**
 * Starts a service, on a free port unless one is given, and waits until it says where it listens. It is
 * killed when the test ends.
 */
export async function startService(
  t: TestContext,
  command: Command,
  args: readonly string[],
  { env = {}, port = "0", input, meanwhile }: StartOptions = {},
): Promise<ServiceProcess> {
  const child = spawnCommand(command, ["--port", port, ...args], env, input);
  t.after(() => child.kill("SIGKILL"));
  meanwhile?.(child);
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${command} is not ready: ${output}`)),
      READY_DEADLINE_MS,
    );
    const settle = (action: () => void): void => {
      clearTimeout(timer);
      action();
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const found = LISTENING.exec(output)?.[1];
        if (found !== undefined) settle(() => resolve(found));
      });
    }
    child.once("close", () => settle(() => reject(new Error(`${command} ended early: ${output}`))));
  });
  return {
    url,
    output: () => output,
    signal: (signal) => void child.kill(signal),
    async end(signal) {
      const ended = waitForEnd(child);
      child.kill(signal);
      return ended;
    },
  };
}

/** Runs a command to its end. */
export async function runCommand(
  command: Command,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  input?: Input,
): Promise<EndedCommand> {
  const child = spawnCommand(command, args, env, input);
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), READY_DEADLINE_MS);
  const exit = await waitForEnd(child);
  clearTimeout(timer);
  return { ...exit, stdout, stderr };
}

/** The path of a command's main file. */
export function mainOf(command: Command): string {
  return fileURLToPath(
    new URL(`./dist/${command}/main.js`, import.meta.resolve("blindtally-services/package.json")),
  );
}

/** The environment without the caller's own ports and key file, which must not reach the commands under test. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("BLINDTALLY_"));
  return Object.fromEntries(inherited);
}

function spawnCommand(
  command: Command,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  input?: Input,
): ChildProcess {
  const pipe = (descriptor: number) => (input?.descriptor === descriptor ? "pipe" : "ignore");
  const child = spawn(process.execPath, [mainOf(command), ...args], {
    env: { ...cleanEnvironment(), ...env },
    stdio: [pipe(0), "pipe", "pipe", ...(input?.descriptor === 3 ? (["pipe"] as const) : [])],
  });
  const end = input === undefined ? undefined : (child.stdio[input.descriptor] as Writable);
  // A command that refuses before it reads leaves nobody to write to; what it says then is what counts.
  end?.on("error", () => {});
  end?.end(input?.text);
  return child;
}

async function waitForEnd(child: ChildProcess): Promise<Exit> {
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { code, signal };
}
