/** Files of the version that knew no ids. */
import assert from "node:assert/strict";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { DuckDBInstance } from "@duckdb/node-api";
import { openStore } from "blindtally-services/analytics";
import { eventId } from "./support/event-ids.js";
import { temporaryFolder } from "./support/folders.js";
import { post, results } from "./support/http.js";
import { startService } from "./support/processes.js";

/** As that version made its file, word by word. */
const FORMER_TABLE = `
  CREATE SEQUENCE IF NOT EXISTS event_ids;
  CREATE TABLE IF NOT EXISTS events (
    id BIGINT NOT NULL DEFAULT nextval('event_ids'),
    received_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    event VARCHAR NOT NULL
  );`;
const FORMER_INSERT = "INSERT INTO events (event) SELECT unnest($1::VARCHAR[])";

test("a file of the former version opens, keeps its counts, and takes ids and properties", async (t) => {
  const file = join(await temporaryFolder(t), "events.duckdb");
  await writeFormer(file, "INSERT INTO events (event) VALUES ('a'), ('\ufeffa'), ('a'), ('__proto__')");
  const store = await openStore({ file });
  t.after(() => store.close());
  const former: [string, number][] = [
    ["a", 2],
    ["__proto__", 1],
    ["\ufeffa", 1],
  ];
  assert.deepEqual([...(await store.counts())], former);
  const entry = { event: "a", id: eventId(), properties: { ward: "7b" } };
  assert.equal(await store.append([entry, entry]), 1);
  assert.equal(await store.append([entry]), 0);
  assert.equal((await store.counts()).get("a"), 3);
  assert.deepEqual(await store.countsBy("ward"), [{ event: "a", value: "7b", count: 1 }]);
});

test("a former file whose writer was killed, with its events only in the log, keeps its counts", async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, "events.duckdb");
  const killed = join(folder, "killed.duckdb");
  await writeFormer(file, "INSERT INTO events (event) VALUES ('a'), ('b'), ('a')", async () => {
    // What a killed process leaves: the file as it was before, and the log.
    await copyFile(file, killed);
    await copyFile(`${file}.wal`, `${killed}.wal`);
  });
  const store = await openStore({ file: killed });
  t.after(() => store.close());
  assert.deepEqual(
    [...(await store.counts())],
    [
      ["a", 2],
      ["b", 1],
    ],
  );
});

test("a process that is killed as soon as it has opened a former file loses and doubles nothing", async (t) => {
  const file = join(await temporaryFolder(t), "events.duckdb");
  await writeFormer(file, "INSERT INTO events (event) SELECT 'e' || (range % 10) FROM range(300000)");
  const expected = Array.from({ length: 10 }, (_, index) => [`e${index}`, 30_000]);
  for (let round = 0; round < 3; round += 1) {
    const service = await startService(t, "analytics", ["--database", file]);
    if (round === 2) assert.deepEqual(await results(service.url), expected);
    await service.end("SIGKILL");
  }
});

test("what the former version stores after the newer one has had the file is counted by the newer one too", async (t) => {
  const file = join(await temporaryFolder(t), "events.duckdb");
  await writeFormer(file, "INSERT INTO events (event) VALUES ('a')");
  for (let round = 1; round <= 2; round += 1) {
    const service = await startService(t, "analytics", ["--database", file]);
    await post(`${service.url}/events`, { events: [{ event: "a", id: eventId() }] });
    assert.deepEqual(await results(service.url), [["a", 2 * round]]);
    await service.end("SIGTERM");
    await writeFormer(file, "INSERT INTO events (event) VALUES ('a')");
  }
});

/** Opens a file as the former version did, and does what a statement says. */
async function writeFormer(
  file: string,
  statement: string,
  beforeClosing: () => Promise<void> = async () => {},
): Promise<void> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  try {
    await connection.run(FORMER_TABLE);
    await connection.run(statement);
    // Its statement too, as it is prepared at each start.
    await connection.prepare(FORMER_INSERT);
    await beforeClosing();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
