/** The analytics API on a disk that is full for a while. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdir, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { eventId } from "./support/event-ids.js";
import { codeOf, post, results, send, type Wire } from "./support/http.js";
import { type ServiceProcess, startService } from "./support/processes.js";
import { SMALL_DISKS, type SmallDisk } from "./support/small-disks.js";

interface SentEvent {
  readonly event: string;
  readonly id: string;
  readonly properties?: Readonly<Record<string, string>>;
}

/** The length from which the log is written into the file. */
const LOG_BYTES = 16 * 1_048_576;

for (const makeDisk of SMALL_DISKS) {
  test(`${makeDisk.name}: while there is no room, events are refused and results answered; then all is counted once`, async (t) => {
    const disk = await makeDisk(t);
    if (disk === undefined) return t.skip("not on this machine");
    const service = await startOn(t, disk);
    const before = batch(500);
    assert.equal((await post(`${service.url}/events`, { events: before })).status, 201);

    await disk.fill(service.pid);
    const refused = batch(500);
    // Larger than what is left of the last page.
    const large = { event: "a", properties: Object.fromEntries([..."bcdefgh"].map((f) => [f, NOTE])) };
    for (let attempt = 0; attempt < 3; attempt += 1) {
      assertUnavailable(await post(`${service.url}/events`, { events: refused }));
      assertUnavailable(await post(`${service.url}/event`, large));
      assert.deepEqual(await results(service.url), [["a", 500]]);
    }
    assert.equal((await send(`${service.url}/healthz`)).status, 200);

    await disk.setRoom(service.pid);
    const answer = await post(`${service.url}/events`, { events: [...refused, ...before] });
    assert.equal(answer.text, '{"stored":500,"duplicates":500}');
    await service.end("SIGKILL");
    const after = await startOn(t, disk);
    assert.deepEqual(await results(after.url), [["a", 1000]]);
  });

  test(`${makeDisk.name}: a process that starts where there is no room answers results, and takes events when there is`, async (t) => {
    const disk = await makeDisk(t);
    if (disk === undefined) return t.skip("not on this machine");
    const before = batch(500);
    const first = await startOn(t, disk);
    assert.equal((await post(`${first.url}/events`, { events: before })).status, 201);
    await disk.fill(first.pid);
    assertUnavailable(await post(`${first.url}/events`, { events: batch(500) }));
    await first.end("SIGKILL");

    const second = await startOn(t, disk);
    await disk.fill(second.pid);
    assert.deepEqual(await results(second.url), [["a", 500]]);
    assertUnavailable(await post(`${second.url}/events`, { events: batch(500) }));
    // It writes its log into the file when it ends, and finds no room for that either.
    assert.deepEqual(await second.end("SIGTERM"), { code: 0, signal: null });

    const third = await startOn(t, disk);
    await disk.setRoom(third.pid);
    assert.equal(
      (await post(`${third.url}/events`, { events: before })).text,
      '{"stored":0,"duplicates":500}',
    );
    assert.deepEqual(await results(third.url), [["a", 500]]);
  });

  test(`${makeDisk.name}: where the log cannot be written into the file, the service goes on with the file opened anew`, async (t) => {
    const disk = await makeDisk(t);
    if (disk === undefined) return t.skip("not on this machine");
    const service = await startOn(t, disk);
    await disk.setRoom(service.pid, disk.checkpointRoom);
    const sent: SentEvent[] = [];
    const sizes = (): Promise<number[]> => Promise.all(["", ".wal"].map((end) => sizeOf(disk, end)));
    // The first log goes into the file. For the second there is no room in it; what it confirms until there is none for
    // the log either counts too.
    let refused: SentEvent[] | undefined;
    while (refused === undefined) {
      const events = batch(700, 1000);
      const answer = await post(`${service.url}/events`, { events });
      if (answer.status === 201) sent.push(...events);
      else {
        assertUnavailable(answer);
        refused = events;
      }
    }
    const [file = 0, log = 0] = await sizes();
    assert.ok(file > LOG_BYTES / 2, "the first log is not in the file");
    assert.ok(log > LOG_BYTES, "the second log was never too long");
    assert.equal(await timesOpen(service.pid, join(disk.folder, DATABASE)), 1);
    assert.deepEqual(await results(service.url), [["a", sent.length]]);

    await disk.setRoom(service.pid);
    assert.equal((await post(`${service.url}/events`, { events: refused })).status, 201);
    for (let index = 0; index < sent.length; index += 700) {
      const answer = await post(`${service.url}/events`, { events: sent.slice(index, index + 700) });
      assert.equal(JSON.parse(answer.text).stored, 0);
    }
    assert.deepEqual(await service.end("SIGTERM"), { code: 0, signal: null });
    const after = await startOn(t, disk);
    assert.deepEqual(await results(after.url), [["a", sent.length + refused.length]]);
  });
}

const NOTE = "n".repeat(1000);
const DATABASE = "events.duckdb";

async function startOn(t: TestContext, disk: SmallDisk): Promise<ServiceProcess & { readonly pid: number }> {
  let pid: number | undefined;
  const service = await startService(t, "analytics", ["--database", join(disk.folder, DATABASE)], {
    env: disk.env,
    meanwhile: (child) => {
      pid = child.pid;
    },
  });
  assert.ok(pid !== undefined);
  return Object.assign(service, { pid });
}

/** Events of one name, each with an id and as much beside it that cannot be compressed. */
function batch(size: number, bytes = 30): SentEvent[] {
  return Array.from({ length: size }, () => ({
    event: "a",
    id: eventId(),
    properties: { note: randomBytes(bytes / 2).toString("hex") },
  }));
}

function assertUnavailable(answer: Wire): void {
  assert.deepEqual([answer.status, codeOf(answer)], [503, "storage-unavailable"]);
  assert.equal(answer.headers.get("retry-after"), "5");
}

async function sizeOf({ folder }: SmallDisk, end: string): Promise<number> {
  return stat(join(folder, DATABASE + end)).then(
    ({ size }) => size,
    () => 0,
  );
}

/** How many descriptors of a process lead to the file: two databases on one file would destroy each other's work. */
async function timesOpen(pid: number, file: string): Promise<number> {
  const folder = `/proc/${pid}/fd`;
  const targets = await Promise.all(
    (await readdir(folder)).map((name) => readlink(join(folder, name)).catch(() => "")),
  );
  return targets.filter((target) => target === file).length;
}
