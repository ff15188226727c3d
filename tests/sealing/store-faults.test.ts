// Sealed files on a disk that fails: what was saved is never said not to be, and what only helps does not hinder.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, realpathSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isBlindtallyError, Keyset } from "blindtally";
import { KeysetFile } from "blindtally/sealed";
import { createKeysetFile, openKeysetFile } from "blindtally/store";
import { refuseToOpen } from "./support/faults.js";
import { changesIn, copyOf, create, emptyPlace, newFolder, type Place, place } from "./support/stored.js";

test("a save is none that failed if only the revision that was seen cannot be noted", async (t) => {
  const here = await place(t);
  const stored = await here.open();
  mkdirSync(`${here.path}.seen.tmp`);
  const id = stored.keyset.rotate();
  await stored.save();
  assert.equal(here.text("keys.sealed.seen"), "blindtally-seen 1\n1\n");
  const again = await here.open();
  assert.equal(again.keyset.primaryKeyId, id);
  assert.equal(again.file.revision, 2);
  await stored.save();
  rmdirSync(`${here.path}.seen.tmp`);
  await stored.save();
  assert.equal(here.text("keys.sealed.seen"), "blindtally-seen 1\n4\n");
});

test("if noting it was asked for, the error says that the file was saved all the same", async (t) => {
  const here = await place(t);
  const seenFile = join(newFolder(t), "seen");
  const stored = await openKeysetFile(here.path, { raw: here.raw }, { seenFile });
  mkdirSync(`${seenFile}.tmp`);
  const id = stored.keyset.rotate();
  await saved(stored.save(), /its revision is not noted: .*seen/);
  assert.equal((await here.open()).keyset.primaryKeyId, id);

  const file = await KeysetFile.create(Keyset.generate(), { after: stored.file.revision });
  await file.addSlot({ raw: here.raw });
  await saved(stored.replace(file), /its revision is not noted/);
  assert.equal(stored.file, file, "what is on disk is what is open");
  assert.equal((await here.open()).file.revision, 3);

  rmdirSync(`${seenFile}.tmp`);
  await stored.save();
  assert.equal((await here.open()).file.revision, 4);
});

test("a folder that cannot be synced is told after a save as what it is, and the next save works", async (t) => {
  const here = await place(t);
  const stored = await here.open();
  const folder = realpathSync(here.folder);
  const end = refuseToOpen("EIO", (path, flags) => path === folder && flags === "r");
  t.after(end);
  const id = stored.keyset.rotate();
  await saved(stored.save(), /a power cut may undo it/);
  assert.equal(here.text("keys.sealed.seen"), "blindtally-seen 1\n1\n", "an older file may come back");
  const other = emptyPlace(t);
  const file = await KeysetFile.create(Keyset.generate());
  await file.addSlot({ raw: other.raw });
  end();
  assert.equal((await here.open()).keyset.primaryKeyId, id);
  const next = stored.keyset.rotate();
  await stored.save();
  assert.equal((await here.open()).keyset.primaryKeyId, next);

  const endOther = refuseToOpen(
    "EIO",
    (path, flags) => path === realpathSync(other.folder) && flags === "r" && existsSync(other.path),
  );
  t.after(endOther);
  await saved(createKeysetFile(other.path, file), /a power cut may undo it/, "made");
  endOther();
  assert.equal((await other.open()).file.revision, 1);
});

test("a save that fails before the file is replaced says so and changes nothing", async (t) => {
  const here = await place(t);
  const stored = await here.open();
  const text = here.text();
  const end = refuseToOpen("ENOSPC", (path) => path.endsWith("keys.sealed.tmp"));
  t.after(end);
  const id = stored.keyset.rotate();
  await assert.rejects(stored.save(), (error: { code: string; message: string }) => {
    assert.equal(error.code, "file-access");
    assert.match(error.message, /there is no room left/);
    assert.doesNotMatch(error.message, /was saved/);
    return true;
  });
  assert.equal(here.text(), text);
  writeFileSync(`${here.path}.seen`, "who knows");
  end();
  await assert.rejects(stored.save(), { code: "file-access" });
  assert.equal(here.text(), text, "what was seen is read before anything is written");
  rmSync(`${here.path}.seen`);
  await stored.save();
  assert.equal((await here.open()).keyset.primaryKeyId, id);
});

for (const code of ["ENOSPC", "EDQUOT", "EIO", "EROFS", "EACCES"]) {
  test(`a newer file opens and is reloaded where ${code} keeps its revision from being noted`, async (t) => {
    const here = await place(t);
    const [stored, writer] = [await here.open(), await here.open()];
    const first = here.text("keys.sealed.seen");
    const end = refuseToOpen(code, (path, flags) => path.includes(".seen") && flags === "wx");
    t.after(end);
    await writer.save();
    assert.equal((await here.open()).file.revision, 2);
    assert.equal(await stored.reload(), true);
    assert.equal(here.text("keys.sealed.seen"), first);

    const seenFile = join(newFolder(t), "what.seen");
    const { raw } = here;
    await assert.rejects(openKeysetFile(here.path, { raw }, { seenFile }), { code: "file-access" });
    end();
    await here.open();
    assert.equal(here.text("keys.sealed.seen"), "blindtally-seen 1\n2\n");
  });
}

test("a file is made where its revision cannot be noted, unless a former one would have it refused", async (t) => {
  const here = emptyPlace(t);
  mkdirSync(`${here.path}.seen.tmp`);
  const file = await KeysetFile.create(Keyset.generate());
  await file.addSlot({ raw: here.raw });
  writeFileSync(`${here.path}.seen`, "blindtally-seen 1\n7\n", { mode: 0o600 });
  await assert.rejects(createKeysetFile(here.path, file), { code: "file-access" });
  assert.equal(existsSync(here.path), false);
  rmSync(`${here.path}.seen`);
  const revision = (await createKeysetFile(here.path, file)).file.revision;
  assert.equal((await here.open()).file.revision, revision);
});

test("a kill -9 before every change while a file is made leaves none, or one that opens", async (t) => {
  const before = emptyPlace(t);
  writeFileSync(`${before.path}.seen`, "blindtally-seen 1\n7\n", { mode: 0o600 });
  const trace = join(newFolder(t), "trace");
  const whole = await create(copyOf(t, before), { trace });
  assert.deepEqual([whole.code, whole.saved.length], [0, 1], whole.errors);
  const changes = changesIn(trace);
  assert.ok(changes.length > 15, `${changes.length} changes were seen`);
  const ends = new Set<string>();
  for (let step = 1; step <= changes.length; step += 1) {
    const here = copyOf(t, before);
    assert.equal((await create(here, { killBefore: step })).signal, "SIGKILL");
    const isThere = readdirSync(here.folder).includes("keys.sealed");
    ends.add(isThere ? "made" : "not made");
    if (isThere) await usable(here);
    else assert.equal((await create(here)).code, 0, `after a kill before change ${step}`);
    await usable(here);
  }
  assert.deepEqual([...ends].sort(), ["made", "not made"]);
});

async function usable(here: Place): Promise<void> {
  const stored = await here.open();
  await stored.save();
  stored.dispose();
}

/** It was refused, with words that say what was done before. */
async function saved(attempt: Promise<unknown>, words: RegExp, done = "saved"): Promise<void> {
  const error: unknown = await attempt.then(
    () => assert.fail("it was not told"),
    (thrown) => thrown,
  );
  assert.ok(isBlindtallyError(error), String(error));
  assert.equal(error.code, "file-access");
  assert.match(error.message, new RegExp(`keys\\.sealed was ${done}, but`));
  assert.match(error.message, words);
}
