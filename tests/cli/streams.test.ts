import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describe, it } from "node:test";
import { setTimeout as later } from "node:timers/promises";
import { Bench, ended } from "./support/cli.js";
import { tokensOf } from "./support/tokens.js";

const MEBIBYTE = 1_048_576;
/** What is sent through. */
const STREAM_BYTES = 200 * MEBIBYTE;
/** What a run with nearly nothing takes, and this much room for garbage that is not collected yet. */
const ROOM_BYTES = 160 * MEBIBYTE;

describe("a stream of 200 MiB", () => {
  it("of lines is encrypted in bounded memory", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const block = "a.name.that.is.neither.long.nor.short\n".repeat(2_000);
    await assertBounded(bench, "encrypt", [], block);
  });

  it("of JSON lines is encrypted in bounded memory", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const row = `${JSON.stringify({ id: 1, event: "a.name", properties: { text: "x".repeat(900) } })}\n`;
    await assertBounded(bench, "encrypt", ["--json", "--field", "event"], row.repeat(100));
  });

  it("of CSV is decrypted in bounded memory", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const [token] = await tokensOf(bench, ["a, name"]);
    const row = `1,${token},"${'x""'.repeat(600)}",2\n`;
    await assertBounded(bench, "decrypt", "--csv --no-header --column 2".split(" "), row.repeat(50));
  });

  it("of counts in one JSON object is read in memory for its names alone", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const names = Array.from({ length: 1_000 }, (_, index) => `name-${index}`);
    const tokens = await tokensOf(bench, names);
    const block = tokens.map((token) => `"${token}":1,`).join("");
    const times = Math.ceil(STREAM_BYTES / block.length);
    const run = await measured(
      bench,
      ["results", "--json"],
      parts('{"results":{', block, times, '"last":0}}'),
    );
    const least = await measured(bench, ["results", "--json"], parts("{", "", 0, "}"));
    assert.equal(run.code, 5);
    assert.ok(run.peak < least.peak + ROOM_BYTES, `${run.peak} and ${least.peak} bytes`);
    const counts = JSON.parse(run.output) as Record<string, number>;
    assert.ok(names.every((name) => counts[name] === times));
  });
});

describe("a reader", () => {
  it("that is slow holds the writer up, not the memory", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const child = start(bench, ["encrypt"]);
    const end = ended(child);
    const block = "a.name.that.is.neither.long.nor.short\n".repeat(2_000);
    let sent = 0;
    const source = (function* () {
      for (; sent < STREAM_BYTES; sent += block.length) yield block;
    })();
    const writing = pipeline(Readable.from(source), child.stdin as NodeJS.WritableStream).catch(() => {});
    // It works; but as nobody reads on, all stands still soon, with most of it unsent.
    await once(child.stdout as Readable, "readable");
    for (let before = -1; before !== sent; ) {
      before = sent;
      await later(1_000);
    }
    assert.ok(sent < 32 * MEBIBYTE, `${sent} bytes were taken in`);
    child.kill("SIGKILL");
    await Promise.all([end, writing]);
  });

  it("that has seen enough ends it without a word", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const child = start(bench, ["encrypt"]);
    let stderr = "";
    child.stderr?.on("data", (text) => {
      stderr += text;
    });
    const end = ended(child);
    const source = Readable.from(
      (function* () {
        for (;;) yield "a.name\n".repeat(10_000);
      })(),
    );
    child.stdin?.on("error", () => source.destroy());
    source.pipe(child.stdin as NodeJS.WritableStream);
    await once(child.stdout as Readable, "data");
    child.stdout?.destroy();
    assert.equal(await end, 0);
    source.destroy();
    assert.equal(stderr, "");
  });
});

describe("an interruption", () => {
  for (const [signal, exit] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    it(`by ${signal} leaves no half-written file, and ends with ${exit}`, async (t) => {
      const bench = new Bench(t);
      await bench.keygen();
      const before = bench.list();
      const child = start(bench, ["encrypt", "--out", "tokens"]);
      const end = ended(child);
      child.stdin?.on("error", () => {});
      child.stdin?.write("a.name\n".repeat(100_000));
      const part = await appears(bench, before, child);
      assert.match(part, /^\.tokens\.[0-9a-f]{12}\.part$/);
      assert.equal(statSync(bench.path(part)).mode & 0o777, 0o600);
      child.kill(signal);
      assert.equal(await end, exit);
      assert.deepEqual(
        bench.list().filter((name) => name !== "peak"),
        before,
      );
    });
  }
});

