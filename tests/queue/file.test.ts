// The queue in a file: what stands in it is what SPEC.md section 22 says.

import assert from "node:assert/strict";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isBlindtallyError } from "blindtally";
import { fileQueue } from "blindtally/queue";
import { queueCases } from "./contract.js";
import { idsOf, makeEvents } from "./support/events.js";
import { eventsIn, newFolder, openFile } from "./support/folder.js";

const HEADER = '{"blindtally":"queue","version":1}\n';
const hasCode = (code: string) => (error: unknown) => isBlindtallyError(error) && error.code === code;

for (const { claim, run } of queueCases) {
  for (const sync of [true, false]) {
    test(`${claim} (file${sync ? "" : ", not synced"})`, async (t) => {
      const { queue, notices } = await openFile(join(newFolder(t), "queue"), { sync });
      await run(queue);
      assert.deepEqual([notices, queue.persistent], [[], true]);
      await queue.close();
    });
  }
}

test("a file begins with its first line, then has one line for each event that came and one for each that went", async (t) => {
  const path = join(newFolder(t), "queue");
  const { queue } = await openFile(path);
  const events = makeEvents(3);
  const [first, second, third] = events;
  assert.ok(first && second && third);
  await queue.append([first, second]);
  await queue.append([third]);
  await queue.remove([second]);
  const text = `${HEADER}+${first.json}\n+${second.json}\n+${third.json}\n-${second.id}\n`;
  assert.equal(readFileSync(path, "utf8"), text);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  await queue.remove([first, third]);
  assert.equal(readFileSync(path, "utf8"), HEADER, "nothing waits");
  await queue.close();
});

test("nothing is made before the first event: neither the file nor its lock", async (t) => {
  const folder = newFolder(t);
  const { queue } = await openFile(join(folder, "queue"));
  assert.equal(await queue.count(), 0);
  assert.deepEqual(queue.peekNow(1_000), []);
  assert.deepEqual(readdirSync(folder), []);
  assert.deepEqual(await queue.close(), []);
  assert.deepEqual(readdirSync(folder), []);
});

test("what was not removed is there for the next process, before what that one appends", async (t) => {
  const path = join(newFolder(t), "queue");
  const first = await openFile(path);
  const events = makeEvents(50);
  await first.queue.append(events);
  await first.queue.remove(events.slice(0, 20));
  assert.deepEqual(await first.queue.close(), [], "nothing is lost");
  const next = await openFile(path);
  const more = makeEvents(5);
  await next.queue.append(more);
  assert.deepEqual(await next.queue.peek(100, 100_000), [...events.slice(20), ...more]);
  assert.equal(await next.queue.count(), 35);
  assert.deepEqual(await next.queue.clear(), idsOf([...events.slice(20), ...more]));
  assert.equal(readFileSync(path, "utf8"), HEADER);
  await next.queue.close();
});

test("a file that was cut off anywhere has the events of its whole lines, and goes on from there", async (t) => {
  const folder = newFolder(t);
  const path = join(folder, "queue");
  const events = makeEvents(4, 90);
  const [first, second, third, fourth] = events;
  assert.ok(first && second && third && fourth);
  const lines = [`+${first.json}`, `+${second.json}`, `-${first.id}`, `+${third.json}`, `-${third.id}`];
  const text = Buffer.from(`${HEADER}${lines.map((line) => `${line}\n`).join("")}`);
  const seen = new Set<string>();
  for (let length = 0; length <= text.length; length += 1) {
    writeFileSync(path, text.subarray(0, length));
    const whole = text.toString("latin1", 0, length).split("\n").slice(1, -1);
    const isGone = ({ id }: { id: string }) => whole.includes(`-${id}`);
    const expected = events.filter((event) => whole.includes(`+${event.json}`) && !isGone(event));
    const { queue } = await openFile(path);
    await queue.append([fourth]);
    assert.deepEqual(await queue.peek(10, 10_000), [...expected, fourth], `cut after ${length} bytes`);
    assert.deepEqual(await queue.close(), []);
    assert.deepEqual(await eventsIn(path), [...expected, fourth], `the same from the file, ${length}`);
    seen.add(String(idsOf(expected)));
  }
  assert.equal(seen.size, 5, "none, the first, both, the second, and that with the third");
});

test("events that somebody else wrote are read as they stand, in ASCII, and each once", async (t) => {
  const path = join(newFolder(t), "queue");
  const id = "01a20332-94a5-7aaa-8aaa-000000000001";
  const entry = `{"properties": {"ward": "Übersicht \u{1f48a}", "n": 7}, "id": "${id}", "event": "bt1_x"}`;
  writeFileSync(path, `${HEADER}+${entry}\n+${entry}\n`);
  const [event, ...others] = await eventsIn(path);
  assert.deepEqual(others, []);
  assert.equal(event?.id, id);
  assert.match(event.json, /^[\0-\x7f]*$/);
  assert.deepEqual(JSON.parse(event.json), JSON.parse(entry));
});

