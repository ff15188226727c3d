// Sealed files on disk.

import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Keyset } from "blindtally";
import { KeysetFile } from "blindtally/sealed";
import { createKeysetFile, openKeysetFile } from "blindtally/store";
import { emptyPlace, newFolder, place } from "./support/stored.js";

const isRoot = process.getuid?.() === 0;

test("a file is made with mode 0600, whatever the umask, and opens again", async (t) => {
  const here = emptyPlace(t);
  const umask = process.umask(0o277);
  t.after(() => process.umask(umask));
  const file = await KeysetFile.create(Keyset.generate());
  await file.addSlot({ raw: here.raw });
  const stored = await createKeysetFile(here.path, file);
  process.umask(umask);
  for (const name of ["keys.sealed", "keys.sealed.seen"]) {
    assert.equal(statSync(join(here.folder, name)).mode & 0o7777, 0o600, name);
  }
  assert.deepEqual(readdirSync(here.folder).sort(), ["keys.sealed", "keys.sealed.seen", "raw-key"]);
  assert.equal((await here.open()).keyset.primaryKeyId, stored.keyset.primaryKeyId);
  stored.keyset.rotate();
  await stored.save();
});

test("a file that is there is never overwritten, nor is one without a slot made", async (t) => {
  const here = await place(t);
  const text = here.text();
  const file = await KeysetFile.create(Keyset.generate());
  await file.addSlot({ raw: here.raw });
  await assert.rejects(createKeysetFile(here.path, file), { code: "file-access" });
  symlinkSync("nowhere", join(here.folder, "dangling"));
  await assert.rejects(createKeysetFile(join(here.folder, "dangling"), file), { code: "file-access" });
  await assert.rejects(createKeysetFile(join(here.folder, "no/folder/here"), file), { code: "file-access" });
  assert.equal(here.text(), text);

  const bare = await KeysetFile.create(Keyset.generate());
  await assert.rejects(createKeysetFile(join(here.folder, "bare"), bare), { code: "last-slot" });
  assert.equal(existsSync(join(here.folder, "bare")), false);
});

test("two that make one file at once: one of them does", async (t) => {
  const here = emptyPlace(t);
  const files = await Promise.all(
    [1, 2, 3].map(async () => {
      const file = await KeysetFile.create(Keyset.generate());
      await file.addSlot({ raw: here.raw });
      return file;
    }),
  );
  const outcomes = await Promise.allSettled(files.map((file) => createKeysetFile(here.path, file)));
  const made = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const codes = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason.code] : []));
  assert.deepEqual(codes, ["file-access", "file-access"]);
  assert.equal((await here.open()).keyset.primaryKeyId, made[0]?.keyset.primaryKeyId);
});

test("saving keeps the file that was there as .previous, and its mode", async (t) => {
  const here = await place(t);
  chmodSync(here.path, 0o400);
  const stored = await here.open();
  const first = here.text();
  stored.keyset.rotate();
  await stored.save();
  const second = here.text();
  assert.notEqual(second, first);
  assert.equal(here.text("keys.sealed.previous"), first);
  assert.equal(statSync(here.path).mode & 0o7777, 0o400);
  stored.keyset.rotate();
  await stored.save();
  assert.equal(here.text("keys.sealed.previous"), second);
  assert.equal((await here.open()).keyset.keys.length, 3);
});

test("a file of another mode, of no regular kind, too large or that is not there is refused with `file-access`", async (t) => {
  const here = await place(t);
  for (const mode of [0o644, 0o640, 0o660, 0o666, 0o700, 0o4600]) {
    chmodSync(here.path, mode);
    await assert.rejects(here.open(), (error: { code: string; message: string }) => {
      assert.equal(error.code, "file-access");
      assert.ok(error.message.includes("chmod 600"), error.message);
      return true;
    });
  }
  chmodSync(here.path, 0o600);
  const { raw } = here;
  const large = join(here.folder, "large");
  writeFileSync(large, "x".repeat(262_145), { mode: 0o600 });
  for (const path of [here.folder, large, join(here.folder, "nothing"), join(here.path, "below-a-file")]) {
    await assert.rejects(openKeysetFile(path, { raw }), { code: "file-access" }, path);
  }
  const text = join(here.folder, "text");
  writeFileSync(text, "no sealed file\n", { mode: 0o600 });
  await assert.rejects(openKeysetFile(text, { raw }), { code: "bad-keyset-file" });
});

test("a file of another user is refused", {
  skip: isRoot ? false : "only root can give a file away",
}, async (t) => {
  const { chownSync } = await import("node:fs");
  const here = await place(t);
  chownSync(here.path, 12_345, 12_345);
  await assert.rejects(here.open(), { code: "file-access" });
});

