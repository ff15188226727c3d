// A process that is killed while it saves, at every step: afterwards there is the one file or the other, and whoever
// comes next opens it and saves.

import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { KeysetFile } from "blindtally/sealed";
import { changesIn, copyOf, newFolder, type Place, place, type Run, rotate } from "./support/stored.js";

test("a kill -9 before every change of a save, and within every write, loses no key", async (t) => {
  const before = await place(t);
  const changes = await tracedChanges(t, before);
  assert.ok(changes.length > 20, `${changes.length} changes were seen`);
  assert.ok(changes.some(({ act }) => act === "rename") && changes.some(({ act }) => act === "sync-folder"));

  const ends = new Set<string>();
  for (let step = 1; step <= changes.length; step += 1) {
    ends.add(await survives(t, before, { killBefore: step }));
    if (changes[step - 1]?.act === "write") ends.add(await survives(t, before, { killWithin: step }));
  }
  assert.deepEqual([...ends].sort(), ["new", "old"], "kills came before and after the file was replaced");
});

test("a kill -9 while the lock of a killed process is broken leaves nobody locked out", async (t) => {
  const before = await place(t);
  const changes = await tracedChanges(t, before);
  const locked = changes.findIndex((change) => change.act === "link" && change.to.endsWith(".lock"));
  assert.equal((await rotate(before, { killBefore: locked + 2 })).signal, "SIGKILL");
  assert.ok(readdirSync(before.folder).includes("keys.sealed.lock"), "the lock was left behind");

  const breaking = await tracedChanges(t, before);
  const broken = breaking.findIndex(
    (change) => change.act === "remove" && change.path === `${before.path}.lock`,
  );
  assert.ok(broken > 0, "the lock is broken before anything is written");
  for (let step = 1; step <= broken + 8; step += 1) await survives(t, before, { killBefore: step });
});

test("what killed processes have left behind is gone after the next save", async (t) => {
  const here = await place(t);
  const changes = await tracedChanges(t, here);
  const locked = changes.findIndex((change) => change.act === "link" && change.to.endsWith(".lock"));
  const replaced = changes.findIndex((change) => change.act === "rename" && change.to === here.path);
  const before = Array.from({ length: locked + 1 }, (_, step) => step + 1);
  for (const step of [
    ...before,
    locked + 2,
    replaced - 3,
    replaced - 1,
    replaced + 1,
    replaced + 2,
    changes.length,
  ]) {
    assert.equal((await rotate(here, { killBefore: step })).signal, "SIGKILL");
    const stored = await here.open();
    await stored.save();
    stored.dispose();
    const names = ["keys.sealed", "keys.sealed.previous", "keys.sealed.seen", "raw-key"];
    assert.deepEqual(readdirSync(here.folder).sort(), names, `after a kill before change ${step}`);
  }
});

test("what was killed on its way to a lock, or while it broke one, is gone after the next save", async (t) => {
  const here = await place(t);
  const changes = await tracedChanges(t, here);
  const writes = changes.flatMap(({ act }, index) => (act === "write" ? [index + 1] : []));
  assert.equal((await rotate(here, { killWithin: writes[0] as number })).signal, "SIGKILL");
  assert.ok(leftovers(here).length > 0, "a lock was half written");
  const locked = changes.findIndex((change) => change.act === "link" && change.to.endsWith(".lock"));
  assert.equal((await rotate(here, { killBefore: locked + 2 })).signal, "SIGKILL");
  const breaking = await tracedChanges(t, here);
  const broken = breaking.findIndex(
    (change) => change.act === "remove" && change.path === `${here.path}.lock`,
  );
  for (let step = 1; step <= broken + 3; step += 1) {
    const copy = copyOf(t, here);
    assert.equal((await rotate(copy, { killBefore: step })).signal, "SIGKILL");
    const stored = await copy.open();
    await stored.save();
    stored.dispose();
    assert.deepEqual(leftovers(copy), [], `after a kill before change ${step}`);
  }
});

test("what another machine, or a living process, is about to put in the place of a lock stays", async (t) => {
  const here = await place(t);
  const holder = {
    host: "elsewhere",
    boot: "x",
    pids: "pid:[1]",
    pid: 1,
    started: "1",
    token: "0123456789abcdef",
  };
  const names = ["keys.sealed.lock.0123456789abcdef", "keys.sealed.lock.0123456789abcdef.tmp"];
  for (const name of names) writeFileSync(join(here.folder, name), JSON.stringify(holder));
  for (const name of ["keys.sealed.lock.mine.tmp", "keys.sealed.lock.txt"]) {
    writeFileSync(join(here.folder, name), "");
    names.push(name);
  }
  const stored = await here.open();
  await stored.save();
  assert.deepEqual(leftovers(here), names.sort());
});

const leftovers = ({ folder }: Place): string[] =>
  readdirSync(folder)
    .filter((name) => name.includes(".lock"))
    .sort();

type Ends = Parameters<typeof place>[0];

/** The changes of a save that is left alone, in a copy of the place. */
async function tracedChanges(t: Ends, before: Place) {
  const trace = join(newFolder(t), "trace");
  const here = copyOf(t, before);
  const run = await rotate(here, { trace });
  assert.deepEqual([run.code, run.saved.length], [0, 1], run.errors);
  return changesIn(trace).map(
    (change) => JSON.parse(JSON.stringify(change).replaceAll(here.folder, before.folder)) as typeof change,
  );
}

/** Kills a save in a copy of the place, then does what the next process would; says which file was there. */
async function survives(
  t: Ends,
  before: Place,
  kill: Partial<Parameters<typeof rotate>[1]>,
): Promise<string> {
  const here = copyOf(t, before);
  const what = JSON.stringify(kill);
  const run: Run = await rotate(here, kill);
  assert.equal(run.signal, "SIGKILL", `${what}: ${run.errors}`);

  const [old, previous] = [await before.open(), await here.open()];
  const keys = previous.keyset.keys.map(({ id }) => id);
  const end = keys.length === old.keyset.keys.length ? "old" : "new";
  assert.equal(keys.length, old.keyset.keys.length + (end === "new" ? 1 : 0), what);
  for (const { id } of old.keyset.keys) assert.ok(keys.includes(id), what);
  for (const id of run.saved) assert.ok(keys.includes(id), `${what}: what was said to be saved is there`);
  if (readdirSync(here.folder).includes("keys.sealed.previous")) {
    const copy = await KeysetFile.open(here.text("keys.sealed.previous"), { raw: here.raw });
    assert.ok(copy.keyset.keys.length >= old.keyset.keys.length, what);
    copy.dispose();
  }

  const next = previous.keyset.rotate();
  await previous.save();
  const last = await here.open();
  assert.equal(last.keyset.primaryKeyId, next, what);
  assert.deepEqual(
    keys.filter((id) => !last.keyset.keys.some((key) => key.id === id)),
    [],
    what,
  );
  for (const stored of [old, previous, last]) stored.dispose();
  return end;
}
