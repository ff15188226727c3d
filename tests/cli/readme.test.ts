/** The lines of the chapter "Command line" of README.md, typed at a terminal as they stand there. */

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Bench, PROGRAM } from "./support/cli.js";
import { noTerminal, runCommandInTerminal, type Step } from "./support/pty.js";

const README = readFileSync(fileURLToPath(new URL("../../../README.md", import.meta.url)), "utf8");
const CHAPTER = /^## Command line\n([\s\S]*?)^## /m.exec(README)?.[1] ?? "";
const BLOCKS = [...CHAPTER.matchAll(/^```(sh|text)\n([\s\S]*?)^```/gm)].map(([, language, text]) => ({
  language,
  text: text as string,
}));

describe("the chapter on the command line", { skip: noTerminal() }, () => {
  it("can be typed line by line, and prints what it says", async (t) => {
    const bench = new Bench(t);
    const later = `${bench.passphrase} after the loss`;
    const env = { PATH: [pathWithNpx(bench), process.env.PATH].join(delimiter), BLINDTALLY_KEYSET: "" };
    bench.write("events.ndjson", '{"id":12345678901234567890,"properties":{"name":"page.viewed"}}\n');
    bench.write("events.csv", 'id,event,note\n1,page.viewed,""\n');
    let screen = "";
    for (const { language, text } of BLOCKS) {
      if (language === "text") {
        assert.equal(screen.replaceAll("\r\n", "\n").trimStart(), text.trimStart());
        continue;
      }
      for (const line of text.split("\n").filter((line) => line !== "")) {
        const [, variable, value] = /^export (\w+)=(\S+)$/.exec(line) ?? [];
        if (variable !== undefined) {
          assert.equal(variable, "BLINDTALLY_KEYSET");
          env.BLINDTALLY_KEYSET = value as string;
          continue;
        }
        const steps = answersTo(line, bench.passphrase, later);
        const run = await runCommandInTerminal(bench.folder, ["/bin/sh", "-c", line], steps, { env });
        bench.inspect(run.screen);
        assert.equal(run.code, 0, `${line}: ${run.screen}`);
        screen = run.parts.at(-1) as string;
      }
    }
    assert.match(screen, /1,page\.viewed,""/);
    assert.match(bench.read("sealed.ndjson"), /^\{"id":12345678901234567890,"properties":\{"name":"bt1_/);
    assert.ok(bench.exists("office-shares/share-3-of-3.html"));
    // The passphrase that was added by the shares opens it as well.
    bench.secret("later", later);
    const opened = await bench.run(["inspect", "-k", "keys.btk", "--passphrase-file", "later"]);
    assert.equal(opened.code, 0, opened.stderr);
  });

  it("lists every command, and the exit codes as the help does", async (t) => {
    const bench = new Bench(t);
    const { stdout } = await bench.run(["--help"]);
    const named = [...CHAPTER.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell]) =>
      [...(cell as string).matchAll(/`([^`]+)`/g)].map(([, name]) => name as string),
    );
    const listed = [...stdout.matchAll(/^ {2}([a-z]+(?: [a-z]+)?) {2,}\S/gm)].map(
      ([, name]) => name as string,
    );
    const words = (names: readonly string[]) => new Set(names.flatMap((name) => name.split(" ")));
    assert.deepEqual(words(named), words(listed));
    const codes = (text: string, row: RegExp) => [...text.matchAll(row)].map(([, code]) => code);
    assert.deepEqual(codes(CHAPTER, /^\| (\d+) \|/gm), codes(stdout, /^ {2}(\d+) +\S/gm));
  });
});

/** What is typed at the prompts of a line. */
function answersTo(line: string, passphrase: string, later: string): Step[] {
  const twice = (text: string): Step[] => [
    { expect: "New passphrase (it is not shown): ", type: `${text}\r` },
    { expect: "The same again: ", type: `${text}\r` },
  ];
  const [, command = "", part = ""] = /^npx blindtally (\w+)(?: (\w+))?/.exec(line) ?? [];
  if (command === "" || command === "slot" || part === "rehearse") return [];
  if (command === "keygen") return twice(passphrase);
  if (part === "combine") return twice(later);
  return [{ expect: "Passphrase of the keyset: ", type: `${passphrase}\r` }];
}

/** A folder with an `npx` that runs the package that is tested, and asks no registry. */
function pathWithNpx(bench: Bench): string {
  const folder = join(bench.folder, "bin");
  mkdirSync(folder);
  const npx = join(folder, "npx");
  writeFileSync(npx, `#!/bin/sh\nshift\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
  chmodSync(npx, 0o755);
  return folder;
}