test("a file that is opened to be saved must be private then as well", async (t) => {
  const here = await place(t);
  const stored = await here.open();
  chmodSync(here.path, 0o644);
  await assert.rejects(stored.save(), { code: "file-access" });
  await assert.rejects(stored.reload(), { code: "file-access" });
  chmodSync(here.path, 0o600);
  await stored.save();
});

test("an older file is refused with `rollback`, until it is said that it was put there on purpose", async (t) => {
  const here = await place(t);
  const stored = await here.open();
  await stored.save();
  await stored.save();
  stored.dispose();
  renameSync(`${here.path}.previous`, here.path);
  await assert.rejects(here.open(), (error: { code: string; message: string }) => {
    assert.equal(error.code, "rollback");
    assert.ok(error.message.includes(`${realpathSync(here.path)}.seen`), error.message);
    return true;
  });
  rmSync(`${here.path}.seen`);
  assert.equal((await here.open()).file.revision, 2);
  assert.equal(here.text("keys.sealed.seen"), "blindtally-seen 1\n2\n");
});

test("what was opened counts as seen, as does what was reloaded, and nothing takes that back", async (t) => {
  const here = await place(t);
  const [first, other] = [await here.open(), await here.open()];
  const old = here.text();
  rmSync(`${here.path}.seen`);
  await other.save();
  rmSync(`${here.path}.seen`);
  await first.reload();
  assert.equal(here.text("keys.sealed.seen"), "blindtally-seen 1\n2\n");
  writeFileSync(here.path, old);
  await assert.rejects(here.open(), { code: "rollback" });
  await assert.rejects(first.reload(), { code: "rollback" });
  assert.equal(first.file.revision, 2, "what is open stays so");
});

test("the revision that was seen can be kept elsewhere, and must then be writable", async (t) => {
  const here = await place(t);
  const elsewhere = newFolder(t);
  const seenFile = join(elsewhere, "seen");
  rmSync(`${here.path}.seen`);
  const { raw } = here;
  const stored = await openKeysetFile(here.path, { raw }, { seenFile });
  await stored.save();
  assert.equal(readFileSync(seenFile, "utf8"), "blindtally-seen 1\n2\n");
  assert.equal(existsSync(`${here.path}.seen`), false);
  writeFileSync(here.path, here.text("keys.sealed.previous"));
  await assert.rejects(openKeysetFile(here.path, { raw }, { seenFile }), { code: "rollback" });
  assert.equal((await openKeysetFile(here.path, { raw })).file.revision, 1);
  const nowhere = join(elsewhere, "no/such/folder");
  await assert.rejects(openKeysetFile(here.path, { raw }, { seenFile: nowhere }), { code: "file-access" });
});

test("a file that says nothing of what was seen is refused, whatever stands in it", async (t) => {
  const here = await place(t);
  for (const text of [
    "",
    "1\n",
    "blindtally-seen 1\n",
    "blindtally-seen 1\n01\n",
    "blindtally-seen 1\n-1\n",
    "x".repeat(200),
  ]) {
    writeFileSync(`${here.path}.seen`, text);
    await assert.rejects(here.open(), { code: "file-access" }, JSON.stringify(text));
  }
});

test("a new file at the place of a former one begins anew", async (t) => {
  const here = await place(t);
  const stored = await here.open();
  await stored.save();
  rmSync(here.path);
  const file = await KeysetFile.create(Keyset.generate());
  await file.addSlot({ raw: here.raw });
  await createKeysetFile(here.path, file);
  assert.equal((await here.open()).file.revision, 1);
  await assert.rejects(stored.save(), { code: "conflict" });
});

test("a file that was taken away while it was open is not written anew", async (t) => {
  const here = await place(t);
  const stored = await here.open();
  rmSync(here.path);
  await assert.rejects(stored.save(), { code: "file-access" });
  assert.equal(existsSync(here.path), false);
});

test("a symbolic link leads to its file, which is written in its place", async (t) => {
  const here = await place(t);
  const links = newFolder(t);
  const path = join(links, "link");
  symlinkSync(here.path, path);
  const stored = await openKeysetFile(path, { raw: here.raw });
  assert.equal(stored.path, path);
  const id = stored.keyset.rotate();
  await stored.save();
  assert.equal((await here.open()).keyset.primaryKeyId, id);
  assert.deepEqual(readdirSync(links), ["link"]);
});

