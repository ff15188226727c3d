import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { CreateAliasCommand } from "@aws-sdk/client-kms";
import { type KeyStore, keyStore } from "../services/support/key-store.js";
import { Bench, CHEAP, misused, PROGRAM, refused } from "./support/cli.js";

/** What a run needs to reach the key store; the SDK warns of Node versions that it will leave behind. */
const surroundings = (store: KeyStore) => ({ env: { ...store.env, NODE_NO_WARNINGS: "1" } });

describe("a key of AWS KMS", () => {
  it("makes a keyset, opens it, and is added to one that is there", async (t) => {
    const store = await running(t);
    if (store === undefined) return;
    const bench = new Bench(t);
    const { env } = surroundings(store);
    const key = await store.makeKey();
    await store.client.send(new CreateAliasCommand({ AliasName: "alias/keys", TargetKeyId: key }));
    const made = await bench.run(["keygen", "-k", "kms.btk", "--kms-key", key], { env });
    assert.equal(made.code, 0, made.stderr);
    const names = await bench.run(["encrypt", "-k", "kms.btk", "--kms-key", key], { env, input: "a\n" });
    assert.match(names.stdout, /^bt1_/);
    await bench.keygen();
    const alias = key.replace(/key\/.*/, "alias/keys");
    await bench.ok("slot add", ["--new-kms-key", alias], { env });
    const opened = await bench.run(["rotate", "-k", "keys.btk", "--kms-key", key], { env });
    assert.equal(opened.code, 0, opened.stderr);
  });

  it("does not open what another key wraps, and is asked for where nothing else opens a file", async (t) => {
    const store = await running(t);
    if (store === undefined) return;
    const bench = new Bench(t);
    const { env } = surroundings(store);
    const [key, other] = [await store.makeKey(), await store.makeKey()];
    await bench.run(["keygen", "-k", "kms.btk", "--kms-key", key], { env });
    const run = await bench.run(["inspect", "-k", "kms.btk", "--kms-key", other], { env });
    assert.equal(run.code, 3);
    assert.match(run.stderr, /^blindtally: .+ \[(?:key-store|cannot-open)\]\n$/);
    const asked = await bench.run(["inspect", "-k", "kms.btk", "--open"], { env });
    refused(asked, 3, "unknown-slot");
    assert.match(asked.stderr, /--kms-key ARN/);
  });

  it("that opens the former file is refused by `rekey`, and another one is taken", async (t) => {
    const store = await running(t);
    if (store === undefined) return;
    const bench = new Bench(t);
    const { env } = surroundings(store);
    const [key, other] = [await store.makeKey(), await store.makeKey()];
    await bench.keygen();
    await bench.ok("slot add", ["--new-kms-key", key], { env });
    const text = bench.read("keys.btk");
    const same = await bench.open("rekey", ["--new-kms-key", key], { env });
    refused(same, 1, "bad-argument");
    assert.match(same.stderr, /take a new one/);
    assert.equal(bench.read("keys.btk"), text);
    const { stdout, code } = await bench.open("rekey", ["--new-kms-key", other, "--json"], { env });
    assert.equal(code, 0);
    assert.deepEqual(
      JSON.parse(stdout).slots.map(({ kind }: { kind: string }) => kind),
      ["wrapper"],
    );
    const former = await bench.run(["inspect", "-k", "keys.btk", "--kms-key", key], { env });
    assert.equal(former.code, 3);
    const opened = await bench.run(["inspect", "-k", "keys.btk", "--kms-key", other], { env });
    assert.equal(opened.code, 0, opened.stderr);
  });
});

describe("--kms-key", () => {
  it("takes an ARN alone", async (t) => {
    const bench = new Bench(t);
    for (const text of ["alias/keys", "1234abcd-12ab-34cd-56ef-1234567890ab", "arn:aws:s3:::bucket"])
      misused(await bench.run(["keygen", "-k", "kms.btk", "--kms-key", text]), /takes the ARN/);
  });

  it("says what to install where the SDK of AWS is not", async (t) => {
    const bench = new Bench(t);
    // The package alone, with nothing beside it.
    const alone = join(bench.folder, "alone/node_modules/blindtally");
    mkdirSync(alone, { recursive: true });
    const pkg = dirname(dirname(PROGRAM));
    for (const part of ["package.json", "bin", "dist"])
      cpSync(join(pkg, part), join(alone, part), { recursive: true });
    const arn = "arn:aws:kms:eu-central-1:111122223333:alias/keys";
    const program = join(alone, "bin/blindtally.js");
    const { status, stderr } = spawnSync(
      process.execPath,
      [program, "keygen", "-k", "kms.btk", "--kms-key", arn],
      {
        cwd: bench.folder,
        encoding: "utf8",
      },
    );
    assert.equal(status, 1, stderr);
    assert.match(stderr, /npm install @aws-sdk\/client-kms.*\[key-store\]\n$/);
    // All else works without it.
    const made = spawnSync(
      process.execPath,
      [program, "keygen", "-k", "k.btk", "--passphrase-file", "pass", ...CHEAP],
      {
        cwd: bench.folder,
        encoding: "utf8",
      },
    );
    assert.equal(made.status, 0, made.stderr);
  });
});

/** A key store; where there is none, the test is skipped. */
async function running(t: TestContext): Promise<KeyStore | undefined> {
  const store = await keyStore(t);
  if (store === undefined) t.skip("there is no moto_server on this machine; MOTO_SERVER says where it is");
  return store;
}
