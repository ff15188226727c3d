import { spawn, spawnSync } from "node:child_process";
import { ended, PROGRAM } from "./cli.js";

/** What is waited for on the terminal, and what is typed then. */
export interface Step {
  readonly expect: string;
  readonly type: string;
}

export interface TerminalRun {
  readonly code: number | null;
  /** All that came to the terminal. */
  readonly screen: string;
  /** The same, up to each step and after the last. */
  readonly parts: readonly string[];
}

/** Why there is no terminal for tests, if so. */
export function noTerminal(): string | false {
  const { status } = spawnSync("python3", ["-c", "import pty, select"]);
  return status === 0 ? false : "a terminal for tests needs python3 with its module pty";
}

/** Where the standard input and output of a command lead, if not to the terminal, and what else surrounds it. */
export interface Redirection {
  readonly stdin?: string;
  readonly stdout?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs blindtally in a terminal of its own, and answers what it asks. */
export function runInTerminal(
  folder: string,
  args: readonly string[],
  steps: readonly Step[],
  redirection: Redirection = {},
): Promise<TerminalRun> {
  return runCommandInTerminal(folder, [process.execPath, PROGRAM, ...args], steps, redirection);
}

/** The same with any command, which is given by its path. */
export async function runCommandInTerminal(
  folder: string,
  command: readonly string[],
  steps: readonly Step[],
  { env = {}, ...redirection }: Redirection = {},
): Promise<TerminalRun> {
  const driver = spawn("python3", ["-c", DRIVER], {
    cwd: folder,
    env: { PATH: process.env.PATH, TERM: "xterm", ...env },
  });
  let output = "";
  let errors = "";
  driver.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  driver.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  driver.stdin.end(JSON.stringify({ command, steps, ...redirection }));
  if ((await ended(driver)) !== 0)
    throw new Error(`the terminal did not show what was waited for: ${errors}`);
  return JSON.parse(output) as TerminalRun;
}

/** Reads what comes until the text of a step is there, types its answer, and so on; gives up after a while. */
const DRIVER = `
import json, os, pty, select, signal, sys, time
task = json.load(sys.stdin)
pid, master = pty.fork()
if pid == 0:
    for number, name, flags in ((0, "stdin", os.O_RDONLY), (1, "stdout", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)):
        if name in task:
            os.dup2(os.open(task[name], flags, 0o600), number)
    os.execv(task["command"][0], task["command"])
deadline = time.monotonic() + 60
screen, parts, start = b"", [], 0
def more():
    global screen
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            os.kill(pid, signal.SIGKILL)
            sys.exit("too late after: " + repr(screen.decode("utf-8", "replace")))
        if select.select([master], [], [], left)[0]:
            try:
                chunk = os.read(master, 65536)
            except OSError:
                return False
            screen += chunk
            return len(chunk) > 0
for step in task["steps"]:
    wanted = step["expect"].encode()
    while wanted not in screen[start:]:
        if not more():
            sys.exit("ended after: " + repr(screen.decode("utf-8", "replace")))
    end = screen.index(wanted, start) + len(wanted)
    parts.append(screen[start:end].decode("utf-8", "replace"))
    start = end
    os.write(master, step["type"].encode())
while more():
    pass
parts.append(screen[start:].decode("utf-8", "replace"))
status = os.waitpid(pid, 0)[1]
code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
json.dump({"code": code, "screen": screen.decode("utf-8", "replace"), "parts": parts}, sys.stdout)
`;