test("a link that comes to lead elsewhere is followed when the file is reloaded", async (t) => {
  const here = await place(t);
  const links = newFolder(t);
  for (const name of ["one", "two"]) {
    mkdirSync(join(links, name));
    writeFileSync(join(links, name, "keys"), here.text(), { mode: 0o600 });
  }
  symlinkSync("one", join(links, "current"));
  const stored = await openKeysetFile(join(links, "current/keys"), { raw: here.raw });
  const writer = await openKeysetFile(join(links, "two/keys"), { raw: here.raw });
  const id = writer.keyset.rotate();
  await writer.save();
  assert.equal(await stored.reload(), false);
  symlinkSync("two", join(links, "next"));
  renameSync(join(links, "next"), join(links, "current"));
  assert.equal(await stored.reload(), true);
  assert.equal(stored.keyset.primaryKeyId, id);
});

test("a folder that cannot be written is enough for opening and reloading", {
  skip: isRoot ? "root may write everywhere" : false,
}, async (t) => {
  const here = await place(t);
  const stored = await here.open();
  rmSync(`${here.path}.seen`);
  chmodSync(here.folder, 0o500);
  try {
    const again = await here.open();
    assert.equal(await again.reload(), false);
    await assert.rejects(stored.save(), { code: "file-access" });
  } finally {
    chmodSync(here.folder, 0o700);
  }
});

test("another file in the place of the sealed one is no reload, and what is open stays", async (t) => {
  const [here, other] = [await place(t), await place(t)];
  const stored = await here.open();
  const id = stored.keyset.primaryKeyId;
  writeFileSync(here.path, other.text());
  await assert.rejects(stored.reload(), { code: "cannot-open" });
  await assert.rejects(stored.save(), { code: "conflict" });
  writeFileSync(here.path, "cut off");
  await assert.rejects(stored.reload(), { code: "bad-keyset-file" });
  assert.equal(stored.keyset.primaryKeyId, id);
  assert.equal(stored.keyset.cipher().decrypt(stored.keyset.cipher().encrypt("x")), "x");
});

test("a new file takes the place of the one that is open, with another key and other slots", async (t) => {
  const here = await place(t);
  const stored = await here.open();
  await stored.save();
  const text = here.text();
  const former = stored.file;
  const whole = Keyset.generate();
  const low = await KeysetFile.create(whole);
  const raw = crypto.getRandomValues(new Uint8Array(32));
  await low.addSlot({ raw });
  await assert.rejects(stored.replace(low), { code: "rollback" });
  assert.equal(here.text(), text);

  const file = await KeysetFile.create(whole, { after: former.revision });
  await file.addSlot({ raw });
  await stored.replace(file);
  assert.equal(stored.file, file);
  assert.throws(() => former.seal(), { code: "disposed" });
  assert.equal(here.text("keys.sealed.previous"), text);
  await assert.rejects(here.open(), { code: "cannot-open" });
  assert.equal((await openKeysetFile(here.path, { raw })).file.revision, 3);
  stored.keyset.rotate();
  await stored.save();
});

test("slots that are added and removed are saved with the rest", async (t) => {
  const here = await place(t);
  const stored = await here.open();
  const raw = crypto.getRandomValues(new Uint8Array(32));
  await stored.file.addSlot({ raw, label: "second" });
  const [first] = stored.file.slots;
  stored.file.removeSlot(first?.id as string);
  await stored.save();
  await assert.rejects(here.open(), { code: "cannot-open" });
  const again = await openKeysetFile(here.path, { raw });
  assert.deepEqual(
    again.file.slots.map(({ label }) => label),
    ["second"],
  );
});

test("what was locked or disposed of is not saved", async (t) => {
  const here = await place(t);
  const text = here.text();
  const [locked, disposed] = [await here.open(), await here.open()];
  locked.keyset.lock();
  await assert.rejects(locked.save(), { code: "locked" });
  await assert.rejects(locked.replace(locked.file), { code: "locked" });
  disposed.dispose();
  await assert.rejects(disposed.save(), { code: "disposed" });
  assert.equal(here.text(), text);
  assert.equal(await locked.reload(), false);
});

test("a previous file that is the very file, as a killed save leaves it, does not hinder the next save", async (t) => {
  const here = await place(t);
  const stored = await here.open();
  const text = here.text();
  linkSync(here.path, `${here.path}.previous`);
  linkSync(here.path, `${here.path}.previous.tmp`);
  writeFileSync(`${here.path}.tmp`, "half a fi");
  await stored.save();
  assert.equal(here.text("keys.sealed.previous"), text);
  assert.deepEqual(readdirSync(here.folder).sort(), [
    "keys.sealed",
    "keys.sealed.previous",
    "keys.sealed.seen",
    "raw-key",
  ]);
});
