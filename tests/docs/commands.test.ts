/** What the documents tell people to type: every script, file, option and package in it exists. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { type Block, blocksOf, documentText, ROOT } from "./support/markdown.js";

const run = promisify(execFile);
const DOCUMENTS = [
  "README.md",
  "pkg/README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "DESIGN.md",
  "SECURITY.md",
  "THREATS.md",
];
const HELP_TIMEOUT_MS = 60_000;
const SHORTHANDS = new Set(["start", "test"]);
/** What a shell or every system has. */
const SHELL = new Set(["printf", "export", "mv", "(umask", "(echo"]);
const NPM_ITSELF = new Set(["ci", "install", "pack"]);
const CARGO_ITSELF = new Set(["add", "build", "clippy", "doc", "fmt", "test"]);

interface Manifest {
  readonly name: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const manifest = (path: string): Manifest => JSON.parse(documentText(path));
const { scripts = {} } = manifest("package.json");
/** What may be installed: the package itself, and the bundler that the examples are tested with. */
const INSTALLABLE = new Set([
  manifest("pkg/package.json").name,
  ...Object.keys(manifest("www/package.json").devDependencies ?? {}),
]);

describe("in the documents,", () => {
  for (const path of DOCUMENTS) {
    for (const { words, line } of blocksOf(documentText(path)).flatMap(commandsOf)) {
      it(`\`${words.join(" ")}\` of ${path}:${line} can be typed`, () => check(words));
    }
  }

  for (const path of DOCUMENTS) {
    it(`every npm script that ${path} names exists`, () => {
      for (const [, script] of documentText(path).matchAll(/\bnpm run ([\w:-]+)/g)) checkScript(script);
    });

    it(`every file and folder that ${path} names exists`, () => {
      const named = [
        ...documentText(path).matchAll(/`((?:src|pkg|services|www|tests|fuzz|scripts|tools)\/[\w./-]*)`/g),
      ];
      for (const [, file] of named) assert.ok(existsSync(join(ROOT, file as string)), `there is no ${file}`);
    });
  }
});

/** The commands of a block of `sh`, each as its words, without comments. */
function commandsOf({ language, text, line }: Block): { words: string[]; line: number }[] {
  if (language !== "sh") return [];
  // A command goes on behind a backslash; it stands where its last line does.
  return text
    .replace(/\\\n/g, "")
    .split("\n")
    .flatMap((command, index) => {
      const words = command.replace(/(^|\s)#.*$/, "").trim();
      return words === "" ? [] : [{ words: words.split(/\s+/), line: line + 1 + index }];
    });
}

async function check([program, ...args]: readonly string[]): Promise<void> {
  const [first = "", ...rest] = args;
  if (program === "node") return checkProgram(first, rest);
  if (program === "npx") {
    assert.ok(INSTALLABLE.has(first), `${first} is not installed`);
    return first === "blindtally" ? checkCommandLine(rest) : undefined;
  }
  if (SHELL.has(program as string)) return;
  if (program === "cargo") {
    assert.ok(CARGO_ITSELF.has(first), `cargo ${first} is no command that this test knows`);
    if (first === "add") checkInstallable(rest);
    return;
  }
  assert.equal(program, "npm", `${program} is no program that this test knows`);
  if (first === "install") return checkInstallable(rest);
  if (NPM_ITSELF.has(first)) return;
  const [script, options] = first === "run" ? [rest[0], rest.slice(1)] : [first, rest];
  assert.ok(first === "run" || SHORTHANDS.has(first), `npm ${first} is no command that this test knows`);
  const [, file = ""] = checkScript(script).split(" ");
  assert.ok(options.length === 0 || options[0] === "--", "options of a script stand behind --");
  await checkProgram(file, options.slice(1));
}

/** A script of the root: `node` and a file. */
function checkScript(name: string | undefined): string {
  const command = scripts[name ?? ""];
  assert.ok(command !== undefined, `there is no npm script ${name}`);
  return command;
}

function checkInstallable(names: readonly string[]): void {
  for (const name of names)
    assert.ok(INSTALLABLE.has(name), `${name} is neither the package nor a tool of the examples`);
}

/** `npx blindtally`: its help knows the command, and that of the command each option. */
async function checkCommandLine(words: readonly string[]): Promise<void> {
  const group = words[0] === "recover" || words[0] === "slot" ? words.slice(0, 2) : words.slice(0, 1);
  await checkProgram("pkg/bin/blindtally.js", words.slice(group.length), group);
}

/** A program of the project: its file is there, and its help knows each option. */
async function checkProgram(
  file: string,
  args: readonly string[],
  command: readonly string[] = [],
): Promise<void> {
  assert.ok(existsSync(join(ROOT, file)), `there is no ${file}`);
  const options = args.filter((word) => word.startsWith("--"));
  if (options.length === 0 && command.length === 0) return;
  const { stdout } = await run(process.execPath, [file, ...command, "--help"], {
    cwd: ROOT,
    timeout: HELP_TIMEOUT_MS,
  });
  for (const option of options) assert.match(stdout, new RegExp(`(?<![\\w-])${option}(?![\\w-])`));
}
