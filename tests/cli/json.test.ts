import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Bench, misused, refused } from "./support/cli.js";
import { tokensOf } from "./support/tokens.js";

describe("blindtally encrypt and decrypt --json", () => {
  it("take one JSON text a line, with escapes, and give one", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [plain] = await tokensOf(bench, ['a"\\\n💊']);
    const input = '"a\\"\\\\\\n\\ud83d\\udc8a"\n  "a\\u0022\\u005c\\u000a💊" \r\n\n';
    const tokens = await bench.ok("encrypt", ["--json"], { input });
    assert.equal(tokens, `"${plain}"\n  "${plain}" \r\n\n`);
    const names = (await bench.ok("decrypt", ["--json"], { input: tokens })).trim().split(/\r?\n/);
    assert.deepEqual(
      names.map((line) => JSON.parse(line)),
      ['a"\\\n💊', 'a"\\\n💊'],
    );
  });

  it("change the text at a field and no other byte of the line", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [a, b] = await tokensOf(bench, ["page.viewed", "Ünder"]);
    const field = (path: string, input: string) =>
      bench.ok("encrypt", ["--json", "--field", path], { input });
    assert.equal(
      await field(
        "event",
        '{ "id": 12345678901234567890, "x": 1.0e2,  "event" : "page.viewed","event2":"event" }\n',
      ),
      `{ "id": 12345678901234567890, "x": 1.0e2,  "event" : "${a}","event2":"event" }\n`,
    );
    assert.equal(
      await field(
        "properties.name",
        '{"name":"no","properties":{"list":[{"name":"no"}],"name":"\\u00dcnder"}}',
      ),
      `{"name":"no","properties":{"list":[{"name":"no"}],"name":"${b}"}}`,
    );
    assert.equal(
      await field("events.*.name", '{"events":[{"name":"page.viewed"},{"other":[]},{"name":"Ünder"}]}\n'),
      `{"events":[{"name":"${a}"},{"other":[]},{"name":"${b}"}]}\n`,
    );
    assert.equal(await field("/0/a~1b", '[{"a/b":"page.viewed"},"x"]\n'), `[{"a/b":"${a}"},"x"]\n`);
    assert.equal(await field("na\u006de", '{"n\\u0061me":"page.viewed"}\n'), `{"n\\u0061me":"${a}"}\n`);
    assert.equal(await field("__proto__", '{"__proto__":"page.viewed"}\n'), `{"__proto__":"${a}"}\n`);
    const deep = `{"skip":${"[".repeat(5000)}${"]".repeat(5000)},"event":"page.viewed"}\n`;
    assert.equal(await field("event", deep), deep.replace("page.viewed", a as string));
  });

  it("give the former document back", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const input = '{"big":9007199254740993,"event":"a\\n\\"b\\"","tail":[1,2,{"k":null}]}\n{"event":"c"}\n';
    const args = ["--json", "--field", "event"];
    assert.equal(
      await bench.ok("decrypt", args, { input: await bench.ok("encrypt", args, { input }) }),
      input,
    );
  });

  it("refuse a line without the text, unless such rows are to be passed on", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const rows = ['{"event":"a"}', '{"other":"confidential"}', '{"event":null}', "[]", '"text"'];
    for (const row of rows.slice(1)) {
      const run = await bench.open("encrypt", ["--json", "--field", "event"], {
        input: `${rows[0]}\n${row}\n`,
      });
      refused(run, 1, "bad-argument");
      assert.match(run.stderr, /line 2: .*--skip-missing/);
    }
    const args = ["--json", "--field", "event", "--skip-missing"];
    const passed = await bench.ok("encrypt", args, { input: `${rows.join("\n")}\n` });
    assert.deepEqual(passed.split("\n").slice(1), [...rows.slice(1), ""]);
  });

  it("refuse what is no document, what is no text, and a field that is there twice, and quote nothing", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    for (const [row, words] of [
      ['{"event":"confidential"', /not a JSON document/],
      ["confidential", /not a JSON document/],
      ['{"event":"confidential"} {"event":"b"}', /not a JSON document/],
      ['{"event":7}', /not a text/],
      ['{"event":{"event":"confidential"}}', /not a text/],
      ['{"event":"confidential","\\u0065vent":"b"}', /the field twice/],
    ] as const) {
      const run = await bench.open("encrypt", ["--json", "--field", "event"], { input: `${row}\n` });
      refused(run, 1, "bad-argument");
      assert.match(run.stderr, words);
      assert.ok(!run.stderr.includes("confidential"));
    }
    refused(await bench.open("encrypt", ["--json"], { input: '{"event":"a"}\n' }), 1, "bad-argument");
    refused(await bench.open("encrypt", ["--json"], { input: '"\\ud800"\n' }), 1, "bad-name");
    refused(await bench.open("encrypt", ["--json"], { input: '""\n' }), 1, "bad-name");
    misused(await bench.open("encrypt", ["--json", "--field", "a..b"]), /names joined by dots/);
  });

  it("keep unreadable rows as they are, and renew the others", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [token] = await tokensOf(bench, ["a"]);
    const input = `{"event":"${token}"}\n{"event":"clear \\u0041"}\n`;
    const run = await bench.open("decrypt", ["--json", "--field", "event", "--keep-unreadable"], { input });
    assert.equal(run.code, 5);
    assert.deepEqual(
      run.stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).event),
      ["a", "clear A"],
    );
  });
});
