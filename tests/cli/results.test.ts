import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Bench, misused, refused } from "./support/cli.js";
import { tokensOf } from "./support/tokens.js";

const table = (...rows: [count: number, name: string][]): string =>
  ["       count  name", ...rows.map(([count, name]) => `${String(count).padStart(12)}  ${name}`), ""].join(
    "\n",
  );

describe("blindtally results", () => {
  it("adds up counts under several keys, in the order in which names come", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const before = await tokensOf(bench, ["b", "a"]);
    await bench.ok("rotate");
    const after = await tokensOf(bench, ["a", "c"]);
    const map = {
      [before[0] as string]: 1,
      [before[1] as string]: 2,
      [after[0] as string]: 3,
      [after[1] as string]: 4,
    };
    const input = JSON.stringify(map);
    assert.equal(await bench.ok("results", [], { input }), table([1, "b"], [5, "a"], [4, "c"]));
    assert.equal(
      await bench.ok("results", ["--sort", "count"], { input }),
      table([5, "a"], [4, "c"], [1, "b"]),
    );
    assert.equal(
      await bench.ok("results", ["--sort", "name"], { input }),
      table([5, "a"], [1, "b"], [4, "c"]),
    );
    for (const wrapped of [
      { results: map },
      {
        status: "ok",
        total: 10,
        meta: { page: [1, { results: 2 }] },
        results: map,
        unreadable: [{ token: "x" }],
        more: 1,
      },
    ])
      assert.equal(
        await bench.ok("results", ["--json"], { input: JSON.stringify(wrapped, undefined, 1) }),
        '{"b":1,"a":5,"c":4}\n',
      );
    const rows = Object.entries(map);
    const lines = rows.map(([token, count]) => `${JSON.stringify({ count, token })}\n`).join("");
    assert.equal(
      await bench.ok("results", ["--from", "ndjson", "--to", "csv"], { input: lines }),
      "name,count\nb,1\na,5\nc,4\n",
    );
    const pairs = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
    assert.equal(
      await bench.ok("results", ["--from", "ndjson", "--to", "ndjson"], { input: pairs }),
      '{"name":"b","count":1}\n{"name":"a","count":5}\n{"name":"c","count":4}\n',
    );
    const csv = `token,count\r\n${rows.map((row) => row.join(",")).join("\r\n")}\r\n`;
    assert.equal(
      await bench.ok("results", ["--from", "csv", "--json"], { input: csv }),
      '{"b":1,"a":5,"c":4}\n',
    );
  });

  it("finds its columns by name or number, and takes no row of data for a header", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [a] = await tokensOf(bench, ["a"]);
    const csv = (input: string, ...more: string[]) =>
      bench.open("results", ["--from", "csv", "--json", ...more], { input });
    const fields = ["--token-field", "event", "--count-field", "n"];
    assert.equal((await csv(`n,x,event\n7,,${a}\n`, ...fields)).stdout, '{"a":7}\n');
    assert.equal((await csv(`${a},7\n`, "--no-header")).stdout, '{"a":7}\n');
    assert.equal(
      (await csv(`7;"${a}"\n`, "--no-header", "--delimiter", ";", "--token-field", "2", "--count-field", "1"))
        .stdout,
      '{"a":7}\n',
    );
    const numbers = ["--token-field", "1", "--count-field", "2"];
    assert.equal((await csv(`what,n\n${a},7\n`, ...numbers, "--header")).stdout, '{"a":7}\n');
    assert.equal((await csv(`${a},7\n${a},1\n`, ...numbers, "--no-header")).stdout, '{"a":8}\n');
    misused(await csv(`${a},7\n${a},1\n`, ...numbers), /--header if it has names, --no-header/);
    misused(await csv(`token,7\n${a},7\n`, "--count-field", "2"), /--header if it has names/);
    misused(await bench.open("results", ["--header"], { input: "{}" }), /--header is for --from csv/);
    misused(await csv(`${a},7\n`), /no column of this name/);
    misused(await csv(`token,n\n${a},7\n`), /no column of the name/);
    refused(await csv(`token,count\n${a}\n`), 1, "bad-argument");
    misused(
      await bench.open("results", ["--token-field", "x"], { input: "{}" }),
      /--from ndjson and --from csv/,
    );
    misused(await bench.open("results", ["--from", "xml"], { input: "{}" }), /one of: json, ndjson, csv/);
  });

  it("refuses a line with two tokens or two counts, of which readers take one or the other", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [a, b] = await tokensOf(bench, ["a", "b"]);
    const read = (line: string, ...more: string[]) =>
      bench.open("results", ["--from", "ndjson", "--json", ...more], {
        input: `{"token":"${a}","count":1}\n${line}\n`,
      });
    for (const line of [
      `{"token":"${a}","token":"${b}","count":1}`,
      `{"token":1,"tok\\u0065n":"${b}","count":1}`,
      `{"token":"${a}","count":1,"count":2}`,
      `{"count":1,"count":1,"token":"${a}"}`,
    ]) {
      const run = await read(line);
      refused(run, 1, "bad-argument");
      assert.match(run.stderr, /line 2: it has a token or a count twice/);
    }
    const beside = `{"token":"${b}","x":1,"x":2,"more":{"token":1,"token":2},"count":2}`;
    assert.equal((await read(beside)).stdout, '{"a":1,"b":2}\n');
    const dotted = `{"e.n":"${b}","e":{"n":"x"},"token":"${a}","token":"${a}","count":2}`;
    assert.equal((await read(dotted, "--token-field", "token")).code, 1);
  });

  it("reports rows that cannot be read beside the counts, and never as names", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [old = ""] = await tokensOf(bench, ["a"]);
    const first = JSON.parse(await bench.ok("inspect", ["--json"])).keys[0].id as string;
    await bench.ok("rotate");
    const [fresh = ""] = await tokensOf(bench, ["a"]);
    await bench.ok("destroy", ["--yes", first]);
    const unknown = `bt1_AAAAAA${old.slice(10)}`;
    const map = { [old]: 3, [fresh]: 2, "page.viewed": 7, [unknown]: 1, [`${fresh}x`]: 4 };
    const input = JSON.stringify(map);
    const run = await bench.open("results", ["--json", "--unreadable", "rest"], { input });
    assert.equal(run.code, 5);
    assert.equal(run.stdout, '{"a":2}\n');
    assert.match(
      run.stderr,
      new RegExp(
        `^4 rows could not be read: destroyed-key ${first} \\(1\\), not-a-token \\(1\\), unknown-key 00000000 \\(1\\), bad-token \\(1\\)\\.\n$`,
      ),
    );
    assert.deepEqual(
      bench
        .read("rest")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
      [
        { token: old, count: 3, code: "destroyed-key", keyId: first },
        { token: "page.viewed", count: 7, code: "not-a-token" },
        { token: unknown, count: 1, code: "unknown-key", keyId: "00000000" },
        { token: `${fresh}x`, count: 4, code: "bad-token" },
      ],
    );
    const quiet = await bench.open("results", ["--quiet"], { input });
    assert.equal(quiet.code, 5);
    assert.match(quiet.stderr, /--unreadable FILE keeps them/);
    assert.ok(!quiet.stderr.includes("page.viewed") && !quiet.stdout.includes("page.viewed"));
    refused(await bench.open("results", ["--unreadable", "rest"], { input }), 1, "file-access");
    misused(await bench.open("results", ["--unreadable", "one", "--out", "one"], { input }), /the same file/);
  });

  it("refuses a count that is none with its row, and a sum that is too large", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [a = "", b = ""] = await tokensOf(bench, ["a", "b"]);
    for (const count of ["1.5", "-1", '"3"', "null", "true", "9007199254740992", "1e400"]) {
      const run = await bench.open("results", [], { input: `{"${a}":1,"${b}":${count}}` });
      refused(run, 1, "bad-count");
      assert.match(run.stderr, /row 2: /);
    }
    for (const count of ["", "3.0", " 3", "0x3", "-1"])
      refused(
        await bench.open("results", ["--from", "csv"], { input: `token,count\n${a},"${count}"\n` }),
        1,
        "bad-count",
      );
    const most = Number.MAX_SAFE_INTEGER;
    const within = `["${a}",${most - 1}]\n["${a}",1]\n`;
    assert.equal(
      await bench.ok("results", ["--from", "ndjson", "--json"], { input: within }),
      `{"a":${most}}\n`,
    );
    // In one block of rows and in two.
    const many = `["${b}",0]\n`.repeat(5000);
    for (const rows of ["", many])
      refused(
        await bench.open("results", ["--from", "ndjson"], { input: `${within}${rows}["${a}",1]\n` }),
        1,
        "count-overflow",
      );
    const late = await bench.open("results", ["--from", "ndjson"], { input: `${many}["${a}",-1]\n` });
    refused(late, 1, "bad-count");
    assert.match(late.stderr, /row 5001: /);
  });

  it("refuses what is no result map, and quotes nothing of it", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [a] = await tokensOf(bench, ["a"]);
    for (const input of [
      "",
      "[]",
      '"confidential"',
      '{"confidential":1',
      `{"${a}":1}{"${a}":1}`,
      `{"${a}":{"count":1}}`,
      `{"${a}":1,"confidential":[1]}`,
      `{"confidential":[1],"${a}":1}`,
      `{"results":{"${a}":1},"${a}":2}`,
      `{"${a}":2,"results":{"${a}":1}}`,
      `{"results":{"${a}":1},"results":{"${a}":1}}`,
      `{"results":{"x":{"${a}":1}}}`,
      `{"${a}":1,}`,
      `{"${a}" 1}`,
      `{${a}:1}`,
      "token,count\n",
    ]) {
      const run = await bench.open("results", [], { input });
      refused(run, 1, "bad-argument");
      assert.ok(!run.stderr.includes("confidential"));
    }
    const illFormed = Buffer.concat([Buffer.from('{"'), Buffer.from([0xff]), Buffer.from('":1}')]);
    refused(await bench.open("results", [], { input: illFormed }), 1, "bad-argument");
    assert.equal(await bench.ok("results", ["--json"], { input: "{}" }), "{}\n");
    assert.equal(await bench.ok("results", ["--json"], { input: '\ufeff{"results":{}}' }), "{}\n");
  });

  it("writes any name so that it can be read back", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const names = [
      "__proto__",
      'said "hi", twice',
      "two\nlines",
      "",
      "\u001b[31mred",
      "\u202eturned",
      "constructor",
      " x ",
      "=1+1",
    ];
    const valid = names.filter((name) => name !== "");
    const tokens = await tokensOf(bench, valid);
    const input = `{${tokens.map((token, index) => `"${token}":${index}`).join(",")}}`;
    const json = await bench.ok("results", ["--json"], { input });
    const read = new Map<string, number>();
    JSON.parse(json, (key, value) => {
      if (typeof value === "number") read.set(key, value);
      return value;
    });
    assert.deepEqual(
      [...read],
      valid.map((name, index) => [name, index]),
    );
    const ndjson = await bench.ok("results", ["--to", "ndjson"], { input });
    assert.deepEqual(
      ndjson
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).name),
      valid,
    );
    const csv = await bench.ok("results", ["--to", "csv"], { input });
    assert.match(csv, /^name,count\n__proto__,0\n"said ""hi"", twice",1\n"two\nlines",2\n/);
    assert.match(csv, /\n" x ",6\n/);
    const shown = await bench.ok("results", [], { input });
    assert.match(shown, /two\\u\{a\}lines\n/);
    assert.match(shown, /\\u\{1b\}\[31mred\n/);
    assert.match(shown, /\\u\{202e\}turned\n/);
  });

  it("works in the context that is given", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const context = "--context acme --context production --context event".split(" ");
    const token = (await bench.ok("encrypt", context, { input: "a\n" })).trim();
    const input = JSON.stringify({ [token]: 3 });
    assert.equal(await bench.ok("results", [...context, "--json"], { input }), '{"a":3}\n');
    const run = await bench.open("results", ["--json"], { input });
    assert.deepEqual([run.code, run.stdout], [5, "{}\n"]);
    assert.match(run.stderr, /bad-token \(1\)/);
  });
});
