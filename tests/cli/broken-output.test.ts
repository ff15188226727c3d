/** What the command does when nobody takes what it says: readers that are gone, a device without room. */

import assert from "node:assert/strict";
import { closeSync, existsSync, openSync } from "node:fs";
import { describe, it } from "node:test";
import { Bench, ended, type Run } from "./support/cli.js";
import { tokensOf } from "./support/tokens.js";

describe("a reader of standard error that is gone", () => {
  it("changes no exit code", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [token] = await tokensOf(bench, ["a"]);
    const map = JSON.stringify({ [token as string]: 2, "page.viewed": 1 });
    for (const [code, args, input] of [
      [2, ["encrypt", "--unknown"], ""],
      [3, ["inspect", "-k", "missing.btk"], ""],
      [1, ["decrypt", "-k", "keys.btk", "--passphrase-file", "pass"], "page.viewed\n"],
      [5, ["results", "-k", "keys.btk", "--passphrase-file", "pass", "--json"], map],
      [0, ["inspect", "-k", "keys.btk"], ""],
    ] as const) {
      const run = await unheard(bench, args, input);
      assert.equal(run.code, code, args.join(" "));
      if (code === 5) assert.equal(run.stdout, '{"a":2}\n');
    }
  });

  it("does not stop what goes to a file", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [token] = await tokensOf(bench, ["a"]);
    // A warning is said of the first name, and all is done the same.
    const args = ["encrypt", "-k", "keys.btk", "--passphrase-file", "pass", "--out", "twice"];
    assert.equal((await unheard(bench, args, `${token}\n`)).code, 0);
    assert.match(bench.read("twice"), /^bt1_\S+\n$/);
  });
});

const FULL = "/dev/full";

describe("standard output without room", { skip: existsSync(FULL) ? false : `there is no ${FULL}` }, () => {
  it("is said in one line, with exit code 1, and leaves no names in clear behind", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [token] = await tokensOf(bench, ["a"]);
    const before = bench.list();
    const map = JSON.stringify({ [token as string]: 2, "page.viewed": 1 });
    for (const [args, input] of [
      [["--help"], ""],
      [["inspect", "-k", "keys.btk"], ""],
      [["decrypt", "-k", "keys.btk", "--passphrase-file", "pass"], `${token}\n`.repeat(10_000)],
      [["results", "-k", "keys.btk", "--passphrase-file", "pass", "--unreadable", "rest"], map],
    ] as const) {
      const { code, stderr } = await intoFull(bench, args, input);
      assert.equal(code, 1, stderr);
      // A run that has done all there was to do says so before it notices.
      const said = stderr
        .split("\n")
        .filter((line) => !line.startsWith("--open") && !line.includes("could not"));
      assert.deepEqual(said, [
        "blindtally: standard output: there is no room left on the device [file-access]",
        "",
      ]);
      assert.deepEqual(
        bench.list().filter((name) => name !== "rest"),
        before,
      );
    }
  });

  it("does not hide that a change was saved", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const { code, stderr } = await intoFull(
      bench,
      ["rotate", "-k", "keys.btk", "--passphrase-file", "pass"],
      "",
    );
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^blindtally: standard output: .*what was to be saved is saved.* \[file-access\]\n$/,
    );
    const { keys, revision } = await bench.json<{ keys: unknown[]; revision: number }>("inspect");
    assert.deepEqual([keys.length, revision], [2, 2]);
  });
});

/** Runs the command with nobody at the other end of its standard error. */
async function unheard(bench: Bench, args: readonly string[], input: string): Promise<Run> {
  const child = bench.start(args);
  child.stderr?.destroy();
  let stdout = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
  const code = await ended(child);
  bench.inspect(stdout);
  return { code, stdout, stderr: "" };
}

async function intoFull(bench: Bench, args: readonly string[], input: string): Promise<Run> {
  const stdout = openSync(FULL, "w");
  try {
    return await bench.run(args, { input, stdout });
  } finally {
    closeSync(stdout);
  }
}
