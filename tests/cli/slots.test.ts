import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Bench, CHEAP, misused, refused } from "./support/cli.js";

interface Slot {
  readonly id: string;
  readonly kind: string;
  readonly label?: string;
}

const slotsOf = async (bench: Bench): Promise<Slot[]> =>
  JSON.parse((await bench.run(["slot", "list", "-k", "keys.btk", "--json"])).stdout);

describe("blindtally slot", () => {
  it("adds ways to open the file, each of which opens it", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    bench.secret("second", "the second passphrase");
    bench.secret("kek", "5c".repeat(32));
    const added = JSON.parse(
      await bench.ok("slot add", [
        ..."--new-passphrase-file second --new-kek-file kek --label backup --json".split(" "),
        ...CHEAP,
      ]),
    );
    assert.deepEqual(
      added.added.map(({ kind, label }: Slot) => [kind, label]),
      [
        ["passphrase", "backup"],
        ["raw", "backup"],
      ],
    );
    assert.equal(added.revision, 2);
    for (const args of [
      ["--passphrase-file", "second"],
      ["--kek-file", "kek"],
      ["--passphrase-file", "pass"],
      ["--passphrase-file", "second", "--slot", added.added[0].id],
    ])
      assert.equal((await bench.run(["inspect", "-k", "keys.btk", ...args])).code, 0);
  });

  it("takes a new passphrase from a descriptor", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    bench.secret("second", "from a descriptor 3");
    const args = [
      "slot",
      "add",
      "-k",
      "keys.btk",
      "--passphrase-fd",
      "3",
      "--new-passphrase-fd",
      "4",
      ...CHEAP,
    ];
    const run = await bench.run(args, { descriptors: [bench.passphrase, "from a descriptor 3\n"] });
    assert.equal(run.code, 0, run.stderr);
    assert.equal((await bench.run(["inspect", "-k", "keys.btk", "--passphrase-file", "second"])).code, 0);
  });

  it("removes one, and says that older copies still open with it", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    bench.secret("second", "the second passphrase");
    await bench.ok("slot add", ["--new-passphrase-file", "second", ...CHEAP]);
    bench.write("copy.btk", "");
    const [first] = await slotsOf(bench);
    const run = await bench.run([
      ..."slot remove -k keys.btk --passphrase-file second".split(" "),
      first?.id as string,
    ]);
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, /[Oo]lder copies.*still open.*rekey.*rotate/);
    refused(await bench.open("inspect"), 3, "cannot-open");
    assert.equal((await slotsOf(bench)).length, 1);
    // The former file does open with it, as was said.
    const former = "inspect -k keys.btk.previous --passphrase-file pass".split(" ");
    assert.equal((await bench.run(former)).code, 0);
  });

  it("keeps the last one, and knows which are there", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [slot] = await slotsOf(bench);
    refused(await bench.open("slot remove", [slot?.id as string]), 1, "last-slot");
    refused(await bench.open("slot remove", ["00000000"]), 1, "unknown-slot");
    misused(await bench.open("slot remove", ["first"]), /eight hexadecimal digits/);
    assert.deepEqual(await slotsOf(bench), [slot]);
  });

  it("adds no more than the format has room for", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    bench.secret("kek", "5d".repeat(32));
    for (let count = 1; count < 16; count += 1) await bench.ok("slot add", ["--new-kek-file", "kek"]);
    refused(await bench.open("slot add", ["--new-kek-file", "kek"]), 1, "too-many-slots");
    assert.equal((await slotsOf(bench)).length, 16);
  });

  it("takes a label in any language, and none that a terminal would obey", async (t) => {
    const bench = new Bench(t);
    await bench.keygen("--label", "Büro 東京");
    const { stdout } = await bench.run(["slot", "list", "-k", "keys.btk"]);
    assert.match(stdout, /"Büro 東京"/);
    for (const label of ["\u001b]0;owned\u0007", "two\nlines", "x".repeat(65)]) {
      const made = "keygen -k other.btk --passphrase-file pass".split(" ");
      refused(await bench.run([...made, "--label", label, ...CHEAP]), 1, "bad-argument");
    }
  });
});

