import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { DuckDBInstance } from "@duckdb/node-api";
import { openStore, StoreError } from "blindtally-services/analytics";
import { temporaryFolder } from "./support/folders.js";
import { post, results } from "./support/http.js";
import { runCommand, type ServiceProcess, startService } from "./support/processes.js";

test("a restart keeps every count, and goes on counting", async (t) => {
  const database = join(await temporaryFolder(t), "made", "when missing", "events.duckdb");
  const before = await startService(t, "analytics", ["--database", database]);
  await post(`${before.url}/events`, { events: ["a", "__proto__", "a"] });
  assert.deepEqual(await before.end("SIGTERM"), { code: 0, signal: null });

  const after = await startService(t, "analytics", ["--database", database]);
  await post(`${after.url}/event`, { event: "a" });
  assert.deepEqual(await results(after.url), [
    ["__proto__", 1],
    ["a", 3],
  ]);
});

test("a process killed right after its 201 loses nothing, five times in a row", async (t) => {
  const database = join(await temporaryFolder(t), "events.duckdb");
  for (let round = 0; round < 5; round += 1) {
    const service = await startService(t, "analytics", ["--database", database]);
    assert.equal((await post(`${service.url}/event`, { event: "one" })).status, 201);
    assert.equal((await post(`${service.url}/events`, { events: Array(100).fill("many") })).status, 201);
    assert.deepEqual(await service.end("SIGKILL"), { code: null, signal: "SIGKILL" });
  }
  const service = await startService(t, "analytics", ["--database", database]);
  assert.deepEqual(await results(service.url), [
    ["many", 500],
    ["one", 5],
  ]);
});

test("a process killed under load keeps all it has acknowledged and nothing twice or by halves", async (t) => {
  const database = join(await temporaryFolder(t), "events.duckdb");
  const service = await startService(t, "analytics", ["--database", database]);
  const acknowledged = new Set<string>();
  let killed: Promise<unknown> | undefined;
  const batchSize = 20;
  const writer = async (name: string): Promise<void> => {
    for (let index = 0; ; index += 1) {
      const batch = `${name}-${index}`;
      try {
        const { status } = await post(`${service.url}/events`, { events: Array(batchSize).fill(batch) });
        if (status === 201) acknowledged.add(batch);
      } catch {
        return; // The process is gone.
      }
      if (acknowledged.size >= 60) killed ??= service.end("SIGKILL");
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, index) => writer(`writer-${index}`)));
  assert.ok(killed !== undefined);
  await killed;

  const store = await openStore({ file: database });
  t.after(() => store.close());
  const counts = await store.counts();
  for (const batch of acknowledged) assert.equal(counts.get(batch), batchSize, batch);
  for (const [batch, count] of counts) assert.equal(count, batchSize, batch);
  // Each of the eight writers had at most one batch under way.
  assert.ok(counts.size <= acknowledged.size + 8);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal} lets a request that was begun end, leaves no log beside the file and exits with 0`, async (t) => {
    const folder = await temporaryFolder(t);
    const service = await startService(t, "analytics", ["--database", join(folder, "events.duckdb")]);
    const { answer, finish } = await beginRequest(service);
    const ended = service.end(signal);
    // The signal has been handled when no new connection is taken any more.
    while (
      await post(`${service.url}/event`, { event: "other" }).then(
        () => true,
        () => false,
      )
    );
    finish();
    assert.equal(await answer, 201);
    assert.deepEqual(await ended, { code: 0, signal: null });
    assert.deepEqual(await readdir(folder), ["events.duckdb"]);
    const store = await openStore({ file: join(folder, "events.duckdb") });
    t.after(() => store.close());
    assert.equal((await store.counts()).get("begun"), 1);
  });
}

test("a second process on the same file is told so and ends with 1", async (t) => {
  const database = join(await temporaryFolder(t), "events.duckdb");
  await startService(t, "analytics", ["--database", database]);
  const second = await runCommand("analytics", ["--port", "0", "--database", database]);
  assert.equal(second.code, 1);
  assert.equal(
    second.stderr,
    `blindtally-analytics: Cannot open the database ${database}: another process has it open.\n`,
  );
});

test("a file that is no database of events is refused, with the reason, and left as it was", async (t) => {
  const folder = await temporaryFolder(t);
  const text = join(folder, "text.duckdb");
  await writeFile(text, "a text, long enough to be looked at as the header of a database\n".repeat(100));
  const foreign = join(folder, "foreign.duckdb");
  const instance = await DuckDBInstance.create(foreign);
  const connection = await instance.connect();
  await connection.run("CREATE TABLE events (something INTEGER)");
  connection.closeSync();
  instance.closeSync();

  const reasons = [
    [text, "it is not a DuckDB database"],
    [foreign, "it cannot be opened as a database of events"],
    [join(text, "below a file.duckdb"), "its folder cannot be made or used (EEXIST)"],
  ] as const;
  const before = await readFile(text);
  for (const [file, reason] of reasons) {
    await assert.rejects(openStore({ file }), (error) => {
      assert.ok(error instanceof StoreError);
      assert.equal(error.message, reason);
      return true;
    });
  }
  assert.deepEqual(await readFile(text), before);
  const { stderr, code } = await runCommand("analytics", ["--port", "0", "--database", text]);
  assert.deepEqual(
    [code, stderr],
    [1, `blindtally-analytics: Cannot open the database ${text}: it is not a DuckDB database.\n`],
  );
});

/** Sends the head and half of the body of a request, which the service then waits for. */
async function beginRequest(
  service: ServiceProcess,
): Promise<{ answer: Promise<number>; finish: () => void }> {
  const body = '{"event":"begun"}';
  const outgoing = request(`${service.url}/event`, {
    method: "POST",
    headers: { "content-type": "application/json", "content-length": body.length, expect: "100-continue" },
  });
  const answer = new Promise<number>((resolve, reject) => {
    outgoing.on("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    outgoing.on("error", reject);
  });
  // The service says "continue" once it has the head, so the request is known to have begun.
  await new Promise<void>((resolve) => {
    outgoing.once("continue", resolve);
    outgoing.flushHeaders();
  });
  outgoing.write(body.slice(0, 5));
  return { answer, finish: () => outgoing.end(body.slice(5)) };
}
