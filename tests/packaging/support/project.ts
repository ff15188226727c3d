// An empty project with the packed package installed, as a user has one.

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { prelude } from "./golden.js";

/** The folder of this repository. */
export const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));

/** A project of a user, with the package in its node_modules. */
export interface Project {
  readonly folder: string;
  /** Where the package is installed. */
  readonly installed: string;
  /** The file that `npm pack` made. */
  readonly packed: string;
  write(file: string, text: string): Promise<void>;
  /** Copies a folder of tests/packaging/consumers into the project. */
  copyConsumer(name: string): Promise<void>;
  /** Runs a program as an ES module; gives back what it passes to `report`. `golden.ts` says what it can use. */
  runEsm(program: string): Promise<unknown>;
  /** The same for a CommonJS module. */
  runCjs(program: string): Promise<unknown>;
  /** Another project with the same package, to break something in. */
  copy(): Promise<Project>;
  remove(): Promise<void>;
}

const run = promisify(execFile);
const NPM_TIMEOUT_MS = 120_000;
const PROGRAM_TIMEOUT_MS = 60_000;
/** Space and accent, because a path that goes through a URL must survive both. */
const PREFIX = join(tmpdir(), "blindtally é packed-");

/** Packs the package and installs it where there is nothing else, without the network. */
export async function installedProject(): Promise<Project> {
  const folder = await mkdtemp(PREFIX);
  const { stdout } = await npm(
    ROOT,
    "pack",
    "--json",
    "--workspace",
    "blindtally",
    "--pack-destination",
    folder,
  );
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  await npm(folder, "install", "--offline", "--no-audit", "--no-fund", `./${filename}`);
  return projectIn(folder, filename);
}

function projectIn(folder: string, filename: string): Project {
  let programs = 0;
  const write = async (file: string, text: string) => {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  };
  const runAs = async (extension: string, program: string) => {
    const file = `program-${++programs}.${extension}`;
    await write(file, prelude + program);
    return reported(folder, file);
  };
  return {
    folder,
    installed: join(folder, "node_modules/blindtally"),
    packed: join(folder, filename),
    write,
    copyConsumer: (name) => cp(join(ROOT, "tests/packaging/consumers", name), folder, { recursive: true }),
    runEsm: (program) => runAs("mjs", program),
    runCjs: (program) => runAs("cjs", program),
    async copy() {
      const other = await mkdtemp(PREFIX);
      await cp(folder, other, { recursive: true });
      return projectIn(other, filename);
    },
    // A browser or a server may still be closing a file.
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** What a program reported: JSON on the last line of its output. */
async function reported(folder: string, file: string): Promise<unknown> {
  const { stdout } = await run(process.execPath, [file], {
    cwd: folder,
    env: environment(),
    timeout: PROGRAM_TIMEOUT_MS,
  });
  const line = stdout.trimEnd().split("\n").at(-1);
  if (!line) throw new Error(`${file} reported nothing`);
  return JSON.parse(line);
}

function npm(cwd: string, ...args: string[]) {
  return run("npm", args, { cwd, env: environment(), timeout: NPM_TIMEOUT_MS });
}

/** The environment of a user's own shell: not that of an npm script, nor of a test runner. */
function environment(): NodeJS.ProcessEnv {
  const foreign = /^(npm_|NODE_OPTIONS$|NODE_TEST_CONTEXT$)/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
