import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { describe, it } from "node:test";
import { Bench, CHEAP, type Run, refused } from "./support/cli.js";

/** What a terminal would obey, or show in another order. */
const UNSHOWN = /[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/u;
const MARKS = "\u001b]0;owned\u0007\u009b2J\u202e";
const SHOWN = "\\u{1b}]0;owned\\u{7}\\u{9b}2J\\u{202e}";

describe("a path that would steer a terminal", () => {
  it("is shown with escapes, in what is said, in errors and in JSON", async (t) => {
    const bench = new Bench(t);
    const name = `${MARKS}.btk`;
    const runs: Run[] = [];
    const run = async (...args: string[]): Promise<Run> => {
      const ended = await bench.run(args);
      runs.push(ended);
      return ended;
    };
    const open = ["-k", name, "--passphrase-file", "pass"];
    const made = await run("keygen", ...open, ...CHEAP);
    assert.equal(made.code, 0);
    assert.ok(made.stdout.startsWith(`Made ${SHOWN}.btk. `), made.stdout);
    for (const args of [
      ["inspect", "-k", name],
      ["inspect", ...open],
      ["scope", ...open, "--context", "a", "--out", `${MARKS}.txt`, "--raw", "--i-understand"],
      ["export", ...open, "--out", `${MARKS}.keys`, "--i-understand"],
      ["recover", "split", ...open, ..."--threshold 2 --shares 2 --out".split(" "), MARKS, "--sheets"],
      ["inspect", ...open, "--json"],
    ])
      assert.equal((await run(...args)).code, 0);
    assert.equal(JSON.parse(runs.at(-1)?.stdout as string).keyset, name);
    const shares = [1, 2].flatMap((index) => ["--shares-file", `${MARKS}/share-${index}-of-2.txt`]);
    assert.equal((await run("recover", "rehearse", "-k", name, ...shares)).code, 0);
    const sheet = ["--shares-file", `${MARKS}/share-1-of-2.txt`, "--out", `${MARKS}.html`];
    assert.equal((await run("recover", "sheet", ...sheet)).code, 0);

    chmodSync(bench.path(name), 0o644);
    const open644 = await run("inspect", ...open);
    refused(open644, 3, "file-access");
    assert.ok(open644.stderr.includes(`${SHOWN}.btk: its mode is 0644`), open644.stderr);
    assert.equal((await run("encrypt", "--\u009b2J")).code, 2);
    for (const { stdout, stderr } of runs) assert.doesNotMatch(stdout + stderr, UNSHOWN);
    // What is written into files for people shows no other name either.
    assert.doesNotMatch(bench.read(`${MARKS}/share-1-of-2.txt`), UNSHOWN);
    assert.doesNotMatch(bench.read(`${MARKS}/share-1-of-2.html`), UNSHOWN);
  });
});
