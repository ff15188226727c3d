import assert from "node:assert/strict";
import { chmod, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { deploy } from "./support/deployments.js";
import { temporaryFolder } from "./support/folders.js";
import { exchange, post, results, send } from "./support/http.js";
import { freshKey, writeKeyFile } from "./support/keys.js";
import { runCommand, startService } from "./support/processes.js";

test("a proxy starts with the key file it generated, given by option or by the environment", async (t) => {
  const { api, folder } = await deploy(t);
  const keyFile = join(folder, "generated.key");
  const made = await runCommand("proxy", ["--generate-key-file", keyFile]);
  assert.deepEqual([made.code, made.stderr], [0, ""]);
  assert.match(made.stdout, /^Made the key file\. The id of its key is [0-9a-f]{8}\.\n$/);
  const again = await runCommand("proxy", ["--generate-key-file", keyFile]);
  assert.deepEqual(
    [again.code, again.stderr],
    [
      1,
      "blindtally-proxy: Cannot make the key file: there is a file already, and it is never overwritten.\n",
    ],
  );

  const byOption = await startService(t, "proxy", ["--upstream", api.url, "--key-file", keyFile]);
  const byEnvironment = await startService(t, "proxy", ["--upstream", api.url], {
    env: { BLINDTALLY_KEY_FILE: keyFile },
  });
  for (const { url } of [byOption, byEnvironment]) await post(`${url}/event`, { event: "a" });
  assert.deepEqual(await results(byOption.url), [["a", 2]]);
});

test("a proxy with a key file that others can read says what to do, ends with 1 and repeats no key", async (t) => {
  const folder = await temporaryFolder(t);
  const key = freshKey();
  const keyFile = await writeKeyFile(folder, { text: key, mode: 0o644 });
  const args = ["--upstream", "http://127.0.0.1:9", "--key-file"];
  const open = await runCommand("proxy", [...args, keyFile]);
  assert.deepEqual(
    [open.code, open.stderr],
    [
      1,
      "blindtally-proxy: Cannot use the key file: its mode is 0644, and must be 0600 or 0400; run chmod 600 on it.\n",
    ],
  );
  const keyAsPath = await runCommand("proxy", [...args, key]);
  assert.deepEqual(
    [keyAsPath.code, keyAsPath.stderr],
    [1, "blindtally-proxy: Cannot use the key file: there is no such file or folder.\n"],
  );
});

test("a proxy whose key moved to a later line still reads what it wrote, and adds the counts", async (t) => {
  const { api, keyFile, startProxy } = await deploy(t);
  const before = await startProxy();
  await post(`${before.url}/events`, { events: ["a", "a", "b"] });
  await before.end("SIGTERM");
  await writeFile(keyFile, `${freshKey()}\n${await readFile(keyFile, "latin1")}`);
  await chmod(keyFile, 0o400);
  const after = await startProxy();
  await post(`${after.url}/event`, { event: "a" });
  assert.deepEqual(await results(after.url), [
    ["a", 3],
    ["b", 1],
  ]);
  assert.equal((await results(api.url)).length, 3);
});

test("--context gives tokens of that context", async (t) => {
  const { api, keyFile } = await deploy(t);
  const labels = ["--context", "tenant-1", "--context", "event"];
  const proxy = await startService(t, "proxy", ["--upstream", api.url, "--key-file", keyFile, ...labels]);
  await post(`${proxy.url}/event`, { event: "a" });
  const other = await startService(t, "proxy", ["--upstream", api.url, "--key-file", keyFile]);
  assert.deepEqual(await results(proxy.url), [["a", 1]]);
  assert.deepEqual(await results(other.url), []);
});

test("a proxy outlives its upstream, and serves again when that is back", async (t) => {
  const { api, folder, startProxy } = await deploy(t);
  const proxy = await startProxy();
  await post(`${proxy.url}/event`, { event: "a" });
  await api.end("SIGKILL");
  assert.equal((await post(`${proxy.url}/event`, { event: "a" })).status, 502);
  const { port } = new URL(api.url);
  const back = await startService(t, "analytics", ["--database", join(folder, "events.duckdb")], { port });
  assert.equal(back.url, api.url);
  await post(`${proxy.url}/event`, { event: "a" });
  assert.deepEqual(await results(proxy.url), [["a", 2]]);
});

test("no log, and no file of the vendor, holds a name or a key; no log holds a token, a header or a query", async (t) => {
  const { api, folder, keyFile, startProxy } = await deploy(t);
  const proxy = await startProxy();
  const names = ["secret-event-a", "secret-event-b"];
  await post(`${proxy.url}/event`, { event: names[0] });
  await post(`${proxy.url}/events`, { events: names }, "text/plain");
  const tokens = (await results(api.url)).map(([token]) => token);
  assert.equal(tokens.length, 2);
  const authorization = "Bearer secret-event-a-credential";
  for (const { url } of [api, proxy]) {
    await send(`${url}/results?name=secret-event-a`, {
      headers: { authorization, cookie: "secret-event-a" },
    });
    await send(`${url}/secret-event-a`);
    await send(`${url}/secret-event-a/%zz`);
    await send(`${url}/event?secret-event-a`, { method: "PUT", body: "secret-event-a" });
    await post(`${url}/event`, '{"event":"secret-event-a"');
    await post(`${url}/event`, { event: ["secret-event-a"] });
    await post(`${url}/event`, { event: "secret-event-a", "secret-event-a": 1 });
    await post(`${url}/event`, { event: `secret-event-a${"x".repeat(1024)}` });
    await post(`${url}/event`, '{"event":"secret-event-a\\ud800"}');
    await post(`${url}/event`, { event: "secret-event-a" }, "application/secret-event-a");
    await exchange(url, "GET /secret-event-a HTTP/1.1\r\nsecret-event-a\r\n\r\n");
  }
  await post(`${proxy.url}/event`, { event: `secret-event-a${"x".repeat(239)}` });
  await api.end("SIGTERM");
  await post(`${proxy.url}/event`, { event: "secret-event-a" });
  await send(`${proxy.url}/results`);
  await proxy.end("SIGTERM");

  const key = (await readFile(keyFile, "latin1")).trim();
  const logs = { api: api.output(), proxy: proxy.output() };
  for (const [service, log] of Object.entries(logs)) {
    for (const line of log.trim().split("\n")) JSON.parse(line);
    for (const secret of [
      "secret",
      ...tokens,
      "bt1_",
      key,
      key.toUpperCase(),
      Buffer.from(key, "hex").toString("base64url"),
    ]) {
      assert.ok(!log.includes(secret), `the log of ${service} holds ${secret.slice(0, 6)}`);
    }
    const requests = log.split("\n").filter((line) => line.includes('"msg":"request"'));
    assert.ok(requests.length > 12, log);
    for (const line of requests) {
      const { method, route, status, ms, reqId } = JSON.parse(line);
      assert.match(method, /^[A-Z]+$/);
      assert.ok(["/event", "/events", "/results", "/healthz", "unknown"].includes(route), route);
      assert.ok(Number.isInteger(status) && status >= 200);
      assert.ok(typeof ms === "number" && ms >= 0);
      assert.match(reqId, /^[0-9a-f-]{36}$/);
    }
  }
  // The failure is in the proxy's log all the same, with what an operator needs.
  const refused = logs.proxy.split("\n").filter((line) => line.includes('"code":"upstream-unavailable"'));
  assert.equal(refused.length, 2);
  for (const line of refused) assert.equal(JSON.parse(line).error.code, "ECONNREFUSED");

  const files = (await readdir(folder)).filter((name) => name !== "proxy.key");
  assert.deepEqual(files, ["events.duckdb"]);
  const database = await readFile(join(folder, "events.duckdb"));
  // What was posted to the API in clear above was refused by it, so nothing of it may be in its file.
  for (const secret of [...names, key]) assert.ok(!database.includes(secret));
  assert.ok(
    tokens.every((token) => database.includes(token.slice(0, 12))),
    "the scan reads the wrong file",
  );
});