describe("blindtally rekey", () => {
  it("makes a file that no former secret opens, with the same keys and a higher revision", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    await bench.ok("rotate");
    const [token] = (await bench.ok("encrypt", [], { input: "secret-event-a\n" })).split("\n");
    bench.secret("new", "an entirely new passphrase");
    const run = await bench.open("rekey", ["--new-passphrase-file", "new", ...CHEAP, "--json"]);
    assert.equal(run.code, 0, run.stderr);
    assert.equal(JSON.parse(run.stdout).revision, 3);
    assert.match(run.stderr, /former secrets.*rotate/);
    refused(await bench.open("inspect"), 3, "cannot-open");
    assert.equal((await slotsOf(bench)).length, 1);
    const renewed = (command: string, around = {}) =>
      bench.run([command, "-k", "keys.btk", "--passphrase-file", "new"], around);
    assert.equal((await renewed("decrypt", { input: `${token}\n` })).stdout, "secret-event-a\n");
    assert.equal((await renewed("rotate")).code, 0);
    const shown = await bench.run("inspect -k keys.btk --passphrase-file new --json".split(" "));
    assert.deepEqual([JSON.parse(shown.stdout).revision, JSON.parse(shown.stdout).keys.length], [4, 3]);
  });
});

describe("blindtally rekey with a former secret", () => {
  it("is refused, since the secret would open a forged file too", async (t) => {
    const bench = new Bench(t);
    bench.secret("kek", "6e".repeat(32));
    bench.secret("new", "an entirely new passphrase");
    await bench.keygen("--kek-file", "kek");
    const text = bench.read("keys.btk");
    for (const former of [
      ["--new-passphrase-file", "pass", ...CHEAP],
      ["--new-passphrase-file", "new", "--new-kek-file", "kek", ...CHEAP],
    ]) {
      const run = await bench.open("rekey", former);
      refused(run, 1, "bad-argument");
      assert.match(run.stderr, /opens the former one/);
    }
    assert.equal(bench.read("keys.btk"), text);
  });
});

describe("blindtally scope", () => {
  it("gives the keys of one context, sealed, and no other context works with them", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    bench.secret("acme", "the passphrase of acme");
    const context = ["--context", "acme", "--context", "event"];
    const made = "--out acme.btk --new-passphrase-file acme".split(" ");
    await bench.ok("scope", [...context, ...made, ...CHEAP]);
    const token = await bench.ok("encrypt", context, { input: "page.viewed\n" });
    const scoped = (command: string, args: readonly string[] = [], around = {}) =>
      bench.run([...command.split(" "), "-k", "acme.btk", "--passphrase-file", "acme", ...args], around);
    assert.equal((await scoped("encrypt", [], { input: "page.viewed\n" })).stdout, token);
    assert.equal((await scoped("decrypt", context, { input: token })).stdout, "page.viewed\n");
    refused(await scoped("encrypt", ["--context", "event"], { input: "a\n" }), 1, "out-of-scope");
    refused(await scoped("rotate"), 1, "scoped-keyset");
    refused(await scoped("export", ["--form", "keys", "--out", "k", "--i-understand"]), 1, "scoped-keyset");
    const shown = JSON.parse((await scoped("inspect", ["--json"])).stdout);
    assert.deepEqual(shown.context, ["acme", "event"]);
  });

  it("writes text in clear to a new file that only its user can read, and works from it", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    await bench.ok("scope", ["--context", "event", "--out", "clear.key", "--raw", "--i-understand"]);
    bench.conceal(bench.read("clear.key").trim());
    const token = await bench.ok("encrypt", [], { input: "a\n" });
    const run = await bench.run(["encrypt", "-k", "clear.key"], { input: "a\n" });
    assert.equal(run.stdout, token);
    refused(await bench.run(["rotate", "-k", "clear.key"]), 3, "bad-keyset-file");
    misused(await bench.open("scope", ["--out", "all.btk"]), /Which context\?/);
    refused(await bench.open("scope", ["--context", "x".repeat(65), "--out", "x.btk"]), 1, "bad-context");
  });
});