const ID = "01a20332-94a5-7aaa-8aaa-000000000001";
const ENTRY = `{"event":"bt1_x","id":"${ID}"}`;
const FOREIGN: readonly (readonly [what: string, text: string | Buffer])[] = [
  ["another version", '{"blindtally":"queue","version":2}\n'],
  ["another first line", '{"version":1,"blindtally":"queue"}\n'],
  ["an empty first line", `\n${HEADER}`],
  ["a text without a line feed", "my notes"],
  ["the first line and more without a line feed", `${HEADER.trimEnd()} `],
  ["a byte order mark", `\ufeff${HEADER}`],
  ["line feeds of Windows", HEADER.replace("\n", "\r\n")],
  ["a line without a sign", `${HEADER}${ENTRY}\n`],
  ["an empty line", `${HEADER}+${ENTRY}\n\n`],
  ["an entry that is no JSON", `${HEADER}+${ENTRY.slice(0, -1)}\n+${ENTRY}\n`],
  ["an entry that is no object", `${HEADER}+"bt1_x"\n`],
  ["an entry that is null", `${HEADER}+null\n`],
  ["an entry without an id", `${HEADER}+{"event":"bt1_x"}\n`],
  ["an id in capitals", `${HEADER}+${ENTRY.replace(ID, ID.toUpperCase())}\n`],
  ["an id of another version", `${HEADER}+${ENTRY.replace("-7aaa", "-4aaa")}\n`],
  ["an entry without an event", `${HEADER}+{"id":"${ID}"}\n`],
  ["properties that are no object", `${HEADER}+${ENTRY.replace("{", '{"properties":7,')}\n`],
  ["a removal without an id", `${HEADER}-\n`],
  ["what is not UTF-8", Buffer.from(`${HEADER}+${ENTRY.replace("bt1_x", "\xff")}\n`, "latin1")],
];

for (const [what, text] of FOREIGN) {
  test(`a file with ${what} is refused with bad-queue, and nothing of it is overwritten`, async (t) => {
    const folder = newFolder(t);
    const path = join(folder, "queue");
    writeFileSync(path, text);
    const before = readFileSync(path);
    const { queue } = await openFile(path);
    await assert.rejects(queue.append(makeEvents(1)), hasCode("bad-queue"));
    await assert.rejects(queue.peek(1, 1), hasCode("bad-queue"));
    await assert.rejects(queue.clear(), hasCode("bad-queue"));
    assert.equal(await queue.count(), 0, "what was refused does not wait");
    assert.deepEqual(queue.peekNow(1_000), []);
    assert.deepEqual(await queue.close(), []);
    assert.deepEqual(readFileSync(path), before);
    assert.deepEqual(readdirSync(folder), ["queue"], "its lock was given back");
  });
}

test("an error of a bad file names its line and nothing that stands in it", async (t) => {
  const path = join(newFolder(t), "queue");
  writeFileSync(path, `${HEADER}+${ENTRY}\n+{"event":"secret-event","id":7}\n`);
  const { queue } = await openFile(path);
  await assert.rejects(queue.peek(1, 1), (error: Error) => {
    assert.match(error.message, /line 3/);
    assert.doesNotMatch(`${error.message}${error.stack}`, /secret-event|bt1_/);
    return true;
  });
});

test("what cannot be a file is refused with file-access, and an empty path with bad-argument", async (t) => {
  const folder = newFolder(t);
  mkdirSync(join(folder, "folder"));
  for (const path of [join(folder, "folder"), join(folder, "missing", "queue")]) {
    const { queue } = await openFile(path);
    await assert.rejects(queue.append(makeEvents(1)), hasCode("file-access"), path);
    await queue.close();
  }
  assert.throws(() => fileQueue(""), hasCode("bad-argument"));
});

test("a file that another queue has open is refused with conflict, by whichever path, and can be had once it is closed", async (t) => {
  const folder = newFolder(t);
  const path = join(folder, "queue");
  const first = await openFile(path);
  await first.queue.append(makeEvents(1));
  symlinkSync(path, join(folder, "link"));
  const second = await openFile(join(folder, "link"));
  const refused = second.queue.append(makeEvents(2));
  // Its turn comes after that of the former, which has begun to wait for the file.
  await new Promise(setImmediate);
  const kept = makeEvents(1);
  const stored = second.queue.append(kept);
  await assert.rejects(refused, hasCode("conflict"));
  assert.deepEqual(second.queue.peekNow(1_000), kept, "what was refused does not wait");
  await first.queue.close();
  await stored;
  assert.deepEqual(idsOf(await second.queue.peek(10, 10_000)).slice(1), idsOf(kept));
  assert.deepEqual(await second.queue.close(), []);
  assert.ok(!existsSync(`${path}.lock`), "the lock was given back");
});

test("a file in which most is past is written anew, with the same events and its own mode", async (t) => {
  const folder = newFolder(t);
  const path = join(folder, "queue");
  const { queue } = await openFile(path, { sync: false });
  const kept = makeEvents(1);
  await queue.append(kept);
  linkSync(path, join(folder, "former"));
  let largest = 0;
  for (let round = 0; round < 60; round += 1) {
    const events = makeEvents(100, 1_000);
    await queue.append(events);
    await queue.remove(events);
    largest = Math.max(largest, statSync(path).size);
  }
  assert.ok(largest > 500_000 && largest < 1_500_000, `at most ${largest} bytes for 6 MB that came and went`);
  assert.notEqual(statSync(path).ino, statSync(join(folder, "former")).ino, "it is another file");
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const last = makeEvents(2);
  await queue.append(last);
  await queue.close();
  assert.deepEqual(await eventsIn(path), [...kept, ...last]);
  assert.deepEqual(readdirSync(folder).sort(), ["former", "queue"], "nothing else is left");
});
