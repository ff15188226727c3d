import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Bench } from "./support/cli.js";
import { noTerminal, type Redirection, runInTerminal, type Step, type TerminalRun } from "./support/pty.js";
import { tokensOf } from "./support/tokens.js";

const ENTER = "\r";
const ASKED = "Passphrase of the keyset: ";
const NEW = "New passphrase (it is not shown): ";
const AGAIN = "The same again: ";

/** Runs a command in a terminal, and looks through all that was shown. */
async function typed(
  bench: Bench,
  args: readonly string[],
  steps: readonly Step[],
  redirection: Redirection = {},
): Promise<TerminalRun> {
  const run = await runInTerminal(bench.folder, args, steps, redirection);
  bench.inspect(run.screen);
  return run;
}

describe("at a terminal", { skip: noTerminal() }, () => {
  it("a new passphrase is asked for twice and not shown, until both are the same and long enough", async (t) => {
    const bench = new Bench(t);
    const { passphrase } = bench;
    const run = await typed(
      bench,
      ["keygen", "-k", "keys.btk"],
      [
        { expect: NEW, type: `short${ENTER}` },
        { expect: NEW, type: passphrase + ENTER },
        { expect: AGAIN, type: `another than that one${ENTER}` },
        { expect: NEW, type: passphrase + ENTER },
        { expect: AGAIN, type: passphrase + ENTER },
      ],
    );
    assert.equal(run.code, 0, run.screen);
    assert.match(run.parts[1] as string, /at least 12 characters/);
    assert.match(run.parts[3] as string, /two different ones/);
    assert.ok(!run.screen.includes("short\r") && !run.screen.includes("another than"));
    assert.match(run.parts[5] as string, /Made keys\.btk/);
    await bench.ok("inspect");
  });

  it("the passphrase is asked for while data come from standard input and go to a file", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    bench.write("names", "a\nb\n");
    const expected = await bench.ok("encrypt", ["--in", "names"]);
    const run = await typed(
      bench,
      ["encrypt", "-k", "keys.btk"],
      [{ expect: ASKED, type: bench.passphrase + ENTER }],
      { stdin: "names", stdout: "tokens" },
    );
    assert.equal(run.code, 0, run.screen);
    assert.equal(bench.read("tokens"), expected);
  });

  it("a line can be corrected, and keys that are no characters do nothing", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [front, back] = [bench.passphrase.slice(0, 5), bench.passphrase.slice(5)];
    const type = `wrong\u0015${front}xé\u007f\b\u001b[A\u001bOP\u001b[1;5C\t${back}${ENTER}`;
    const run = await typed(bench, ["inspect", "--open", "-k", "keys.btk"], [{ expect: ASKED, type }]);
    assert.equal(run.code, 0, run.screen);
    assert.match(run.screen, /revision 1/);
  });

  it("Ctrl-C at a prompt ends it with 130, and Ctrl-D too; nothing is made", async (t) => {
    const bench = new Bench(t);
    for (const key of ["\u0003", "\u0004"]) {
      const run = await typed(bench, ["keygen", "-k", "new.btk"], [{ expect: NEW, type: key }]);
      assert.equal(run.code, 130);
    }
    assert.deepEqual(bench.list(), ["pass"]);
  });

  it("a wrong passphrase is said to be one, with exit code 3", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const run = await typed(
      bench,
      ["inspect", "--open", "-k", "keys.btk"],
      [{ expect: ASKED, type: `wrong${ENTER}` }],
    );
    assert.equal(run.code, 3);
    assert.match(run.screen, /\[cannot-open\]/);
  });

  it("recovery shares are asked for one by one, and what is wrong with one is said at once", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    await bench.ok("recover split", "--threshold 2 --shares 3 --out shares".split(" "));
    await bench.ok("recover split", "--threshold 2 --shares 2 --out others".split(" "));
    const share = (file: string) => bench.read(file).trimEnd().split("\n").at(-1) as string;
    const [a, b] = [share("shares/share-1-of-3.txt"), share("shares/share-2-of-3.txt")];
    const other = share("others/share-1-of-2.txt");
    for (const secret of [a, b, other]) bench.conceal(secret);
    const altered = a.slice(0, 20) + (a[20] === "q" ? "p" : "q") + a.slice(21);
    const second = "Share 2 of 2: ";
    const run = await typed(
      bench,
      ["recover", "rehearse", "-k", "keys.btk"],
      [
        { expect: "Share 1: ", type: altered + ENTER },
        { expect: "Share 1: ", type: a.toUpperCase().replace(/(.{4})/g, "$1 ") + ENTER },
        { expect: second, type: a + ENTER },
        { expect: second, type: other + ENTER },
        { expect: second, type: b + ENTER },
      ],
    );
    assert.equal(run.code, 0, run.screen);
    const [, afterFirst, , afterThird, afterFourth, end] = run.parts;
    assert.match(afterFirst as string, /\[bad-share\]/);
    assert.match(afterThird as string, /\[duplicate-share\]/);
    assert.match(afterFourth as string, /\[mixed-shares\]/);
    assert.match(end as string, /These 2 shares open keys\.btk/);
    assert.ok(run.screen.includes("•".repeat(a.length)));
    bench.inspect(run.screen.toLowerCase());
  });

  it("destroying a key asks for its id, and any other answer stops it", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const { keys } = JSON.parse(await bench.ok("inspect", ["--json"]));
    await bench.ok("rotate");
    const destroy = ["destroy", "-k", "keys.btk", "--passphrase-file", "pass", keys[0].id as string];
    const question = "Type the id of the key to go on: ";
    const refused = await typed(bench, destroy, [{ expect: question, type: `yes${ENTER}` }]);
    assert.equal(refused.code, 2);
    assert.match(refused.screen, /nothing was done/);
    const status = async () => JSON.parse(await bench.ok("inspect", ["--json"])).keys[1].status;
    assert.equal(await status(), "enabled");
    assert.equal((await typed(bench, destroy, [{ expect: question, type: keys[0].id + ENTER }])).code, 0);
    assert.equal(await status(), "destroyed");
  });

  it("a bar shows how far a file is, and is taken away at the end", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    bench.write("names", "a.name.of.middling.length\n".repeat(1_000_000));
    const args = ["encrypt", "-k", "keys.btk", "--passphrase-file", "pass", "--in", "names"];
    const run = await typed(bench, args, [], { stdout: "tokens" });
    assert.equal(run.code, 0, run.screen);
    const drawn = run.screen.split("\u001b[K");
    assert.match(
      drawn[0] as string,
      /^\r\[#*\.*\] +\d+% {2}[\d.]+ of 24\.8 MiB {2}[\d ]+ rows {2}[\d ]+\/s$/,
    );
    assert.ok(run.screen.endsWith("\r\u001b[K"));
    const quiet = await typed(bench, [...args, "--quiet"], [], { stdout: "tokens" });
    assert.equal(quiet.screen, "");
    // Not a terminal: not a word.
    assert.equal((await bench.run([...args, "--out", "again"])).stderr, "");
  });

  it("names cannot steer it: what it would obey is written as an escape", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [token] = await tokensOf(bench, ["\u001b]0;owned\u0007\u009b31m"]);
    bench.write("tokens", `${token}\n`);
    const args = ["decrypt", "-k", "keys.btk", "--passphrase-file", "pass", "--in", "tokens"];
    const run = await typed(bench, args, []);
    assert.equal(run.screen, "\\u{1b}]0;owned\\u{7}\\u{9b}31m\r\n");
    assert.equal((await bench.run(args)).stdout, "\u001b]0;owned\u0007\u009b31m\n");
  });
});
