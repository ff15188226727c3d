import assert from "node:assert/strict";
import { chmod, copyFile, readFile, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createProxy, type KeyLog, SealedKeys } from "blindtally-services/proxy";
import { localAnalytics } from "./support/analytics.js";
import { temporaryFolder } from "./support/folders.js";
import { listen, post, results, send } from "./support/http.js";
import { type SealedFixture, sealKeyset } from "./support/keysets.js";
import { type ServiceProcess, startService } from "./support/processes.js";
import { until } from "./support/until.js";
import { upstream } from "./support/upstreams.js";

const TOTALS = [
  ["a", 2],
  ["b", 1],
];

test("a running proxy takes up each rotation without a restart and without the secret, and the totals stay", async (t) => {
  const { api, proxy, sealed } = await running(t);
  await post(`${proxy.url}/events`, { events: ["a", "a", "b"] });
  // It needed the passphrase once, and not for what follows.
  await writeFile(sealed.passphraseFile, "another one\n");
  for (const revision of [2, 3]) {
    const id = await sealed.change((keyset) => keyset.rotate());
    await inUse(proxy, revision);
    assert.deepEqual(
      await results(proxy.url),
      revision === 2
        ? TOTALS
        : [
            ["a", 3],
            ["b", 1],
          ],
    );
    await post(`${proxy.url}/event`, { event: "a" });
    const newest = [...(await results(api.url))].map(([token]) => keyIdOf(token));
    assert.ok(newest.includes(id), "the next token is under the new key");
  }
  assert.deepEqual(await results(proxy.url), [
    ["a", 4],
    ["b", 1],
  ]);
  const lines = logLines(proxy).filter(({ msg }) => msg === "keyset in use");
  assert.deepEqual(
    lines.map(({ revision, keys }) => [revision, keys]),
    [
      [2, 2],
      [3, 3],
    ],
  );
});

test("SIGHUP does not end a proxy with a sealed keyset, which serves on", async (t) => {
  const { proxy, sealed } = await running(t);
  await post(`${proxy.url}/event`, { event: "a" });
  await sealed.change((keyset) => keyset.rotate());
  proxy.signal("SIGHUP");
  await inUse(proxy, 2);
  proxy.signal("SIGHUP");
  assert.deepEqual(await results(proxy.url), [["a", 1]]);
});

test("a file that cannot be taken leaves the keys in use, is logged by its code alone, and taken once it is mended", async (t) => {
  const { proxy, sealed } = await running(t);
  const first = await readFile(sealed.path);
  await post(`${proxy.url}/events`, { events: ["a", "a", "b"] });
  await sealed.change((keyset) => keyset.rotate());
  await inUse(proxy, 2);

  for (const [code, content, mode] of [
    ["bad-keyset-file", Buffer.from("no keyset"), 0o600],
    ["rollback", first, 0o600],
    ["file-access", first, 0o644],
  ] as const) {
    await replace(sealed.path, content, mode);
    await until(`the line about ${code}`, () => refusals(proxy).includes(code));
    await post(`${proxy.url}/event`, { event: code });
    assert.deepEqual((await results(proxy.url)).slice(0, 2), TOTALS);
    const before = timesInUse(proxy);
    await sealed.restore();
    await until("the line that all is well again", () => timesInUse(proxy) > before);
  }
  assert.deepEqual(refusals(proxy), ["bad-keyset-file", "rollback", "file-access"], "one line for each");
  await sealed.change((keyset) => keyset.rotate());
  await inUse(proxy, 3);
  assert.ok(!proxy.output().includes(sealed.passphrase));
});

test("a request that waits for the upstream while the keys rotate is answered in full", async (t) => {
  let answer = (): void => {};
  const waiting = new Promise<void>((resolve) => {
    answer = resolve;
  });
  let asked = false;
  const folder = await temporaryFolder(t);
  const sealed = await sealKeyset(folder);
  const tokens = await sealed.change((keyset) => keyset.cipher().encryptAll(["a", "b"]));
  const body = JSON.stringify({ results: { [tokens[0] ?? ""]: 3, [tokens[1] ?? ""]: 2 } });
  const api = await upstream(t, async (request, response) => {
    request.resume();
    asked = true;
    await waiting;
    response.writeHead(200, { "content-type": "application/json" }).end(body);
  });
  const proxy = await startService(t, "proxy", ["--upstream", api, ...sealed.options]);
  const reading = send(`${proxy.url}/results`);
  await until("the upstream to be asked", () => asked);
  await sealed.change((keyset) => keyset.rotate());
  await inUse(proxy, 3);
  answer();
  const { status, text } = await reading;
  assert.deepEqual([status, JSON.parse(text)], [200, { results: { a: 3, b: 2 } }]);
});

