import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { describe, it } from "node:test";
import { Bench, misused, refused } from "./support/cli.js";
import { tokensOf } from "./support/tokens.js";

describe("blindtally encrypt and decrypt, line by line", () => {
  it("turn names into tokens and back, whatever the lines end in", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    for (const input of ["a\nb\na\n", "a\nb", "a\r\n💊 taken\r\n", " leading\ttab \n", "__proto__\n", ""]) {
      const tokens = await bench.ok("encrypt", [], { input });
      assert.equal(tokens.replaceAll(/bt1_[\w-]{70}/g, "x"), input.replaceAll(/[^\r\n]+/g, "x"));
      assert.equal(await bench.ok("decrypt", [], { input: tokens }), input);
    }
    const [one, , again] = (await bench.ok("encrypt", [], { input: "a\nb\na\n" })).split("\n");
    assert.equal(one, again);
  });

  it("leave a byte order mark in front of a file out of the first name", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [token] = await tokensOf(bench, ["a"]);
    assert.equal(await bench.ok("encrypt", [], { input: "\ufeffa\n" }), `${token}\n`);
    assert.equal(await bench.ok("decrypt", [], { input: `\ufeff${token}\n` }), "a\n");
  });

  it("refuse what is no name with its line, and never pass it on", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    for (const [input, line] of [
      ["a\n\nb\n", 2],
      [`a\nb\n${"n".repeat(240)}\n`, 3],
    ] as const) {
      const run = await bench.open("encrypt", [], { input });
      refused(run, 1, "bad-name");
      assert.match(run.stderr, new RegExp(`line ${line}: `));
    }
    const illFormed = Buffer.concat([Buffer.from("a\nb\nc"), Buffer.from([0xc3, 0x28]), Buffer.from("\n")]);
    const run = await bench.open("encrypt", [], { input: illFormed });
    refused(run, 1, "bad-argument");
    assert.match(run.stderr, /line 3: it is not UTF-8/);
  });

  it("refuse a name that would break a line, and give it as JSON", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    for (const name of ["two\nlines", "ends in\r", "\ufeffmark"]) {
      const [token] = await tokensOf(bench, [name]);
      refused(await bench.open("decrypt", [], { input: `${token}\n` }), 1, "bad-name");
      const json = await bench.ok("decrypt", ["--json"], { input: `${JSON.stringify(token)}\n` });
      assert.equal(JSON.parse(json), name);
    }
  });

  it("stop at a row that cannot be read, with its line and code, and say nothing of its text", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [token = ""] = await tokensOf(bench, ["a"]);
    const altered = `${token.slice(0, -2)}${token.at(-2) === "A" ? "B" : "A"}A`;
    for (const [text, code] of [
      ["a name in clear", "not-a-token"],
      [altered, "bad-token"],
      [`bt1_AAAAAA${token.slice(10)}`, "unknown-key"],
    ] as const) {
      const run = await bench.open("decrypt", [], { input: `${token}\n${text}\n${token}\n` });
      refused(run, 1, code);
      assert.match(run.stderr, /line 2: /);
      assert.ok(!run.stderr.includes(text));
    }
  });

  it("pass such rows on with --keep-unreadable, count them by reason, and end with 5", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [token = ""] = await tokensOf(bench, ["a"]);
    const unknown = `bt1_AAAAAA${token.slice(10)}`;
    const input = `${token}\nin clear\n${unknown}\n\n${token}\n${unknown}\n`;
    for (const [command, readable] of [
      ["decrypt", "a"],
      ["rewrap", token],
    ] as const) {
      const run = await bench.open(command, ["--keep-unreadable"], { input });
      assert.equal(run.code, 5);
      assert.equal(run.stdout, `${readable}\nin clear\n${unknown}\n\n${readable}\n${unknown}\n`);
      assert.match(run.stderr, /^4 rows could not be read: not-a-token \(2\), unknown-key 00000000 \(2\)\./);
      assert.ok(!run.stderr.includes("in clear"));
    }
    assert.equal((await bench.open("decrypt", ["--keep-unreadable"], { input: `${token}\n` })).code, 0);
  });

  it("say it when names look like tokens", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [token] = await tokensOf(bench, ["a"]);
    const run = await bench.open("encrypt", [], { input: `${token}\nb\n` });
    assert.equal(run.code, 0);
    assert.match(run.stderr, /1 of the names look like tokens/);
    assert.equal((await bench.open("encrypt", ["--quiet"], { input: `${token}\n` })).stderr, "");
  });
});

