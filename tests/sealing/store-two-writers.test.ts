// Several processes, and several files in one process, that write one sealed file.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { test } from "node:test";
import { type Place, place, rotate } from "./support/stored.js";

const ROUNDS = 20;

test("two processes that rotate at once end in one file with every key that was saved; the rest were conflicts", async (t) => {
  const here = await place(t);
  const first = (await here.open()).keyset.primaryKeyId;
  const runs = await Promise.all([rotate(here, { rounds: ROUNDS }), rotate(here, { rounds: ROUNDS })]);
  const saved = runs.flatMap((run) => run.saved);
  for (const { code, signal, errors } of runs) assert.deepEqual([code, signal], [0, null], errors);
  assert.equal(saved.length + runs.reduce((sum, { conflicts }) => sum + conflicts, 0), 2 * ROUNDS);

  const { file, keyset } = await here.open();
  assert.deepEqual(
    keyset.keys.map(({ id }) => id).sort(),
    [first, ...saved].sort(),
    "no save was lost, nor made up",
  );
  // One writing for each save, and the first: nobody wrote over anybody.
  assert.equal(file.revision, 1 + saved.length);
  assert.ok(saved.includes(keyset.primaryKeyId));
});

test("a save after somebody else's is a conflict that changes nothing; a reload takes over theirs", async (t) => {
  const here = await place(t);
  const [mine, theirs] = [await here.open(), await here.open()];
  const lost = mine.keyset.rotate();
  const kept = theirs.keyset.rotate();
  await theirs.save();
  const text = here.text();
  await assert.rejects(mine.save(), { code: "conflict" });
  assert.equal(here.text(), text);
  assert.equal(mine.keyset.primaryKeyId, lost, "what was not saved is still there");

  assert.equal(await mine.reload(), true);
  assert.equal(mine.keyset.primaryKeyId, kept);
  assert.equal(await mine.reload(), false);
  const again = mine.keyset.rotate();
  await mine.save();
  assert.equal((await here.open()).keyset.primaryKeyId, again);
  await assert.rejects(theirs.save(), { code: "conflict" });
});

test("saves and reloads of one object wait for each other, and those of two in one process lose nothing", async (t) => {
  const here = await place(t);
  const stored = await here.open();
  const ids = Array.from({ length: 10 }, () => stored.keyset.rotate());
  await Promise.all([stored.save(), stored.save(), stored.reload(), stored.save()]);
  const other = await here.open();
  assert.equal(other.keyset.primaryKeyId, ids.at(-1));
  assert.equal(other.file.revision, 4);

  const outcomes = await Promise.allSettled([stored.save(), other.save()]);
  const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason.code] : []));
  assert.deepEqual(refused, ["conflict"]);
  assert.equal((await here.open()).file.revision, 5);
});

test("a lock that a living process holds is a conflict after a bounded wait, and nothing is written", async (t) => {
  const own = await ownLock(await place(t));
  const holders = {
    "this very process": JSON.stringify({ ...own, token: "0123456789abcdef" }),
    "a process of another machine": JSON.stringify({
      ...own,
      host: "elsewhere",
      boot: "x",
      pid: 2 ** 22 + 1,
    }),
    "a process of another container": JSON.stringify({ ...own, pids: "pid:[1]", pid: 2 ** 22 + 1 }),
    "a lock whose name would lead elsewhere": JSON.stringify({ ...own, pid: 2 ** 22 + 1, token: "/../../x" }),
    "a process that does not tell where its number counts": JSON.stringify({
      ...own,
      pids: "",
      pid: 2 ** 22 + 1,
    }),
    "this process, seen from where its start is hidden": JSON.stringify({ ...own, boot: "", started: "" }),
    "who knows what": "",
    "more than a lock can say": `${" ".repeat(4_096)}{}`,
  };
  const started = performance.now();
  await Promise.all(
    Object.entries(holders).map(async ([who, holder]) => {
      const here = await place(t);
      const stored = await here.open();
      const text = here.text();
      writeFileSync(`${here.path}.lock`, holder);
      await assert.rejects(stored.save(), (error: { code: string; message: string }) => {
        assert.equal(error.code, "conflict", who);
        assert.ok(error.message.includes("keys.sealed.lock"), error.message);
        return true;
      });
      assert.equal(here.text(), text, who);
      rmSync(`${here.path}.lock`);
      await stored.save();
    }),
  );
  const waited = performance.now() - started;
  assert.ok(waited > 1_000 && waited < 60_000, `waited for ${waited} ms`);
});

