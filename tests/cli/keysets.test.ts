import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { describe, it } from "node:test";
import { Bench, CHEAP, ended, misused, refused } from "./support/cli.js";

interface Inspected {
  readonly revision: number;
  readonly rotateAfterDays: number | null;
  readonly rotationDue: string | null;
  readonly keys: { id: string; status: string; primary: boolean; created: string | null }[];
}

describe("blindtally keygen", () => {
  it("makes a file of mode 0600 that its passphrase opens, and shows its key's id and age", async (t) => {
    const bench = new Bench(t);
    const before = Date.now();
    await bench.keygen("--rotate-after", "90", "--label", "office");
    assert.equal(statSync(bench.path("keys.btk")).mode & 0o777, 0o600);
    const shown = await bench.json<Inspected>("inspect");
    assert.deepEqual([shown.revision, shown.rotateAfterDays, shown.keys.length], [1, 90, 1]);
    const [key] = shown.keys;
    assert.deepEqual([key?.status, key?.primary], ["enabled", true]);
    const created = Date.parse(key?.created ?? "");
    assert.ok(created >= before - 1000 && created <= Date.now());
    assert.equal(Date.parse(shown.rotationDue ?? ""), created + 90 * 86_400_000);
    assert.match(await bench.ok("inspect"), /passphrase +Argon2id, 19456 KiB, 2 passes, 1 lane {2}"office"/);
  });

  it("never overwrites a file", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const text = bench.read("keys.btk");
    refused(
      await bench.run(["keygen", "-k", "keys.btk", "--passphrase-file", "pass", ...CHEAP]),
      1,
      "file-access",
    );
    assert.equal(bench.read("keys.btk"), text);
  });

  it("takes a key-encryption key as bytes, in hexadecimal and in base64url, and they are the same", async (t) => {
    const bench = new Bench(t);
    const kek = Buffer.from(Array.from({ length: 32 }, (_, index) => (index * 37 + 11) % 256));
    bench.secret("hex", kek.toString("hex"));
    bench.secret("base64url", kek.toString("base64url"));
    bench.write("bytes", kek);
    chmodSync(bench.path("bytes"), 0o400);
    assert.equal((await bench.run(["keygen", "-k", "keys.btk", "--kek-file", "hex"])).code, 0);
    for (const file of ["hex", "base64url", "bytes"]) {
      const { code, stdout } = await bench.run(["inspect", "-k", "keys.btk", "--kek-file", file, "--json"]);
      assert.equal(code, 0);
      assert.equal(JSON.parse(stdout).keys.length, 1);
    }
    bench.secret("zero", "0".repeat(64));
    bench.secret("short", "abcdef");
    for (const file of ["zero", "short"])
      refused(await bench.run(["keygen", "-k", "other.btk", "--kek-file", file]), 1, "bad-key");
  });

  it("makes a slot for each way to open it that is given", async (t) => {
    const bench = new Bench(t);
    bench.secret("kek", "1f".repeat(32));
    await bench.keygen("--kek-file", "kek");
    const { stdout } = await bench.run(["slot", "list", "-k", "keys.btk", "--json"]);
    assert.deepEqual(
      JSON.parse(stdout).map(({ kind }: { kind: string }) => kind),
      ["passphrase", "raw"],
    );
    assert.equal((await bench.run(["inspect", "-k", "keys.btk", "--kek-file", "kek"])).code, 0);
  });

  it("refuses a cost that is too low, and writes nothing", async (t) => {
    const bench = new Bench(t);
    const run = await bench.run([
      "keygen",
      "-k",
      "keys.btk",
      "--passphrase-file",
      "pass",
      "--cost",
      "1024,1,1",
    ]);
    refused(run, 1, "bad-parameters");
    assert.ok(!bench.exists("keys.btk"));
  });

  it("refuses a new passphrase that is soon guessed", async (t) => {
    const bench = new Bench(t);
    bench.secret("short", "kk!8$Qz;äö💊");
    const run = await bench.run(["keygen", "-k", "keys.btk", "--passphrase-file", "short", ...CHEAP]);
    refused(run, 1, "bad-passphrase");
    assert.match(run.stderr, /at least 12 characters/);
    assert.ok(!bench.exists("keys.btk"));
  });
});