describe("blindtally rewrap and tokens", () => {
  it("renew what older keys made, so that a destroyed key costs no count", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const old = await bench.ok("encrypt", [], { input: "a\nb\n" });
    const first = JSON.parse(await bench.ok("inspect", ["--json"])).keys[0].id as string;
    await bench.ok("rotate");
    const fresh = await bench.ok("encrypt", [], { input: "a\nb\n" });
    assert.notEqual(old, fresh);
    assert.equal(await bench.ok("rewrap", [], { input: old }), fresh);
    assert.equal(await bench.ok("rewrap", [], { input: fresh }), fresh);
    await bench.ok("destroy", ["--yes", first]);
    const run = await bench.open("decrypt", [], { input: old });
    refused(run, 1, "destroyed-key");
    assert.match(run.stderr, new RegExp(first));
    assert.equal(await bench.ok("decrypt", [], { input: fresh }), "a\nb\n");
  });

  it("list the tokens of a name under every enabled key, the primary one first", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const tokens: string[] = [];
    for (let key = 0; key < 3; key += 1) {
      if (key > 0) await bench.ok("rotate");
      tokens.unshift((await bench.ok("encrypt", [], { input: "a\n" })).trim());
    }
    const listed = (await bench.ok("tokens", [], { input: "a\n" })).trim().split(" ");
    assert.equal(listed[0], tokens[0]);
    assert.deepEqual(new Set(listed), new Set(tokens));
    const json = JSON.parse(await bench.ok("tokens", ["--json"], { input: "a\n" }));
    assert.deepEqual(json, { name: "a", tokens: listed });
    // The id of its key is in the first bytes of a token.
    const oldest = Buffer.from(tokens[2]?.slice(4) as string, "base64url").toString("hex", 0, 4);
    await bench.ok("disable", [oldest]);
    assert.equal(await bench.ok("tokens", [], { input: "a\n" }), `${tokens.slice(0, 2).join(" ")}\n`);
    refused(await bench.open("tokens", [], { input: "a\n\n" }), 1, "bad-name");
  });
});

describe("the output of --out", () => {
  it("is complete or not there, for its user alone, and replaces nothing unless told to", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    bench.write("names", "a\nb\n");
    await bench.ok("encrypt", ["--in", "names", "--out", "tokens"]);
    assert.equal(statSync(bench.path("tokens")).mode & 0o777, 0o600);
    const tokens = bench.read("tokens");
    refused(await bench.open("encrypt", ["--in", "names", "--out", "tokens"]), 1, "file-access");
    await bench.ok("decrypt", ["--in", "tokens", "--out", "tokens", "--force"]);
    assert.equal(bench.read("tokens"), "a\nb\n");
    bench.write("bad", `${tokens}in clear\n`);
    refused(await bench.open("decrypt", ["--in", "bad", "--out", "open"]), 1, "not-a-token");
    refused(await bench.open("decrypt", ["--in", "bad", "--out", "bad", "--force"]), 1, "not-a-token");
    assert.equal(bench.read("bad"), `${tokens}in clear\n`);
    assert.deepEqual(bench.list(), ["bad", "keys.btk", "keys.btk.seen", "names", "pass", "tokens"]);
  });

  it("may be standard output or a device by its name", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    assert.match(await bench.ok("encrypt", ["--in", "-", "--out", "-"], { input: "a\n" }), /^bt1_/);
    assert.equal(await bench.ok("encrypt", ["--out", "/dev/null"], { input: "a\n" }), "");
    misused(await bench.open("encrypt", ["--force"], { input: "a\n" }), /--force is for --out/);
    refused(await bench.open("encrypt", ["--in", "missing"]), 1, "file-access");
    refused(await bench.open("encrypt", ["--in", "."]), 1, "file-access");
    refused(await bench.open("encrypt", ["--out", "no/such/folder"], { input: "a\n" }), 1, "file-access");
  });
});
