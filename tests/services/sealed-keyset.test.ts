import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Keyset } from "blindtally";
import { temporaryFolder } from "./support/folders.js";
import { post, results } from "./support/http.js";
import { sealKeyset } from "./support/keysets.js";
import { runCommand, type ServiceProcess, startService } from "./support/processes.js";

const UPSTREAM = ["--upstream", "http://127.0.0.1:9"];

test("a proxy opens a sealed keyset with the passphrase in a file, named by option or by the environment", async (t) => {
  const { api, folder } = await analytics(t);
  const { path, options, passphraseFile } = await sealKeyset(folder);
  const byOption = await proxy(t, api, options);
  const byEnvironment = await startService(
    t,
    "proxy",
    ["--upstream", api.url, "--passphrase-file", passphraseFile],
    { env: { BLINDTALLY_KEYSET: path } },
  );
  for (const { url } of [byOption, byEnvironment]) await post(`${url}/event`, { event: "a" });
  assert.deepEqual(await results(byOption.url), [["a", 2]]);
});

for (const [form, write] of [
  ["32 bytes", (kek: Buffer) => kek],
  ["hexadecimal digits", (kek: Buffer) => `${kek.toString("hex")}\n`],
  ["base64url", (kek: Buffer) => kek.toString("base64url")],
] as const) {
  test(`a proxy opens a sealed keyset with a key-encryption key in a file, as ${form}`, async (t) => {
    const { api, folder } = await analytics(t);
    const kek = randomBytes(32);
    const { path } = await sealKeyset(folder, { slots: [{ raw: Uint8Array.from(kek) }] });
    const kekFile = join(folder, "kek");
    await writeFile(kekFile, write(kek), { mode: 0o600 });
    const { url } = await proxy(t, api, ["--keyset", path, "--kek-file", kekFile]);
    await post(`${url}/event`, { event: "a" });
    assert.deepEqual(await results(url), [["a", 1]]);
  });
}

test("a proxy with another passphrase says cannot-open, ends with 1 and repeats neither passphrase nor path", async (t) => {
  const folder = await temporaryFolder(t);
  const { path, passphrase } = await sealKeyset(folder);
  const wrong = await secretFile(folder, "not it");
  const { code, stdout, stderr } = await runCommand("proxy", [
    ...UPSTREAM,
    "--keyset",
    path,
    "--passphrase-file",
    wrong,
  ]);
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /^blindtally-proxy: Cannot open the keyset file \(cannot-open\): .+\.\n$/);
  for (const text of [passphrase, "not it", folder]) assert.ok(!stderr.includes(text), text);
});