describe("blindtally rotate, promote, disable, enable and destroy", () => {
  it("rotates, and a key's life is written into the file step by step", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const first = (await bench.json<Inspected>("inspect")).keys[0]?.id as string;
    const rotated = await bench.json<{ rotated: boolean; primaryKeyId: string; revision: number }>("rotate");
    assert.deepEqual([rotated.rotated, rotated.revision], [true, 2]);
    const second = rotated.primaryKeyId;
    assert.notEqual(first, second);

    const states = async () =>
      Object.fromEntries(
        (await bench.json<Inspected>("inspect")).keys.map(({ id, status, primary }) => [
          id,
          primary ? "primary" : status,
        ]),
      );
    assert.deepEqual(await states(), { [first]: "enabled", [second]: "primary" });
    await bench.ok("promote", [first]);
    assert.deepEqual(await states(), { [first]: "primary", [second]: "enabled" });
    await bench.ok("disable", [second]);
    assert.deepEqual(await states(), { [first]: "primary", [second]: "disabled" });
    refused(await bench.open("promote", [second]), 1, "disabled-key");
    await bench.ok("enable", [second]);
    assert.deepEqual(await states(), { [first]: "primary", [second]: "enabled" });
    await bench.ok("destroy", [second, "--yes"]);
    assert.deepEqual(await states(), { [first]: "primary", [second]: "destroyed" });
    refused(await bench.open("enable", [second]), 1, "destroyed-key");
    refused(await bench.open("destroy", [first, "--yes"]), 1, "primary-key");
    refused(await bench.open("disable", [first]), 1, "primary-key");
    refused(await bench.open("promote", ["00000000"]), 1, "unknown-key");
    assert.equal((await bench.json<Inspected>("inspect")).revision, 6);
  });

  it("rotates only when it is due, if that is asked for", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    misused(await bench.open("rotate", ["--if-due"]), /no policy/);
    const { keys } = await bench.json<Inspected>("inspect");
    const set = await bench.json<{ rotated: boolean; primaryKeyId: string; revision: number }>("rotate", [
      "--if-due",
      "--rotate-after",
      "30",
    ]);
    assert.deepEqual(set, { rotated: false, primaryKeyId: keys[0]?.id, revision: 2 });
    // Nothing changes any more, so nothing is written.
    assert.match(await bench.ok("rotate", ["--if-due"]), /^Not due/);
    assert.equal((await bench.json<Inspected>("inspect")).revision, 2);
    await bench.ok("rotate", ["--rotate-after", "never"]);
    assert.equal((await bench.json<Inspected>("inspect")).rotateAfterDays, null);
  });

  it("does not destroy without being told so, where nobody can be asked", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    const { keys } = await bench.json<Inspected>("inspect");
    await bench.ok("rotate");
    const destroy = "destroy -k keys.btk --passphrase-file pass".split(" ");
    misused(await bench.runDetached([...destroy, keys[0]?.id as string]), /give --yes/);
    assert.ok((await bench.json<Inspected>("inspect")).keys.every(({ status }) => status === "enabled"));
  });

  it("ends with a conflict, and changes nothing, if another process has written meanwhile", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    execFileSync("mkfifo", ["-m", "600", bench.path("later")]);
    const slow = bench.start([
      ..."slot add -k keys.btk --passphrase-file pass --new-passphrase-file later".split(" "),
      ...CHEAP,
    ]);
    let stderr = "";
    slow.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const end = ended(slow);
    // A pipe can be opened once both sides are there: the other one has read the keyset then.
    const pipe = await open(bench.path("later"), "w");
    await bench.ok("rotate");
    const text = bench.read("keys.btk");
    await pipe.writeFile("a passphrase that comes late\n");
    await pipe.close();
    assert.equal(await end, 4, stderr);
    assert.match(stderr, /\[conflict\]\n$/);
    assert.equal(bench.read("keys.btk"), text);
    await bench.ok("rotate");
  });

  it("opens no older copy once a newer one was seen", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    await bench.ok("rotate");
    bench.write("keys.btk", bench.read("keys.btk.previous"));
    refused(await bench.open("inspect"), 3, "rollback");
  });
});

