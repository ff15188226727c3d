import assert from "node:assert/strict";
import { chmodSync, symlinkSync } from "node:fs";
import { describe, it } from "node:test";
import { Bench, CHEAP, misused, refused } from "./support/cli.js";

describe("how blindtally is called", () => {
  it("names what was probably meant, and never a value", async (t) => {
    const bench = new Bench(t);
    misused(await bench.run([]), /Which command\?/);
    misused(await bench.run(["rotat"]), /Did you mean `rotate`\?/);
    misused(await bench.run(["slot"]), /Which one: `slot list`, `slot add`, `slot remove`\?/);
    misused(await bench.run(["-k", "keys.btk", "rotate"]), /A command comes first/);
    misused(
      await bench.run(["encrypt", "--colum", "x"]),
      /--colum is not an option here\. Did you mean --column\?/,
    );
    misused(await bench.run(["encrypt", "--in"]), /--in needs a value: --in FILE/);
    misused(await bench.run(["encrypt", "--in", "a", "--in", "b"]), /--in is given twice/);
    misused(await bench.run(["encrypt", "--json=yes"]), /--json takes no value/);
    misused(await bench.run(["encrypt", "--json", "--csv"]), /--json and --csv, not both/);
    misused(await bench.run(["encrypt", "--field", "a"]), /--field is for --json/);
    misused(await bench.run(["encrypt", "a-name"]), /one argument is not an option/);
    misused(await bench.run(["promote", "-k", "keys.btk"]), /KEY_ID is missing/);
    misused(await bench.run(["promote", "-k", "keys.btk", "XYZ"]), /eight hexadecimal digits/);
    misused(await bench.run(["inspect"]), /Which keyset\?/);
    misused(await bench.run(["keygen", "-k", "k", "--rotate-after", "0"]), /from 1 to 65535/);
    for (const text of ["confidential-value-of-somebody", `--${"v".repeat(40)}`]) {
      const run = await bench.run(["encrypt", text]);
      assert.equal(run.code, 2);
      assert.ok(!run.stderr.includes(text));
    }
  });

  it("shows its version, and the help of a command in both ways", async (t) => {
    const bench = new Bench(t);
    assert.match((await bench.run(["--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
    const help = await bench.run(["help", "slot", "add"]);
    assert.equal(help.code, 0);
    assert.equal((await bench.run(["slot", "add", "--help"])).stdout, help.stdout);
  });

  it("takes the keyset's path from the environment, where the command line does not say it", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const env = { BLINDTALLY_KEYSET: "keys.btk" };
    assert.equal((await bench.run(["slot", "list"], { env })).code, 0);
    refused(await bench.run(["slot", "list", "-k", "other.btk"], { env }), 3, "file-access");
  });
});

describe("secrets on the command line", () => {
  it("are refused as options, with a word on what to use instead", async (t) => {
    const bench = new Bench(t);
    for (const option of ["--passphrase", "--password", "--secret", "--kek", "--key", "--share"]) {
      const run = await bench.run(["encrypt", "-k", "keys.btk", option, "hunter2hunter2"]);
      misused(run, /never taken on the command line.*--passphrase-file, --passphrase-stdin/);
      assert.ok(!run.stderr.includes("hunter2"));
    }
  });

  it("are refused where they stand in the place of something else", async (t) => {
    const bench = new Bench(t);
    const secrets = [
      "4b".repeat(32),
      Buffer.alloc(32, 7).toString("base64url"),
      `btk1_${"A".repeat(60)}`,
      `bts1${"q".repeat(69)}`,
      `BTS1${"Q".repeat(69)}`,
    ];
    for (const secret of secrets) {
      for (const args of [
        ["encrypt", "-k", secret],
        ["encrypt", "-k", "keys.btk", "--kek-file", secret],
        ["encrypt", "-k", "keys.btk", `--passphrase-file=${secret}`],
        ["destroy", "-k", "keys.btk", secret],
        ["recover", "rehearse", "-k", "keys.btk", "--shares-file", secret],
      ]) {
        const run = await bench.run(args);
        misused(run, /looks like a key/);
        assert.ok(!run.stderr.includes(secret));
      }
      const run = await bench.run([secret]);
      assert.equal(run.code, 2);
      assert.ok(!run.stderr.includes(secret));
    }
    misused(
      await bench.run(["slot", "list"], { env: { BLINDTALLY_KEYSET: secrets[2] } }),
      /looks like a key/,
    );
  });

  it("are not looked for in labels of a context, which may be hashes", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const tenant = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    assert.match(await bench.ok("encrypt", ["--context", tenant], { input: "a\n" }), /^bt1_/);
  });
});

describe("secrets of files, of standard input and of descriptors", () => {
  it("open the keyset alike", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const inspect = (args: string[], around = {}) =>
      bench.run(["inspect", "-k", "keys.btk", "--json", ...args], around);
    for (const run of [
      await inspect(["--passphrase-file", "pass"]),
      await inspect(["--passphrase-stdin"], { input: `${bench.passphrase}\n` }),
      await inspect(["--passphrase-stdin"], { input: `${bench.passphrase}\r\n` }),
      await inspect(["--passphrase-stdin"], { input: bench.passphrase }),
      await inspect(["--passphrase-fd", "3"], { descriptors: [`${bench.passphrase}\n`] }),
      await inspect(["--passphrase-fd", "0"], { input: bench.passphrase }),
    ]) {
      assert.equal(run.code, 0, run.stderr);
      assert.equal(JSON.parse(run.stdout).keys.length, 1);
    }
  });

  it("do not take the input from the data", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const args = ["encrypt", "-k", "keys.btk", "--passphrase-stdin"];
    misused(await bench.run(args, { input: bench.passphrase }), /Standard input cannot be both/);
    bench.write("names", "a\n");
    const run = await bench.run([...args, "--in", "names"], { input: bench.passphrase });
    assert.equal(run.code, 0, run.stderr);
  });

  it("are refused if others can read or change the file, or if it is none", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const inspect = (file: string) => bench.run(["inspect", "-k", "keys.btk", "--passphrase-file", file]);
    for (const mode of [0o640, 0o604, 0o620, 0o700, 0o4600]) {
      chmodSync(bench.path("pass"), mode);
      const run = await inspect("pass");
      refused(run, 3, "file-access");
      assert.match(run.stderr, /run chmod 600/);
    }
    chmodSync(bench.path("pass"), 0o400);
    assert.equal((await inspect("pass")).code, 0);
    symlinkSync("pass", bench.path("link"));
    assert.equal((await inspect("link")).code, 0);
    for (const [file, words] of [
      ["nothing", /no such file/],
      [".", /not a regular file/],
      ["/dev/null", /not a regular file/],
    ] as const) {
      const run = await inspect(file);
      refused(run, 3, "file-access");
      assert.match(run.stderr, words);
    }
  });

  it("are refused with a path that is not repeated, since it may be the passphrase itself", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const run = await bench.run(["inspect", "-k", "keys.btk", "--passphrase-file", "hunter2hunter2"]);
    refused(run, 3, "file-access");
    assert.ok(!run.stderr.includes("hunter2"));
  });

  it("are refused where they are no passphrase", async (t) => {
    const bench = new Bench(t);
    const keygen = (file: string) =>
      bench.run(["keygen", "-k", "k.btk", "--passphrase-file", file, ...CHEAP]);
    for (const [name, content] of [
      ["empty", ""],
      ["line-end", "\n"],
      ["two-lines", "one\ntwo\n"],
      ["ill-formed", Buffer.concat([Buffer.from("a passphrase "), Buffer.from([0xff])])],
      ["too-long", "é".repeat(513)],
      ["much-too-long", "a".repeat(5000)],
    ] as const) {
      bench.write(name, content);
      chmodSync(bench.path(name), 0o600);
      const run = await keygen(name);
      refused(run, 1, "bad-passphrase");
    }
    assert.ok(!bench.exists("k.btk"));
  });

  it("are asked for at a terminal only: without one, the command says what to give", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    misused(
      await bench.runDetached(["inspect", "--open", "-k", "keys.btk"]),
      /no terminal.*--passphrase-file FILE/,
    );
    misused(await bench.runDetached(["keygen", "-k", "new.btk"]), /no terminal.*--passphrase-file FILE/);
    refused(await bench.runDetached(["recover", "rehearse", "-k", "keys.btk"]), 3, "unknown-slot");
    await bench.ok("recover split", "--threshold 2 --shares 2 --out shares".split(" "));
    misused(
      await bench.runDetached(["recover", "rehearse", "-k", "keys.btk"]),
      /no terminal.*--shares-file FILE/,
    );
    assert.ok(!bench.exists("new.btk"));
  });
});