describe("a second interruption", () => {
  it("does not wait for a lock that another process holds, and changes nothing", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const text = bench.read("keys.btk");
    bench.write("keys.btk.lock", "held\n");
    const args = ["rotate", "-k", "keys.btk", "--passphrase-file", "pass"];
    const child = bench.start(args, {}, [
      "--import",
      `data:text/javascript,${encodeURIComponent(TELL_LOCK)}`,
    ]);
    const end = ended(child);
    assert.equal(String(await once(child.stdout as Readable, "data")), "at the lock\n");
    const began = performance.now();
    child.kill("SIGINT");
    child.kill("SIGTERM");
    assert.equal(await end, 143);
    // A lock is waited for longer than that.
    assert.ok(performance.now() - began < 4_000);
    assert.equal(bench.read("keys.btk"), text);
  });
});

/** The process says when it first looks at the lock. */
const TELL_LOCK = `
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
let told = false;
for (const name of ["open", "readFile"]) {
  const original = fs[name];
  fs[name] = (path, ...rest) => {
    if (!told && String(path).endsWith(".lock")) {
      told = true;
      process.stdout.write("at the lock\\n");
    }
    return original(path, ...rest);
  };
}
syncBuiltinESMExports();
`;

describe("a row that is no row", () => {
  it("is refused once it is too long, instead of being held in memory", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    for (const args of [
      ["encrypt"],
      ["encrypt", "--json"],
      "encrypt --csv --no-header --column 1".split(" "),
      ["results"],
    ]) {
      const front = args[0] === "results" ? '{"' : '"';
      const run = await measured(bench, args, parts(front, "x".repeat(MEBIBYTE), 200, ""));
      assert.equal(run.code, 1);
      assert.match(run.errors, /more than 16 MiB.*\[bad-argument\]\n$/);
    }
  });
});

interface Measured {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
  /** The most memory it had, in bytes. */
  readonly peak: number;
}

/** Runs the command on what is generated; of long outputs only the end is kept. */
async function measured(bench: Bench, args: readonly string[], source: Iterable<string>): Promise<Measured> {
  const child = start(bench, args);
  let output = "";
  let errors = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output = (output + text).slice(-MEBIBYTE);
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const end = ended(child);
  await pipeline(Readable.from(source), child.stdin as NodeJS.WritableStream).catch(() => {});
  const code = await end;
  return { code, output, errors, peak: 1024 * Number(bench.read("peak")) };
}

/** The process says at its end how much memory it had at most. */
function start(bench: Bench, args: readonly string[]): ChildProcess {
  const [command = "", ...rest] = args;
  const opened = [command, "-k", "keys.btk", "--passphrase-file", "pass", ...rest];
  return bench.start(opened, {}, ["--import", `data:text/javascript,${encodeURIComponent(REPORT)}`]);
}

const REPORT = `
import { writeFileSync } from "node:fs";
process.on("exit", () => writeFileSync("peak", String(process.resourceUsage().maxRSS)));
`;

async function assertBounded(
  bench: Bench,
  command: string,
  args: readonly string[],
  block: string,
): Promise<void> {
  const times = Math.ceil(STREAM_BYTES / block.length);
  const least = await measured(bench, [command, ...args], parts("", block, 1, ""));
  const run = await measured(bench, [command, ...args], parts("", block, times, ""));
  assert.deepEqual([least.code, run.code], [0, 0], run.errors);
  assert.equal(run.output.slice(-least.output.length), least.output.slice(-run.output.length));
  assert.ok(run.peak < least.peak + ROOM_BYTES, `${run.peak} and ${least.peak} bytes`);
}

function* parts(front: string, block: string, times: number, end: string): Iterable<string> {
  yield front;
  for (let time = 0; time < times; time += 1) yield block;
  yield end;
}

/** The name of a file that was not there before and has something in it. */
async function appears(bench: Bench, before: readonly string[], child: ChildProcess): Promise<string> {
  for (;;) {
    const name = bench.list().find((name) => !before.includes(name) && name !== "peak");
    if (name !== undefined && statSync(bench.path(name)).size > 0) return name;
    assert.equal(child.exitCode, null, "it ended early");
    await later(10);
  }
}
