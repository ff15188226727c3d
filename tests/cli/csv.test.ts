import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Bench, misused, refused } from "./support/cli.js";
import { tokensOf } from "./support/tokens.js";

const column = (name: string, ...more: string[]): string[] => ["--csv", "--column", name, ...more];

describe("blindtally encrypt and decrypt --csv", () => {
  it("change the cells of a column and leave every other byte", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const names = ["page.viewed", 'said "hi", twice', "two\nlines", "two\r\nlines", " spaces ", "Ünder"];
    const tokens = await tokensOf(bench, names);
    const input =
      '\ufeffid,"event",note\r\n' +
      '1,page.viewed,""\r\n' +
      '2,"said ""hi"", twice",\n' +
      '3,"two\nlines","a, b ""c"""\r\n' +
      '4,"two\r\nlines",x,more,"cells"\r\n' +
      "\r\n" +
      "5, spaces ,y\n" +
      '6,"Ünder"';
    const expected =
      '\ufeffid,"event",note\r\n' +
      `1,${tokens[0]},""\r\n` +
      `2,${tokens[1]},\n` +
      `3,${tokens[2]},"a, b ""c"""\r\n` +
      `4,${tokens[3]},x,more,"cells"\r\n` +
      "\r\n" +
      `5,${tokens[4]},y\n` +
      `6,${tokens[5]}`;
    assert.equal(await bench.ok("encrypt", column("event"), { input }), expected);
    assert.equal(await bench.ok("encrypt", column("2", "--header"), { input }), expected);

    const back = await bench.ok("decrypt", column("event"), { input: expected });
    assert.equal(back, input.replace("5, spaces ,y", '5," spaces ",y').replace('"Ünder"', "Ünder"));
  });

  it("take several columns, other delimiters, and files without a header", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [a, b] = await tokensOf(bench, ["a", "b"]);
    const two = ["--csv", "--column", "x", "--column", "z"];
    assert.equal(await bench.ok("encrypt", two, { input: "x,y,z\na,1,b\n" }), `x,y,z\n${a},1,${b}\n`);
    const semicolons = column("2", "--no-header", "--delimiter", ";");
    assert.equal(await bench.ok("encrypt", semicolons, { input: "1;a;,\n2;b;\n" }), `1;${a};,\n2;${b};\n`);
    const tabs = column("1", "--no-header", "--delimiter", "tab");
    assert.equal(await bench.ok("encrypt", tabs, { input: "a\tb, c\n" }), `${a}\tb, c\n`);
    assert.equal(await bench.ok("encrypt", column("1", "--no-header"), { input: "a\nb" }), `${a}\n${b}`);
    assert.equal(await bench.ok("encrypt", column("a"), { input: "a\n" }), "a\n");
    assert.equal(await bench.ok("encrypt", column("1", "--header"), { input: "" }), "");
    const marked = await bench.ok("encrypt", column("1", "--no-header"), { input: "\ufeffa,1\n" });
    assert.equal(marked, `\ufeff${a},1\n`);
    // One that is a letter of tokens and of names, and one that nobody types.
    for (const delimiter of ["b", " ", "\u001f"]) {
      const args = column("2", "--no-header", "--delimiter", delimiter);
      const input = `1${delimiter}a${delimiter}c\n`;
      const output = await bench.ok("encrypt", args, { input });
      assert.equal(output.replaceAll('"', ""), `1${delimiter}${a}${delimiter}c\n`);
      assert.equal(await bench.ok("decrypt", args, { input: output }), input);
    }
  });

  it("take no delimiter of more than one byte, and pass nothing on in clear", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    for (const delimiter of ["§", "¦", "·", "→", "💊", "\u0080", '"', "\n", "\r", ",,"]) {
      const input = `id${delimiter}event\n1${delimiter}confidential\n`;
      const named = await bench.open("encrypt", column("event", "--delimiter", delimiter), { input });
      misused(named, /one character of ASCII/);
      const counted = ["--from", "csv", "--to", "csv", "--delimiter", delimiter];
      misused(await bench.open("results", counted, { input }), /one character of ASCII/);
    }
  });

  it("take the number of a column only with a word on the first row, which could hold a name", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [a, b] = await tokensOf(bench, ["a", "b"]);
    const input = "a,1\nb,2\n";
    misused(await bench.open("encrypt", column("1"), { input }), /--header if it has names, --no-header/);
    // The first row has a cell that is like the number of another column.
    misused(await bench.open("encrypt", column("2"), { input: "2,a\n2,b\n" }), /--header if it has names/);
    misused(await bench.open("encrypt", column("x", "--column", "1"), { input }), /--header if it has names/);
    misused(await bench.open("encrypt", column("1", "--header", "--no-header"), { input }), /not both/);
    misused(await bench.open("encrypt", ["--header"], { input }), /--header is for --csv/);
    assert.equal(await bench.ok("encrypt", column("1", "--no-header"), { input }), `${a},1\n${b},2\n`);
    assert.equal(
      await bench.ok("encrypt", column("1", "--header"), { input: "x,y\nb,2\n" }),
      `x,y\n${b},2\n`,
    );
    misused(
      await bench.open("encrypt", column("1", "--header"), { input }),
      /name of one column and the number of/,
    );
    const years = await bench.ok("encrypt", column("2024", "--header"), { input: "id,2024\n1,a\n" });
    assert.equal(years, `id,2024\n1,${a}\n`);
  });

  it("take a carriage return at the very end for what it is", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [a, withReturn] = await tokensOf(bench, ["a", "a\r"]);
    const args = column("1", "--no-header");
    assert.equal(await bench.ok("encrypt", args, { input: "a,b\r\na,b\r" }), `${a},b\r\n${a},b\r`);
    assert.equal(await bench.ok("encrypt", args, { input: "a\r\na\r" }), `${a}\r\n${withReturn}`);
  });

  it("take wide rows, long cells and characters that are cut by the end of a block", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [a] = await tokensOf(bench, ["a"]);
    const header = Array.from({ length: 3000 }, (_, index) => `c${index}`).join(",");
    const cells = Array.from({ length: 2999 }, (_, index) => (index % 7 === 0 ? '"💊,"' : "é".repeat(40)));
    const long = `"${"💊\n".repeat(50_000)}"`;
    const input = `${header}\n${[...cells, "a"].join(",")}\n${[...cells.slice(1), long, "a"].join(",")}\n`;
    bench.write("wide.csv", input);
    const output = await bench.ok("encrypt", [...column("c2999"), "--in", "wide.csv"]);
    assert.equal(output, input.replaceAll(/,a$/gm, `,${a}`));
  });

  it("refuse a column that is not there, is there twice, or is given twice", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const input = "a,b,a\n1,2,3\n";
    misused(await bench.open("encrypt", column("c"), { input }), /no column of the name/);
    misused(await bench.open("encrypt", column("a"), { input }), /Two columns have the name/);
    misused(
      await bench.open("encrypt", column("b", "--column", "2", "--header"), { input }),
      /One column is given twice/,
    );
    misused(await bench.open("encrypt", column("b", "--no-header"), { input }), /given by its number/);
    misused(await bench.open("encrypt", ["--csv"], { input }), /Which column/);
    misused(await bench.open("encrypt", column("b", "--delimiter", "||"), { input }), /one character/);
  });

  it("refuse a row that lacks the cell, unless such rows are to be passed on", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [a] = await tokensOf(bench, ["a"]);
    const input = "id,event\n1,a\n2\n3,\n";
    const run = await bench.open("encrypt", column("event"), { input });
    refused(run, 1, "bad-argument");
    assert.match(run.stderr, /row 3: it has 1 cells/);
    refused(await bench.open("encrypt", column("event"), { input: "id,event\n3,\n" }), 1, "bad-name");
    assert.equal(
      await bench.ok("encrypt", column("event", "--skip-missing"), { input }),
      `id,event\n1,${a}\n2\n3,\n`,
    );
  });

  it("refuse what is no CSV or no UTF-8 with its line, and quote nothing of it", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    for (const [input, words] of [
      ['a,b\nconfidential "x",2\n', /line 2: a quote stands in a cell/],
      ['a,b\n"confidential"x,2\n', /line 2: something stands behind the quotes/],
      ['a,b\n1,2\n"confidential,2\n', /line 3: the quotes that begin here do not end/],
      [
        Buffer.concat([Buffer.from("a,b\n1,2\nconfidential"), Buffer.from([0xff, 0x2c, 0x31, 0x0a])]),
        /line 3: it is not UTF-8/,
      ],
      [Buffer.concat([Buffer.from("a,b\n1,2"), Buffer.from([0xe2, 0x82])]), /line 2: it is not UTF-8/],
    ] as const) {
      const run = await bench.open("encrypt", column("a"), { input });
      assert.equal(run.code, 1, run.stderr);
      assert.match(run.stderr, /\[bad-argument\]\n$/);
      assert.match(run.stderr, words);
      assert.ok(!run.stderr.includes("confidential"));
      assert.ok(!run.stdout.includes("confidential"));
    }
  });

  it("keep unreadable cells as they are written, and give names of rows with them", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [a] = await tokensOf(bench, ["a"]);
    const input = `id,event\n1,${a}\n2,"in, clear"\n3,${a}\n`;
    const run = await bench.open("decrypt", column("event", "--keep-unreadable"), { input });
    assert.equal(run.code, 5);
    assert.equal(run.stdout, 'id,event\n1,a\n2,"in, clear"\n3,a\n');
    const stopped = await bench.open("decrypt", column("event"), { input });
    assert.equal(stopped.code, 1);
    assert.match(stopped.stderr, /row 3: .*\[not-a-token\]/);
  });
});
