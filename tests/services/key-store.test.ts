import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readdir, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { awsKms } from "blindtally/aws-kms";
import { temporaryFolder } from "./support/folders.js";
import { post, results } from "./support/http.js";
import { keyStore } from "./support/key-store.js";
import { sealKeyset } from "./support/keysets.js";
import { runCommand, startService } from "./support/processes.js";

const ARN = "arn:aws:kms:eu-central-1:123456789012:key/2";

test("a proxy opens a sealed keyset with a key of AWS KMS, in the region that the ARN says, and not with another one", async (t) => {
  const store = await keyStore(t);
  if (store === undefined) {
    t.skip("there is no moto_server on this machine; MOTO_SERVER says where it is");
    return;
  }
  const keyId = await store.makeKey();
  const other = await store.makeKey();
  const wrapper = awsKms({ client: store.client, keyId });
  const { path, change } = await sealKeyset(await temporaryFolder(t), { slots: [{ wrapper }] });
  const api = await startService(t, "analytics", ["--memory"]);
  const args = ["--upstream", api.url, "--keyset", path, "--kms-key"];
  const { env } = store;
  const proxy = await startService(t, "proxy", [...args, keyId], { env });
  await post(`${proxy.url}/event`, { event: "a" });
  await change((keyset) => keyset.rotate());
  const again = await startService(t, "proxy", [...args, keyId], { env });
  await post(`${again.url}/event`, { event: "a" });
  assert.deepEqual(await results(again.url), [["a", 2]]);

  const refused = await runCommand("proxy", [...args, other], env);
  assert.equal(refused.code, 1);
  assert.match(
    lastLine(refused.stderr),
    /^blindtally-proxy: Cannot open the keyset file \(key-store\): .+\.$/,
  );
  assert.deepEqual(await proxy.end("SIGTERM"), { code: 0, signal: null });
});

test("a keyset file without a slot of a key store is refused as unknown-slot, and none is asked", async (t) => {
  const { path } = await sealKeyset(await temporaryFolder(t));
  const args = ["--upstream", "http://127.0.0.1:9", "--keyset", path, "--kms-key"];
  const { code, stderr } = await runCommand("proxy", [...args, ARN], {});
  assert.equal(code, 1);
  assert.match(lastLine(stderr), /^blindtally-proxy: Cannot open the keyset file \(unknown-slot\): .+\.$/);
});

test("where the SDK of AWS is not installed, --kms-key says what to install, and nothing else needs it", async (t) => {
  const folder = await temporaryFolder(t);
  const { options, path } = await sealKeyset(folder);
  const proxy = await installedWithout("@aws-sdk", folder);
  const upstream = ["--upstream", "http://api.example"];
  const missing = await proxy(...upstream, "--keyset", path, "--kms-key", ARN);
  const sentence = "--kms-key needs the package @aws-sdk/client-kms: npm install @aws-sdk/client-kms.";
  assert.deepEqual(missing, { code: 1, stderr: `blindtally-proxy: ${sentence}\n` });
  // With its passphrase the keyset opens there, and what is refused comes after that.
  const opened = await proxy(...upstream, ...options);
  assert.deepEqual([opened.code, /--upstream is refused/.test(opened.stderr)], [2, true], opened.stderr);
});

/** The command in a folder of packages that has all that this one has, but for one scope. */
async function installedWithout(
  scope: string,
  folder: string,
): Promise<(...args: string[]) => Promise<{ code: number; stderr: string }>> {
  const services = createRequire(import.meta.url).resolve("blindtally-services/package.json");
  const packages = join(dirname(services), "..", "node_modules");
  const installed = join(folder, "node_modules");
  await mkdir(installed);
  for (const name of await readdir(packages))
    if (name !== scope) await symlink(join(packages, name), join(installed, name));
  const main = join(installed, "blindtally-services", "dist", "proxy", "main.js");
  const flags = ["--preserve-symlinks", "--preserve-symlinks-main"];
  return (...args) =>
    new Promise((resolve) => {
      execFile(process.execPath, [...flags, main, ...args], { timeout: 20_000 }, (error, _stdout, stderr) =>
        resolve({ code: typeof error?.code === "number" ? error.code : 0, stderr }),
      );
    });
}

/** The SDK may say something of its own before. */
function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
