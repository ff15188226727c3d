import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { Bench, CHEAP, misused, PROGRAM, refused } from "./support/cli.js";

const REGION = "eu-central-1";
const CREDENTIALS = { AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing" };

/** Why there is no key store for tests, if so. */
function noServer(): string | false {
  const { status } = spawnSync("python3", ["-c", "import moto.server, flask"]);
  return status === 0 ? false : "a key store for tests needs python3 with moto[server]";
}

describe("a key of AWS KMS", { skip: noServer() }, () => {
  let server: ChildProcess;
  let env: NodeJS.ProcessEnv;
  let keys: string[];

  before(async () => {
    server = spawn("python3", ["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]);
    const endpoint = await addressOf(server);
    // The SDK warns of Node versions that it will leave behind.
    env = { ...CREDENTIALS, AWS_ENDPOINT_URL_KMS: endpoint, NODE_NO_WARNINGS: "1" };
    const [accessKeyId, secretAccessKey] = Object.values(CREDENTIALS) as [string, string];
    const client = new KMSClient({ region: REGION, endpoint, credentials: { accessKeyId, secretAccessKey } });
    keys = [];
    for (let key = 0; key < 2; key += 1) {
      const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
      keys.push(KeyMetadata?.Arn as string);
    }
    await client.send(new CreateAliasCommand({ AliasName: "alias/keys", TargetKeyId: keys[0] }));
    client.destroy();
  });

  after(() => server.kill("SIGKILL"));

  it("makes a keyset, opens it, and is added to one that is there", async (t) => {
    const bench = new Bench(t);
    const [key = ""] = keys;
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
    const bench = new Bench(t);
    const [key = "", other = ""] = keys;
    await bench.run(["keygen", "-k", "kms.btk", "--kms-key", key], { env });
    const run = await bench.run(["inspect", "-k", "kms.btk", "--kms-key", other], { env });
    assert.equal(run.code, 3);
    assert.match(run.stderr, /^blindtally: .+ \[(?:key-store|cannot-open)\]\n$/);
    const asked = await bench.run(["inspect", "-k", "kms.btk", "--open"], { env });
    refused(asked, 3, "unknown-slot");
    assert.match(asked.stderr, /--kms-key ARN/);
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

/** Where a server says that it listens. */
function addressOf(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    for (const stream of [server.stdout, server.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
        if (found !== undefined) resolve(found);
      });
    }
    server.once("close", () => reject(new Error(`the key store ended early: ${output}`)));
  });
}
