// A process that is killed in the middle of anything: what it said to be stored is there for the next one, once.

import assert from "node:assert/strict";
import { copyFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { idsOf, makeEvents } from "./support/events.js";
import { eventsIn, newFolder, openFile } from "./support/folder.js";
import { append, holdsWhatWasSaid } from "./support/programs.js";

test("a kill -9 before every change that a queue makes, and within every write, loses nothing and doubles nothing", async (t) => {
  const before = makeEvents(2);
  const start = join(newFolder(t), "queue");
  const first = await openFile(start);
  await first.queue.append(before);
  await first.queue.close();

  const whole = await append(copy(start, join(newFolder(t), "queue")), { rounds: 3 });
  assert.deepEqual([whole.code, whole.errors], [0, ""]);
  const changes = Number(whole.said.find(({ word }) => word === "changes")?.ids[0]);
  assert.ok(changes > 20, `${changes} changes were seen`);

  const ends = new Set<number>();
  for (let step = 1; step <= changes; step += 1) {
    for (const kill of [{ killBefore: step }, { killWithin: step }]) {
      const path = copy(start, join(newFolder(t), "queue"));
      const run = await append(path, { rounds: 3, ...kill });
      assert.equal(run.errors, "");
      if (run.signal === null) continue;
      assert.equal(run.signal, "SIGKILL");
      const there = await holdsWhatWasSaid(path, idsOf(before), run, JSON.stringify(kill));
      ends.add(there.length);
      assert.deepEqual(readdirSync(join(path, "..")), ["queue"], "nothing is left behind");
    }
  }
  assert.ok(ends.size >= 4, `kills came at different moments: ${[...ends]}`);
});

test("a kill -9 while a file is written anew leaves the one file or the other, with the same events", async (t) => {
  const start = join(newFolder(t), "queue");
  const kept = makeEvents(1);
  const past = makeEvents(2_000, 500);
  const gone = past.map(({ id }) => `-${id}\n`).join("");
  const lines = [...kept, ...past].map(({ json }) => `+${json}\n`).join("");
  writeFileSync(start, `{"blindtally":"queue","version":1}\n${lines}${gone}`, { mode: 0o600 });

  const whole = copy(start, join(newFolder(t), "queue"));
  const { said, errors } = await append(whole);
  assert.equal(errors, "");
  assert.ok(statSync(whole).size < 10_000, "it was written anew");
  const changes = Number(said.find(({ word }) => word === "changes")?.ids[0]);
  const sizes = new Set<boolean>();
  for (let step = 1; step <= changes; step += 1) {
    for (const kill of [{ killBefore: step }, { killWithin: step }]) {
      const path = copy(start, join(newFolder(t), "queue"));
      const run = await append(path, kill);
      if (run.signal === null) continue;
      sizes.add(statSync(path).size > 1_000_000);
      await holdsWhatWasSaid(path, idsOf(kept), run, JSON.stringify(kill));
    }
  }
  assert.equal(sizes.size, 2, "kills came before and after");
});

test("processes that are killed at any moment, one after the other, hand on what waits", async (t) => {
  const path = join(newFolder(t), "queue");
  let before: readonly string[] = [];
  let killed = 0;
  for (let round = 0; round < 12; round += 1) {
    const run = await append(path, {
      rounds: 1_000_000,
      onLines: (child, lines) => lines > 5 + round * 17 && child.kill("SIGKILL"),
    });
    assert.deepEqual([run.signal, run.errors], ["SIGKILL", ""]);
    killed += 1;
    before = await holdsWhatWasSaid(path, before, run, `process ${round}`);
  }
  assert.equal(killed, 12);
  assert.deepEqual(idsOf(await eventsIn(path)), before);
});

function copy(from: string, to: string): string {
  copyFileSync(from, to);
  return to;
}
