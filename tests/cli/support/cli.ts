import assert from "node:assert/strict";
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

/** The command as npm installs it. */
export const PROGRAM = join(
  dirname(fileURLToPath(import.meta.resolve("blindtally/package.json"))),
  "bin/blindtally.js",
);

/** The least that a passphrase may cost, for tests that are about something else. */
export const CHEAP = ["--cost", "19456,2,1"] as const;

/** How a run of the command ended. */
export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a run is given beside its arguments. */
export interface Surroundings {
  readonly input?: string | Uint8Array;
  readonly env?: NodeJS.ProcessEnv;
  /** What further descriptors read, from 3 on. */
  readonly descriptors?: readonly string[];
  /** A descriptor that standard output goes to, instead of what a run gives back. */
  readonly stdout?: number;
  /** In a session of its own, which has no terminal. */
  readonly detached?: boolean;
}

/**
 * A folder with a passphrase in it, in which the command is run. Each run is looked through for every secret of the
 * folder: none may be among arguments, in the environment, or in what is printed.
 */
export class Bench {
  readonly folder: string;
  readonly passphrase = `correct horse ${randomBytes(9).toString("hex")}`;
  readonly #secrets = new Set<string>();

  constructor(t: TestContext) {
    this.folder = mkdtempSync(join(tmpdir(), "blindtally-cli-"));
    t.after(() => rmSync(this.folder, { recursive: true, force: true }));
    this.secret("pass", this.passphrase);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  exists(name: string): boolean {
    return existsSync(this.path(name));
  }

  /** Every file of the folder, hidden ones included. */
  list(): string[] {
    return readdirSync(this.folder).sort();
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.path(name), content);
    return name;
  }

  /** Writes a file of mode 0600 whose text must never come out of a run. */
  secret(name: string, text: string): string {
    writeFileSync(this.path(name), `${text}\n`);
    chmodSync(this.path(name), 0o600);
    this.conceal(text);
    return name;
  }

  /** From now on, no run may print this or be given it. */
  conceal(text: string): void {
    this.#secrets.add(text);
  }

  /** Makes the keyset file `keys.btk` that the passphrase opens. */
  async keygen(...more: string[]): Promise<void> {
    const made = await this.run(["keygen", "-k", "keys.btk", "--passphrase-file", "pass", ...CHEAP, ...more]);
    assert.equal(made.code, 0, made.stderr);
    await this.#concealKeys();
  }

  /** Runs a command on that file, opened by the passphrase. */
  async open(command: string, args: readonly string[] = [], around: Surroundings = {}): Promise<Run> {
    return this.run([...command.split(" "), "-k", "keys.btk", "--passphrase-file", "pass", ...args], around);
  }

  /** The same, which must succeed. */
  async ok(command: string, args: readonly string[] = [], around: Surroundings = {}): Promise<string> {
    const { code, stdout, stderr } = await this.open(command, args, around);
    assert.equal(code, 0, stderr);
    return stdout;
  }

  /** The same, whose output is one JSON value. */
  async json<T>(command: string, args: readonly string[] = []): Promise<T> {
    return JSON.parse(await this.ok(command, [...args, "--json"])) as T;
  }

  /** Runs the command to its end. */
  async run(args: readonly string[], around: Surroundings = {}): Promise<Run> {
    const child = this.start(args, around);
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    // A command may end without having read all.
    child.stdin?.on("error", () => {});
    child.stdin?.end(around.input ?? "");
    const code = await ended(child);
    this.inspect(stdout, stderr);
    return { code, stdout, stderr };
  }

  /** Runs the command without any terminal that it could ask at. */
  async runDetached(args: readonly string[]): Promise<Run> {
    return this.run(args, { detached: true });
  }

  /** Starts the command and leaves the rest to the test. */
  start(args: readonly string[], around: Surroundings = {}, preload: readonly string[] = []): ChildProcess {
    const { descriptors = [], env = {}, stdout = "pipe", detached = false } = around;
    this.inspect(...args, ...Object.values(env).map(String));
    const options: SpawnOptions = {
      cwd: this.folder,
      detached,
      env: { PATH: process.env.PATH, ...env },
      stdio: ["pipe", stdout, "pipe", ...descriptors.map(() => "pipe" as const)],
    };
    const child = spawn(process.execPath, [...preload, PROGRAM, ...args], options);
    descriptors.forEach((text, index) => {
      const stream = child.stdio[index + 3] as NodeJS.WritableStream;
      stream.on("error", () => {});
      stream.end(text);
    });
    return child;
  }

  /** No secret may stand in these texts, in any of the forms in which one could. */
  inspect(...texts: readonly string[]): void {
    for (const text of texts) {
      for (const secret of this.#secrets) assert.ok(!text.includes(secret), "a secret is in it");
    }
  }

  /** Takes the keys out by the front door, so that every later run can be looked through for them. */
  async #concealKeys(): Promise<void> {
    await this.ok("export", ["--out", ".keys", "--form", "keys", "--i-understand"]);
    for (const line of this.read(".keys").trimEnd().split("\n")) {
      const key = Buffer.from(line, "hex");
      assert.equal(key.length, 32);
      for (const form of ["hex", "base64", "base64url", "latin1"] as const) this.conceal(key.toString(form));
    }
    rmSync(this.path(".keys"));
  }
}

/** How a process ends. */
export function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code));
  });
}

/** Asserts that a run was refused so: exit code, the code in the message, one line, nothing on standard output. */
export function refused(run: Run, exit: number, code: string): void {
  assert.equal(run.code, exit, run.stderr);
  assert.match(run.stderr, new RegExp(`^blindtally: .+ \\[${code}\\]\\n$`));
  assert.equal(run.stdout, "");
}

/** Asserts that a run was refused for how it was called. */
export function misused(run: Run, words: RegExp): void {
  assert.equal(run.code, 2, run.stderr);
  assert.match(run.stderr, /^blindtally: .+ See `blindtally.* --help`\.\n$/);
  assert.match(run.stderr, words);
  assert.equal(run.stdout, "");
}