test("a lock of a process that is gone, and of an earlier start of this machine, is broken", async (t) => {
  const own = await ownLock(await place(t));
  const gone = [
    { ...own, pid: 2 ** 22 + 1 },
    // A number that another process has now.
    { ...own, started: own.started === "" ? "" : "1", pid: own.started === "" ? 2 ** 22 + 1 : process.pid },
    { ...own, boot: "another" },
  ];
  for (const holder of gone) {
    const here = await place(t);
    const stored = await here.open();
    writeFileSync(`${here.path}.lock`, JSON.stringify({ ...holder, token: "0123456789abcdef" }));
    await stored.save();
  }
});

test("a lock of a living process is not broken by one from which the start of the machine or its processes are hidden", {
  skip: process.platform === "linux" ? false : "only Linux has /proc",
}, async (t) => {
  const own = { ...(await ownLock(await place(t))), token: "0123456789abcdef" };
  assert.notEqual(own.boot, "");
  const here = await place(t);
  const text = here.text();
  writeFileSync(`${here.path}.lock`, JSON.stringify(own));
  for (const hidden of [["/proc/sys"], ["/proc/self/ns"], ["/proc/"]]) {
    const { conflicts, errors } = await rotate(here, { hidden });
    assert.deepEqual([conflicts, errors, here.text() === text], [1, "", true], hidden.join());
  }
  // And one that is gone is broken by it all the same.
  writeFileSync(`${here.path}.lock`, JSON.stringify({ ...own, pid: 2 ** 22 + 1 }));
  assert.equal((await rotate(here, { hidden: ["/proc/sys"] })).saved.length, 1);
});

test("what is no file in the place of a lock is a conflict after a bounded wait, and is not waited for", {
  skip: process.platform === "win32" ? "Windows has no named pipes in folders" : false,
}, async (t) => {
  const put: Record<string, (path: string) => unknown> = {
    "a named pipe": (path) => execFileSync("mkfifo", [path]),
    "a link to nowhere": (path) => symlinkSync("nowhere", path),
    "a link to what says that its process is gone": (path) => {
      writeFileSync(`${path}.other`, JSON.stringify({ pid: 1 }));
      symlinkSync(`${path}.other`, path);
    },
    "a folder": (path) => mkdirSync(path),
  };
  await Promise.all(
    Object.entries(put).map(async ([what, lay]) => {
      const here = await place(t);
      lay(`${here.path}.lock`);
      const { conflicts, errors } = await rotate(here);
      assert.deepEqual([conflicts, errors], [1, ""], what);
      rmSync(`${here.path}.lock`, { recursive: true });
      assert.equal((await rotate(here)).saved.length, 1, what);
    }),
  );
});

interface Holder {
  readonly host: string;
  readonly boot: string;
  readonly pids: string;
  readonly pid: number;
  readonly started: string;
}

/** What a lock of this process says, seen while it saves. */
async function ownLock(here: Place): Promise<Holder> {
  const stored = await here.open();
  const saving = stored.save();
  let seen: Holder | undefined;
  let saved = false;
  void saving.then(() => {
    saved = true;
  });
  while (seen === undefined && !saved) {
    try {
      seen = JSON.parse(here.text("keys.sealed.lock"));
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  await saving;
  stored.dispose();
  assert.ok(seen, "the lock was seen");
  assert.deepEqual([seen.host, seen.pid], [hostname(), process.pid]);
  return seen;
}