test("rows under a destroyed key are reported as destroyed-key with the key's id, and the rest is counted", async (t) => {
  const { proxy, sealed } = await running(t);
  await post(`${proxy.url}/events`, { events: ["a", "a"] });
  const former = await sealed.change((keyset) => {
    const id = keyset.primaryKeyId;
    keyset.rotate();
    keyset.destroy(id);
    return id;
  });
  await inUse(proxy, 2);
  await post(`${proxy.url}/event`, { event: "a" });
  const { results: counts, unreadable } = JSON.parse((await send(`${proxy.url}/results`)).text);
  assert.deepEqual(counts, { a: 1 });
  assert.equal(unreadable.length, 1);
  const [{ token, ...row }] = unreadable;
  assert.deepEqual(row, { count: 2, code: "destroyed-key", keyId: former });
  assert.equal(keyIdOf(token), former);
});

test("a change that the system does not tell of, as behind a link, is found by looking", async (t) => {
  const { url, store } = await localAnalytics(t);
  const sealed = await sealKeyset(await temporaryFolder(t));
  const link = join(await temporaryFolder(t), "linked.keyset");
  await symlink(sealed.path, link);
  const keys = await SealedKeys.open(link, { passphrase: sealed.passphrase });
  t.after(() => keys.close());
  const lines: string[] = [];
  const log: KeyLog = {
    info: (_fields, line) => lines.push(line),
    error: (_fields, line) => lines.push(line),
  };
  keys.follow(log, { pollMs: 20 });
  const proxy = await listen(t, createProxy({ upstream: url, keyset: () => keys.keyset }));
  await post(`${proxy}/event`, { event: "a" });
  const id = await sealed.change((keyset) => keyset.rotate());
  await until("the new keys", () => keys.keyset.primaryKeyId === id);
  await post(`${proxy}/event`, { event: "a" });
  assert.deepEqual(await results(proxy), [["a", 2]]);
  assert.equal((await store.counts()).size, 2);
  assert.deepEqual(lines, ["keyset in use"]);
});

test("reloading on demand takes a file at once that nobody watched yet", async (t) => {
  const sealed = await sealKeyset(await temporaryFolder(t));
  const keys = await SealedKeys.open(sealed.path, { passphrase: sealed.passphrase });
  t.after(() => keys.close());
  const id = await sealed.change((keyset) => keyset.rotate());
  await keys.reload();
  assert.notEqual(keys.keyset.primaryKeyId, id, "it is not followed yet");
  keys.follow({ info() {}, error() {} }, { pollMs: 3_600_000, quietMs: 3_600_000 });
  await keys.reload();
  assert.equal(keys.keyset.primaryKeyId, id);
});

/** A proxy process before an API in memory, on a sealed keyset that can be put back as it was last. */
async function running(t: TestContext): Promise<{
  api: ServiceProcess;
  proxy: ServiceProcess;
  sealed: SealedFixture & { restore(): Promise<void> };
}> {
  const folder = await temporaryFolder(t);
  const api = await startService(t, "analytics", ["--memory"]);
  const sealed = await sealKeyset(folder);
  const proxy = await startService(t, "proxy", ["--upstream", api.url, ...sealed.options]);
  const kept = join(folder, "kept");
  const keep = () => copyFile(sealed.path, kept);
  await keep();
  return {
    api,
    proxy,
    sealed: {
      ...sealed,
      async change(change) {
        const result = await sealed.change(change);
        await keep();
        return result;
      },
      async restore() {
        await replace(sealed.path, await readFile(kept), 0o600);
      },
    },
  };
}

/** As an editor or a copy does it: whole, by a rename. */
async function replace(path: string, content: Buffer, mode: number): Promise<void> {
  await writeFile(`${path}.new`, content);
  await chmod(`${path}.new`, mode);
  await rename(`${path}.new`, path);
}

interface LogLine {
  readonly msg?: string;
  readonly code?: string;
  readonly revision?: number;
  readonly keys?: number;
}

function logLines(proxy: ServiceProcess): LogLine[] {
  return proxy
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{") && line.endsWith("}"))
    .map((line): LogLine => JSON.parse(line));
}

function refusals(proxy: ServiceProcess): (string | undefined)[] {
  return logLines(proxy)
    .filter(({ msg }) => msg === "keyset file not taken; the keys in use stay")
    .map(({ code }) => code);
}

function timesInUse(proxy: ServiceProcess): number {
  return logLines(proxy).filter(({ msg }) => msg === "keyset in use").length;
}

async function inUse(proxy: ServiceProcess, revision: number): Promise<void> {
  await until(`revision ${revision} in use`, () =>
    logLines(proxy).some((line) => line.msg === "keyset in use" && line.revision === revision),
  );
}

/** The key id in a token: its first four bytes. */
function keyIdOf(token: string): string {
  return Buffer.from(token.slice("bt1_".length), "base64url").subarray(0, 4).toString("hex");
}
