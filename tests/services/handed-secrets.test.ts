// Secrets of a sealed keyset that stand in no regular file: pipes, standard input, descriptors.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Keyset } from "blindtally";
import { KeysetFile } from "blindtally/sealed";
import { createKeysetFile } from "blindtally/store";
import { temporaryFolder } from "./support/folders.js";
import { post, results } from "./support/http.js";
import { writeKeyFile } from "./support/keys.js";
import { CHEAP, sealKeyset } from "./support/keysets.js";
import { runCommand, type ServiceProcess, startService } from "./support/processes.js";
import { until } from "./support/until.js";

for (const [descriptor, option] of [
  [0, ["--passphrase-stdin"]],
  [3, ["--passphrase-fd", "3"]],
  [0, ["--passphrase-fd", "0"]],
] as const) {
  test(`a proxy takes the passphrase handed to it with ${option.join(" ")}, and rotates without it`, async (t) => {
    const api = await startService(t, "analytics", ["--memory"]);
    const sealed = await sealKeyset(await temporaryFolder(t));
    const input = { descriptor, text: `${sealed.passphrase}\n` };
    const args = ["--upstream", api.url, "--keyset", sealed.path, ...option];
    const proxy = await startService(t, "proxy", args, { input });
    await post(`${proxy.url}/event`, { event: "a" });
    await sealed.change((keyset) => keyset.rotate());
    await inUse(proxy, 2);
    await post(`${proxy.url}/event`, { event: "a" });
    assert.deepEqual(await results(proxy.url), [["a", 2]]);
    assert.ok(!proxy.output().includes(sealed.passphrase));
    assert.deepEqual(await proxy.end("SIGTERM"), { code: 0, signal: null });
  });
}

test("a handed passphrase is refused with the reason when it is missing, empty, of two lines, too long or no UTF-8", async (t) => {
  const { path } = await sealKeyset(await temporaryFolder(t));
  const keyset = ["--upstream", "http://127.0.0.1:9", "--keyset", path];
  for (const [text, reason] of [
    ["", "it is empty"],
    ["\n", "it is empty"],
    ["secret\nsecret", "it has more than one line"],
    ["x".repeat(16_385), "it is longer than 16384 bytes"],
    [Buffer.from([0xff]), "it is not UTF-8"],
  ] as const) {
    for (const [descriptor, option, what] of [
      [0, ["--passphrase-stdin"], "from standard input"],
      [3, ["--passphrase-fd", "3"], "from the descriptor"],
    ] as const) {
      const { code, stderr } = await runCommand("proxy", [...keyset, ...option], {}, { descriptor, text });
      assert.deepEqual(
        [code, stderr],
        [1, `blindtally-proxy: Cannot use the passphrase ${what}: ${reason}.\n`],
      );
    }
  }
  const { code, stderr } = await runCommand("proxy", [...keyset, "--passphrase-fd", "999"]);
  const sentence = "Cannot use the passphrase from the descriptor: it is not open.";
  assert.deepEqual([code, stderr], [1, `blindtally-proxy: ${sentence}\n`]);
});

for (const kind of ["passphrase", "kek"] as const) {
  test(`a proxy reads its ${kind} from a named pipe, and waits until it is written`, async (t) => {
    const folder = await temporaryFolder(t);
    const kek = randomBytes(32);
    const { path, passphrase } = await sealKeyset(folder, { slots: [{ raw: Uint8Array.from(kek) }] });
    const pipe = namedPipe(folder);
    const api = await startService(t, "analytics", ["--memory"]);
    const args = ["--upstream", api.url, "--keyset", path, `--${kind}-file`, pipe];
    const starting = startService(t, "proxy", args);
    const writer = await open(pipe, "w");
    await writer.write(kind === "kek" ? kek : Buffer.from(passphrase));
    await writer.close();
    const { url } = await starting;
    await post(`${url}/event`, { event: "a" });
    assert.deepEqual(await results(url), [["a", 1]]);
  });
}

test("a passphrase is measured in its normal form: 1024 bytes of it open the keyset, 1026 are bad-passphrase", async (t) => {
  const folder = await temporaryFolder(t);
  // Two bytes each when composed, three when not.
  const decomposed = (length: number) => "e\u0301".repeat(length / 2);
  const path = join(folder, "team.keyset");
  const file = await KeysetFile.create(Keyset.generate());
  await file.addSlot({ passphrase: decomposed(1_024), cost: CHEAP });
  (await createKeysetFile(path, file)).dispose();
  const keyset = ["--upstream", "http://api.example", "--keyset", path, "--passphrase-stdin"];
  const run = (text: string) => runCommand("proxy", keyset, {}, { descriptor: 0, text });
  // The upstream is refused once the keyset is open.
  const opened = await run(decomposed(1_024));
  assert.deepEqual([opened.code, /--upstream is refused/.test(opened.stderr)], [2, true], opened.stderr);
  const refused = await run(decomposed(1_026));
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^blindtally-proxy: Cannot open the keyset file \(bad-passphrase\): .+\.\n$/);
});

test("SIGHUP does not end a proxy that is still opening its keyset", async (t) => {
  const folder = await temporaryFolder(t);
  const { path, passphrase } = await sealKeyset(folder);
  const pipe = namedPipe(folder);
  let hangUp = (): void => {};
  const args = ["--upstream", "http://127.0.0.1:9", "--keyset", path, "--passphrase-file", pipe];
  const starting = startService(t, "proxy", args, {
    meanwhile(child) {
      hangUp = () => void child.kill("SIGHUP");
    },
  });
  const ended = starting.catch((error: Error) => error);
  // Opens when the proxy has opened the other end: it is waiting for its passphrase then.
  const writer = await open(pipe, "w");
  hangUp();
  await writer.write(`${passphrase}\n`);
  await writer.close();
  const proxy = await ended;
  assert.ok(!(proxy instanceof Error), String(proxy));
  // It answers: what was to be shown. It ends in order once all of it is there, which is a moment after it listens.
  assert.equal((await fetch(`${proxy.url}/healthz`)).status, 200);
  assert.deepEqual(await proxy.end("SIGTERM"), { code: 0, signal: null });
});

test("SIGHUP does not end a proxy with a key file, which goes on with the keys it has", async (t) => {
  const api = await startService(t, "analytics", ["--memory"]);
  const keyFile = await writeKeyFile(await temporaryFolder(t));
  const proxy = await startService(t, "proxy", ["--upstream", api.url, "--key-file", keyFile]);
  await post(`${proxy.url}/event`, { event: "a" });
  proxy.signal("SIGHUP");
  assert.deepEqual(await results(proxy.url), [["a", 1]]);
  assert.deepEqual(await proxy.end("SIGTERM"), { code: 0, signal: null });
});

function namedPipe(folder: string): string {
  const path = join(folder, "pipe");
  execFileSync("mkfifo", ["-m", "600", path]);
  return path;
}

async function inUse(proxy: ServiceProcess, revision: number): Promise<void> {
  const line = new RegExp(`"revision":${revision},.*"msg":"keyset in use"`);
  await until(`revision ${revision} in use`, () => line.test(proxy.output()));
}