describe("opening a keyset file", () => {
  it("fails with exit code 3, whatever the reason", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    bench.secret("other", "another passphrase altogether");
    const inspect = (args: string[]) => bench.run(["inspect", "-k", "keys.btk", ...args]);
    refused(await inspect(["--passphrase-file", "other"]), 3, "cannot-open");
    bench.secret("kek", "31".repeat(32));
    refused(await inspect(["--kek-file", "kek"]), 3, "unknown-slot");
    refused(await inspect(["--passphrase-file", "pass", "--slot", "00000000"]), 3, "unknown-slot");
    misused(await inspect(["--passphrase-file", "pass", "--slot", "first"]), /eight hexadecimal digits/);
    refused(await bench.run(["inspect", "-k", "missing.btk"]), 3, "file-access");
    refused(await bench.run(["inspect", "-k", "."]), 3, "file-access");

    const text = bench.read("keys.btk");
    bench.write("cut.btk", text.slice(0, -10));
    bench.write("other.btk", "something else\n");
    bench.write("long.btk", text + "x".repeat(300_000));
    for (const file of ["cut.btk", "other.btk", "long.btk"])
      refused(await bench.run(["inspect", "-k", file]), 3, "bad-keyset-file");
    const lines = text.split("\n");
    const last = lines.at(-2) as string;
    bench.write(
      "altered.btk",
      [...lines.slice(0, -2), `${last[0] === "A" ? "B" : "A"}${last.slice(1)}`, ""].join("\n"),
    );
    chmodSync(bench.path("altered.btk"), 0o600);
    refused(await bench.run(["inspect", "-k", "altered.btk", "--passphrase-file", "pass"]), 3, "cannot-open");
  });
});