test("a keyset file that others may read or change, is missing or is none is refused with 1 and its code", async (t) => {
  const folder = await temporaryFolder(t);
  const { path, passphraseFile } = await sealKeyset(folder);
  const refusal = async (keyset: string): Promise<string> => {
    const args = [...UPSTREAM, "--keyset", keyset, "--passphrase-file", passphraseFile];
    const { code, stderr } = await runCommand("proxy", args);
    assert.equal(code, 1, stderr);
    return /^blindtally-proxy: Cannot open the keyset file \(([a-z-]+)/.exec(stderr)?.[1] ?? stderr;
  };
  await chmod(path, 0o644);
  assert.equal(await refusal(path), "file-access");
  assert.equal(await refusal(join(folder, "missing")), "file-access");
  assert.equal(await refusal(await secretFile(folder, "no keyset")), "bad-keyset-file");
});

test("a passphrase file is refused with the reason when it is open to others, empty, of two lines or no UTF-8", async (t) => {
  const folder = await temporaryFolder(t);
  const { path } = await sealKeyset(folder);
  const cases = [
    ["secret", 0o644, "its mode is 0644, and must be 0600 or 0400; run chmod 600 on it"],
    ["", 0o600, "it is empty"],
    ["\n", 0o600, "it is empty"],
    ["secret\nsecret", 0o600, "it has more than one line"],
    [Buffer.from([0xff]), 0o600, "it is not UTF-8"],
    ["x".repeat(16_385), 0o600, "it is longer than 16384 bytes"],
  ] as const;
  for (const [content, mode, reason] of cases) {
    const file = await secretFile(folder, content, mode);
    const { code, stderr } = await runCommand("proxy", [
      ...UPSTREAM,
      "--keyset",
      path,
      "--passphrase-file",
      file,
    ]);
    assert.deepEqual(
      [code, stderr],
      [1, `blindtally-proxy: Cannot use the passphrase file: ${reason}.\n`],
      `${content}`,
    );
  }
});

test("a KEK file that holds no key is refused with the reason", async (t) => {
  const folder = await temporaryFolder(t);
  const { path } = await sealKeyset(folder);
  const file = await secretFile(folder, "ab".repeat(31));
  const { code, stderr } = await runCommand("proxy", [...UPSTREAM, "--keyset", path, "--kek-file", file]);
  const reason = "it is not a key: neither 32 bytes, 64 hexadecimal digits nor 43 base64url characters";
  assert.deepEqual([code, stderr], [1, `blindtally-proxy: Cannot use the KEK file: ${reason}.\n`]);
});

const ONE_SECRET =
  "--keyset takes exactly one of --passphrase-file <file>, --passphrase-stdin, --passphrase-fd <number>, " +
  "--kek-file <file> and --kms-key <arn>.";
const NO_ARN =
  "--kms-key takes the ARN of a key or of an alias of AWS KMS: arn:aws:kms:REGION:ACCOUNT:key/ID.";
const NO_DESCRIPTOR = "--passphrase-fd takes a number from 0 to 1023.";

for (const [args, sentence] of [
  [["--keyset", "f"], ONE_SECRET],
  [["--keyset", "f", "--passphrase-file", "p", "--kek-file", "k"], ONE_SECRET],
  [["--keyset", "f", "--kek-file", "k", "--kms-key", "arn:aws:kms:x:1:key/2"], ONE_SECRET],
  [["--keyset", "f", "--key-file", "k"], "--keyset and --key-file exclude each other."],
  [["--passphrase-file", "p"], "--passphrase-file goes with --keyset <file>."],
  [["--key-file", "k", "--kms-key", "arn"], "--kms-key goes with --keyset <file>."],
  [["--keyset", "f", "--passphrase-stdin", "--passphrase-fd", "3"], ONE_SECRET],
  [["--passphrase-stdin"], "--passphrase-stdin goes with --keyset <file>."],
  [["--keyset", "f", "--passphrase-fd", "x"], NO_DESCRIPTOR],
  [["--keyset", "f", "--passphrase-fd", "1024"], NO_DESCRIPTOR],
  [["--keyset", "f", "--kms-key", "1234abcd-12ab-34cd-56ef-1234567890ab"], NO_ARN],
  [["--keyset", "f", "--kms-key", "alias/team"], NO_ARN],
  [["--keyset", "f", "--kms-key", "arn:aws:s3:eu-central-1:123456789012:key/2"], NO_ARN],
] as const) {
  test(`blindtally-proxy ${args.join(" ")} is refused with status 2`, async () => {
    const { code, stderr } = await runCommand("proxy", [...UPSTREAM, ...args]);
    assert.deepEqual([code, stderr], [2, `blindtally-proxy: ${sentence} See --help.\n`]);
  });
}

test("two variables that both name keys are refused, and an option decides over a variable", async (t) => {
  const { api, folder } = await analytics(t);
  const { path, options } = await sealKeyset(folder);
  const env = { BLINDTALLY_KEYSET: path, BLINDTALLY_KEY_FILE: join(folder, "missing") };
  const { code, stderr } = await runCommand("proxy", UPSTREAM, env);
  const sentence = "$BLINDTALLY_KEYSET and $BLINDTALLY_KEY_FILE exclude each other.";
  assert.deepEqual([code, stderr], [2, `blindtally-proxy: ${sentence} See --help.\n`]);
  const { url } = await startService(t, "proxy", ["--upstream", api.url, ...options], { env });
  assert.equal((await post(`${url}/event`, { event: "a" })).status, 201);
});

test("a scope in a sealed file works in its own context, counts as its keyset does, and refuses another one", async (t) => {
  const { api, folder } = await analytics(t);
  const labels = ["acme", "production", "event"];
  const context = labels.flatMap((label) => ["--context", label]);
  const keyset = Keyset.generate();
  const scope = await sealKeyset(folder, { name: "scope", keyset: keyset.scope(labels) });
  const whole = await sealKeyset(folder, { name: "whole", keyset });
  const scoped = await proxy(t, api, scope.options);
  const named = await proxy(t, api, [...scope.options, ...context]);
  const full = await proxy(t, api, [...whole.options, ...context]);
  for (const { url } of [scoped, named, full]) await post(`${url}/event`, { event: "a" });
  for (const { url } of [scoped, named, full]) assert.deepEqual(await results(url), [["a", 3]]);

  const other = ["--context", "other", ...scope.options];
  const { code, stderr } = await runCommand("proxy", [...UPSTREAM, ...other]);
  const sentence = "--context contradicts the keyset, which is a scope of one other context.";
  assert.deepEqual([code, stderr], [2, `blindtally-proxy: ${sentence} See --help.\n`]);
});

async function analytics(t: TestContext): Promise<{ api: ServiceProcess; folder: string }> {
  return { api: await startService(t, "analytics", ["--memory"]), folder: await temporaryFolder(t) };
}

function proxy(t: TestContext, api: ServiceProcess, options: readonly string[]): Promise<ServiceProcess> {
  return startService(t, "proxy", ["--upstream", api.url, ...options]);
}

let files = 0;

async function secretFile(folder: string, content: string | Buffer, mode = 0o600): Promise<string> {
  const path = join(folder, `secret-${++files}`);
  await writeFile(path, content);
  await chmod(path, mode);
  return path;
}
