// A disk that is full, or fails: what cannot be written waits in memory, and what was written stays as it is.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { idsOf, makeEvents } from "./support/events.js";
import { eventsIn, newFolder, openFile } from "./support/folder.js";
import { append } from "./support/programs.js";

// biome-ignore lint/suspicious/noExplicitAny: what stands in the place of a function takes whatever that takes
type Act = (this: any, ...args: any[]) => Promise<unknown>;

test("where a file may be no longer, what does not go into it waits in memory, is said once, and is counted when the queue closes", async (t) => {
  const path = join(newFolder(t), "queue");
  const run = await append(path, { rounds: 9, bytes: 5_000, maxFileBytes: 16_384 });
  assert.deepEqual([run.code, run.errors], [0, ""]);
  const of = (word: string) => run.said.filter((line) => line.word === word).flatMap(({ ids }) => ids);
  assert.deepEqual(of("notice"), ["quota"]);
  const left = of("appended").filter((id) => !of("removed").includes(id));
  const there = idsOf(await eventsIn(path));
  assert.deepEqual(
    [...there, ...of("lost")].sort(),
    left.sort(),
    "each is there or was named, and none twice",
  );
  assert.ok(readFileSync(path).length <= 16_384);
});

test("a write that fails half-way leaves no trace in the file, its events wait in memory, and are written once there is room", async (t) => {
  const path = join(newFolder(t), "queue");
  const disk = await failingDisk(t);
  const clock = t.mock.method(performance, "now", () => 0);
  const { queue, notices } = await openFile(path);
  const stored = makeEvents(3);
  await queue.append(stored);
  const before = readFileSync(path, "utf8");

  disk.failWith("ENOSPC");
  const waiting = makeEvents(3);
  await queue.append(waiting.slice(0, 1));
  await queue.append(waiting.slice(1));
  assert.equal(disk.failures, 1, "a full disk is left alone for a time");
  assert.equal(readFileSync(path, "utf8"), before);
  assert.deepEqual([notices, queue.persistent], [[{ kind: "memory-only", reason: "quota" }], false]);
  assert.deepEqual(await queue.peek(10, 10_000), [...stored, ...waiting]);
  assert.deepEqual(queue.peekNow(10_000), [...stored, ...waiting]);

  clock.mock.mockImplementation(() => 1_500);
  await queue.remove([...stored.slice(0, 1), ...waiting.slice(0, 1)]);
  assert.equal(disk.failures, 2, "then it is tried again");
  assert.equal(await queue.count(), 4);
  disk.heal();
  clock.mock.mockImplementation(() => 3_000);
  const last = makeEvents(1);
  await queue.append(last);
  assert.equal(queue.persistent, true);
  const lines = [`-${stored[0]?.id}`, ...[...waiting.slice(1), ...last].map(({ json }) => `+${json}`)];
  assert.equal(readFileSync(path, "utf8"), `${before}${lines.join("\n")}\n`);
  assert.deepEqual(await queue.close(), [], "nothing is lost");
  assert.equal(notices.length, 1, "said once");
  assert.deepEqual(await eventsIn(path), [...stored.slice(1), ...waiting.slice(1), ...last]);
});

test("what a disk that stays full never took is named when the queue closes", async (t) => {
  const path = join(newFolder(t), "queue");
  const disk = await failingDisk(t);
  const { queue, notices } = await openFile(path);
  const stored = makeEvents(1);
  await queue.append(stored);
  disk.failWith("EIO");
  const lost = makeEvents(2);
  await queue.append(lost);
  assert.deepEqual(notices, [{ kind: "memory-only", reason: "unavailable" }]);
  assert.deepEqual(await queue.close(), idsOf(lost));
  assert.deepEqual(await eventsIn(path), stored);
});

test("a disk that is full when the queue empties is no obstacle: nothing is left in the file", async (t) => {
  const path = join(newFolder(t), "queue");
  const disk = await failingDisk(t);
  const { queue, notices } = await openFile(path);
  const events = makeEvents(5);
  await queue.append(events);
  disk.failWith("ENOSPC");
  await queue.remove(events);
  assert.deepEqual([disk.failures, notices, queue.persistent], [0, [], true]);
  await queue.close();
  assert.deepEqual(await eventsIn(path), []);
});

/** From when it is told on, each write of this process writes half of what it should and then fails. */
async function failingDisk(t: TestContext) {
  const probe = await open(process.execPath, "r");
  const handles: { write: Act } = Object.getPrototypeOf(probe);
  await probe.close();
  const { write } = handles;
  let code: string | undefined;
  let failures = 0;
  handles.write = async function (bytes: Buffer, from: number, length: number, at: number) {
    if (code === undefined) return write.call(this, bytes, from, length, at);
    failures += 1;
    await write.call(this, bytes, from, Math.floor(length / 2), at);
    throw Object.assign(new Error(code), { code });
  };
  const heal = () => {
    code = undefined;
  };
  t.after(() => {
    handles.write = write;
  });
  return {
    get failures() {
      return failures;
    },
    failWith(failure: string) {
      code = failure;
    },
    heal,
  };
}