describe("blindtally import and export", () => {
  it("seals a key file, and gives it back as it was", async (t) => {
    const bench = new Bench(t);
    const keys = ["11".repeat(32), "ab".repeat(32)];
    bench.secret("proxy.key", keys.join("\n"));
    for (const key of keys) bench.conceal(key);
    const made = await bench.run([
      ..."import -k keys.btk --from proxy.key --passphrase-file pass --json".split(" "),
      ...CHEAP,
    ]);
    assert.equal(made.code, 0, made.stderr);
    assert.equal(JSON.parse(made.stdout).keys, 2);
    assert.match(made.stderr, /still there/);
    await bench.ok("export", ["--form", "keys", "--out", "again.key", "--i-understand"]);
    assert.equal(bench.read("again.key"), `${keys.join("\n")}\n`);
    assert.equal(statSync(bench.path("again.key")).mode & 0o777, 0o600);
  });

  it("takes a keyset as text over with its states, ages and policy", async (t) => {
    const bench = new Bench(t);
    await bench.keygen("--rotate-after", "7");
    await bench.ok("rotate");
    const before = await bench.json<Inspected>("inspect");
    await bench.ok("disable", [before.keys[1]?.id as string]);
    await bench.ok("export", ["--out", "keys.txt", "--i-understand"]);
    assert.match(bench.read("keys.txt"), /^btk1_[A-Za-z0-9_-]+\n$/);
    bench.conceal(bench.read("keys.txt").trim());
    const made = await bench.run([
      ..."import -k again.btk --from keys.txt --passphrase-file pass".split(" "),
      ...CHEAP,
    ]);
    assert.equal(made.code, 0, made.stderr);
    const { stdout } = await bench.run(["inspect", "-k", "again.btk", "--passphrase-file", "pass", "--json"]);
    const after = JSON.parse(stdout) as Inspected;
    assert.deepEqual(
      [after.keys, after.rotateAfterDays],
      [[before.keys[0], { ...before.keys[1], status: "disabled" }], 7],
    );
  });

  it("writes keys in clear only if that is understood, and only to a new file", async (t) => {
    const bench = new Bench(t);
    await bench.keygen();
    misused(await bench.open("export", ["--out", "clear"]), /--i-understand/);
    misused(await bench.open("scope", ["--context", "event", "--out", "clear", "--raw"]), /--i-understand/);
    misused(await bench.open("export", ["--i-understand"]), /--out FILE is missing/);
    assert.ok(!bench.exists("clear"));
    bench.write("there", "something");
    refused(await bench.open("export", ["--out", "there", "--i-understand"]), 1, "file-access");
    refused(await bench.open("export", ["--out", "/dev/stdout", "--i-understand"]), 1, "file-access");
    assert.equal(bench.read("there"), "something");
  });

  it("refuses what is no key, a key that is there twice, and a file that others can read", async (t) => {
    const bench = new Bench(t);
    const from = (file: string) =>
      bench.run([..."import -k keys.btk --passphrase-file pass --from".split(" "), file, ...CHEAP]);
    bench.secret("twice", `${"22".repeat(32)}\n${"22".repeat(32)}`);
    refused(await from("twice"), 1, "duplicate-key");
    bench.secret("blank", `${"22".repeat(32)}\n\n${"33".repeat(32)}`);
    refused(await from("blank"), 1, "bad-key");
    bench.secret("altered", `btk1_${"A".repeat(200)}`);
    refused(await from("altered"), 1, "bad-keyset");
    bench.secret("open", "44".repeat(32));
    chmodSync(bench.path("open"), 0o644);
    refused(await from("open"), 1, "file-access");
    assert.ok(!bench.exists("keys.btk"));
  });
});
