import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { describe, it } from "node:test";
import { Bench, CHEAP, ended, misused, type Run, refused } from "./support/cli.js";

/** A keyset with 2-of-3 recovery in the folder `shares`. */
async function withShares(bench: Bench, ...more: string[]): Promise<string[]> {
  await bench.keygen();
  await bench.ok("recover split", [..."--threshold 2 --shares 3 --out shares".split(" "), ...more]);
  const files = [1, 2, 3].map((index) => `shares/share-${index}-of-3.txt`);
  for (const file of files) bench.conceal(shareIn(bench, file));
  return files;
}

const shareIn = (bench: Bench, file: string): string =>
  bench
    .read(file)
    .split("\n")
    .find((line) => line.startsWith("bts1")) as string;

const given = (...files: (string | undefined)[]): string[] =>
  files.flatMap((file) => ["--shares-file", file as string]);

describe("blindtally recover", () => {
  it("splits into files that nobody else can read, each saying what it is", async (t) => {
    const bench = new Bench(t);
    const files = await withShares(bench, ..."--holder Ana --holder Ben --holder Eva --sheets".split(" "));
    assert.equal(statSync(bench.path("shares")).mode & 0o777, 0o700);
    for (const [index, file] of files.entries()) {
      assert.equal(statSync(bench.path(file)).mode & 0o777, 0o600);
      assert.match(
        bench.read(file),
        new RegExp(
          `^# Recovery share ${index + 1} of 3, set [0-9a-f]{8}: any 2 of them open keys.btk\n# Kept by`,
        ),
      );
      const page = file.replace(".txt", ".html");
      assert.equal(statSync(bench.path(page)).mode & 0o777, 0o600);
      assert.match(bench.read(page), new RegExp(["Ana", "Ben", "Eva"][index] as string));
      assert.ok(
        bench
          .read(page)
          .replace(/<[^>]*>|\s/g, "")
          .includes(shareIn(bench, file)),
      );
    }
  });

  it("rehearses with any two of the three, and gives nothing out", async (t) => {
    const bench = new Bench(t);
    const [a, b, c] = await withShares(bench);
    for (const files of [given(a, b), given(c, a), given(b, c), given(a, b, c)]) {
      const run = await bench.run(["recover", "rehearse", "-k", "keys.btk", ...files, "--json"]);
      assert.equal(run.code, 0, run.stderr);
      const { opens, shares, slot, revision } = JSON.parse(run.stdout);
      assert.deepEqual([opens, shares, revision], [true, files.length / 2, 2]);
      assert.match(slot, /^[0-9a-f]{8}$/);
    }
  });

  it("tells too few, wrong, mixed, repeated and foreign shares apart", async (t) => {
    const bench = new Bench(t);
    const [a, b] = await withShares(bench);
    const rehearse = (...files: (string | undefined)[]) =>
      bench.run(["recover", "rehearse", "-k", "keys.btk", ...given(...files)]);
    refused(await rehearse(a), 3, "too-few-shares");
    refused(await rehearse(a, a), 3, "duplicate-share");
    const share = shareIn(bench, b as string);
    bench.secret("typo", share.replace(/.$/, share.endsWith("q") ? "p" : "q"));
    const typo = await rehearse(a, "typo");
    refused(typo, 3, "bad-share");
    assert.match(typo.stderr, /1/);
    await bench.ok("recover split", "--threshold 2 --shares 2 --out others".split(" "));
    refused(await rehearse(a, "others/share-1-of-2.txt"), 3, "mixed-shares");
    bench.secret("none", "# nothing but a comment");
    refused(await rehearse("none"), 3, "too-few-shares");

    const other = new Bench(t);
    const theirs = await withShares(other);
    for (const file of theirs) bench.secret(file.replace("shares/", "foreign-"), shareIn(other, file));
    refused(await rehearse("foreign-share-1-of-3.txt", "foreign-share-2-of-3.txt"), 3, "unknown-slot");
  });

  it("gives back a keyset whose passphrase is lost, with the same counts", async (t) => {
    const bench = new Bench(t);
    const [, b, c] = await withShares(bench);
    const token = (await bench.ok("encrypt", [], { input: "secret-event-a\n" })).trim();
    bench.secret("new", "a passphrase after the loss");
    const run = await bench.run([
      ..."recover combine -k keys.btk --new-passphrase-file new".split(" "),
      ...given(c, b),
      ...CHEAP,
    ]);
    assert.equal(run.code, 0, run.stderr);
    const results = await bench.run("results -k keys.btk --passphrase-file new --json".split(" "), {
      input: JSON.stringify({ [token]: 3 }),
    });
    assert.deepEqual(JSON.parse(results.stdout), { "secret-event-a": 3 });
  });

  it("opens for every command by shares, in upper case and in groups as well", async (t) => {
    const bench = new Bench(t);
    const [a, b] = await withShares(bench);
    const grouped = shareIn(bench, b as string)
      .toUpperCase()
      .replace(/(.{4})/g, "$1-");
    bench.secret("grouped", grouped);
    const run = await bench.run(["rotate", "-k", "keys.btk", ...given(a, "grouped")]);
    assert.equal(run.code, 0, run.stderr);
  });

  it("makes the sheet of one share later, and never overwrites one", async (t) => {
    const bench = new Bench(t);
    const [a] = await withShares(bench);
    const sheet = [
      "recover",
      "sheet",
      ...given(a),
      "--out",
      "ana.html",
      "--holder",
      "Ana <b>",
      "--opens",
      "the counts",
    ];
    assert.equal((await bench.run(sheet)).code, 0);
    assert.match(bench.read("ana.html"), /Ana &lt;b&gt;/);
    assert.match(bench.read("ana.html"), /the counts/);
    assert.equal(statSync(bench.path("ana.html")).mode & 0o777, 0o600);
    refused(await bench.run(sheet), 1, "file-access");
  });

  it("keeps the shares if saving fails when the file has their slot already, and else none", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const text = bench.read("keys.btk");
    const args = [
      ..."recover split -k keys.btk --passphrase-file pass --threshold 2 --shares 3 --out shares".split(" "),
    ];
    const early = await failing(bench, args, "before");
    assert.equal(early.code, 1, early.stderr);
    assert.equal(bench.read("keys.btk"), text);
    assert.deepEqual(readdirSync(bench.path("shares")), []);

    const late = await failing(bench, args, "after");
    assert.equal(late.code, 1, late.stderr);
    assert.match(
      late.stderr,
      /The shares were written, .*`blindtally recover rehearse`.*\n.*\[file-access\]\n$/,
    );
    const files = ["shares/share-2-of-3.txt", "shares/share-3-of-3.txt"];
    for (const file of files) bench.inspect(late.stderr, shareIn(bench, file));
    const run = await bench.run(["recover", "rehearse", "-k", "keys.btk", ...given(...files)]);
    assert.equal(run.code, 0, run.stderr);
  });

  it("writes no share if one is there already, and leaves the keyset as it was", async (t) => {
    const bench = new Bench(t);
    await withShares(bench);
    const text = bench.read("keys.btk");
    refused(
      await bench.open("recover split", "--threshold 2 --shares 3 --out shares".split(" ")),
      1,
      "file-access",
    );
    assert.equal(bench.read("keys.btk"), text);
  });

  it("refuses numbers that make no sense", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const split = (text: string) => bench.open("recover split", [...text.split(" "), "--out", "shares"]);
    misused(await split("--threshold 1 --shares 3"), /from 2 to 32/);
    misused(await split("--threshold 4 --shares 3"), /cannot be more/);
    misused(await split("--threshold 2 --shares 33"), /from 2 to 32/);
    misused(await split("--shares 3"), /--threshold K is missing/);
    misused(await split("--threshold 2 --shares 3 --holder Ana"), /once for each share/);
    for (const holder of ["Ana\u202e", "A\u2066na", "A\nna", "\u001b[2J", "\u009b2J", "A".repeat(201)])
      for (const words of [
        ["--opens", holder],
        ["--holder", "Ben", "--holder", holder],
      ]) {
        const run = await bench.open("recover split", [
          ..."--threshold 2 --shares 2 --out shares".split(" "),
          ...words,
        ]);
        misused(run, /no control characters and no changes of direction/);
      }
    assert.ok(!bench.exists("shares"));
  });
});

/** Runs the command where the disk fails right before or right after the keyset file gets its new content. */
async function failing(bench: Bench, args: readonly string[], when: "before" | "after"): Promise<Run> {
  const fault = `
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
const { rename } = fs;
fs.rename = async (from, to) => {
  if (!String(to).endsWith("keys.btk")) return rename(from, to);
  if (${when === "after"}) await rename(from, to);
  throw Object.assign(new Error("a failing disk"), { code: "EIO" });
};
syncBuiltinESMExports();
`;
  const child = bench.start(args, {}, ["--import", `data:text/javascript,${encodeURIComponent(fault)}`]);
  const texts = ["", ""];
  for (const [index, stream] of [child.stdout, child.stderr].entries())
    stream?.setEncoding("utf8").on("data", (text: string) => {
      texts[index] += text;
    });
  const code = await ended(child);
  const [stdout = "", stderr = ""] = texts;
  return { code, stdout, stderr };
}
