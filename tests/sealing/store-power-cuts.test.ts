// A power cut loses what a kill does not: whatever was not synced. The changes of a real save are replayed onto a disk
// that keeps only what it must: of a file the bytes that were synced, of a folder the names up to the last time that it
// was synced, and of later names any number from the first on, as file systems with a journal have it.

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { changesIn, copyOf, newFolder, type Place, place, placeIn, rotate } from "./support/stored.js";
import type { Change } from "./support/traced-files.js";

test("a power cut at any moment of a save leaves the old file or the new one, and no way to go back unseen", async (t) => {
  const before = await place(t);
  const oldKeys = await keysOf(before);
  const here = copyOf(t, before);
  const trace = join(newFolder(t), "trace");
  const { saved, errors } = await rotate(here, { trace });
  assert.equal(saved.length, 1, errors);
  const changes = changesIn(trace);

  const disks = new Map<string, { files: Files; finished: boolean }>();
  for (let done = 0; done <= changes.length; done += 1) {
    for (const files of disksAfter(filesIn(before), changes.slice(0, done))) {
      const finished = done === changes.length;
      disks.set(JSON.stringify([Object.entries(files).sort(), finished]), { files, finished });
    }
  }
  assert.ok(disks.size > 20, `${disks.size} disks were made`);
  let [olds, news] = [0, 0];
  for (const { files, finished } of disks.values()) {
    const place = restored(t, files, before);
    const keys = await keysOf(place);
    const isNew = keys.includes(saved[0] as string);
    if (isNew) news += 1;
    else olds += 1;
    assert.ok(isNew || !finished, "what was said to be saved survives");
    assert.deepEqual(keys.filter((id) => id !== saved[0]).sort(), oldKeys.sort());
    await nextSaveWorks(place, keys);
    if (finished) await oldIsRefused(place, before);
  }
  assert.ok(olds > 0 && news > 0, `${olds} disks had the old file, ${news} the new one`);
});

/** Names and what is in them. */
type Files = Record<string, string>;

interface Inode {
  /** What is certain to be there after a cut. */
  durable: string;
  text: string;
}

/** The disks that a power cut after these changes may leave. */
function* disksAfter(start: Files, changes: readonly Change[]): Generator<Files> {
  const inodes = new Map<number, Inode>();
  // Folders after each change of a name; the first of them is certain.
  let folders: Map<string, Inode>[] = [
    new Map(Object.entries(start).map(([name, text]) => [name, { durable: text, text }])),
  ];
  const rename = (change: (folder: Map<string, Inode>) => void) => {
    const folder = new Map(folders.at(-1));
    change(folder);
    folders.push(folder);
  };
  for (const change of changes) {
    switch (change.act) {
      case "create": {
        const inode = { durable: "", text: "" };
        inodes.set(change.file, inode);
        rename((folder) => folder.set(basename(change.path), inode));
        break;
      }
      case "write":
        (inodes.get(change.file) as Inode).text += change.text;
        break;
      case "sync": {
        const inode = inodes.get(change.file) as Inode;
        inode.durable = inode.text;
        break;
      }
      case "sync-folder":
        folders = folders.slice(-1);
        break;
      case "link":
      case "rename":
        rename((folder) => {
          const inode = folder.get(basename(change.from)) as Inode;
          assert.ok(inode, `${change.act} of a file that is there`);
          const isSame = folder.get(basename(change.to)) === inode;
          folder.set(basename(change.to), inode);
          if (change.act === "rename" && !isSame) folder.delete(basename(change.from));
        });
        break;
      case "remove":
        rename((folder) => folder.delete(basename(change.path)));
        break;
      case "mode":
        break;
    }
  }
  for (const folder of folders) {
    for (const kept of [
      ({ durable }: Inode) => durable,
      ({ durable, text }: Inode) => text.slice(0, Math.max(durable.length, text.length / 2)),
      ({ text }: Inode) => text,
    ]) {
      yield Object.fromEntries([...folder].map(([name, inode]) => [name, kept(inode)]));
    }
  }
}

function filesIn({ folder }: Place): Files {
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "latin1")]),
  );
}

/** A folder with these files. */
function restored(t: Parameters<typeof place>[0], files: Files, { raw }: Place): Place {
  const folder = join(newFolder(t), "disk");
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text, "latin1");
    chmodSync(join(folder, name), 0o600);
  }
  return placeIn(folder, raw);
}

async function keysOf(place: Place): Promise<string[]> {
  const stored = await place.open();
  const ids = stored.keyset.keys.map(({ id }) => id);
  stored.dispose();
  return ids;
}

async function nextSaveWorks(place: Place, keys: readonly string[]): Promise<void> {
  const stored = await place.open();
  const next = stored.keyset.rotate();
  await stored.save();
  stored.dispose();
  assert.deepEqual((await keysOf(place)).sort(), [...keys, next].sort());
}

async function oldIsRefused(place: Place, before: Place): Promise<void> {
  writeFileSync(place.path, before.text());
  await assert.rejects(place.open(), { code: "rollback" });
}
