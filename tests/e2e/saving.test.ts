// A sealed file on its way out of the page, and texts that come to it while it is there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Keyset } from "blindtally";
import { KeysetFile } from "blindtally/sealed";
import type { BenchPage } from "./support/bench-page.js";
import { opened } from "./support/sealed-page.js";

test("rotating in the page keeps the totals, and the file it saves is the next revision with the new key", async (t) => {
  const { bench, text, passphrase } = await opened(t);
  await bench.openFile("team.keyset", text);
  await bench.unlock(passphrase);
  await bench.runExample();
  assert.deepEqual(await state(bench), SAVED);
  await bench.press("Rotate");
  await bench.press("Rotate");
  assert.deepEqual(await state(bench), UNSAVED);
  await bench.runExample();
  assert.deepEqual(await bench.counts(), [
    ["secret-event-a", 6],
    ["secret-event-b", 4],
  ]);
  assert.deepEqual(await bench.unreadable(), {});

  const saved = await bench.saveFile();
  assert.equal(saved.name, "team.keyset");
  const again = await KeysetFile.open(saved.text, { passphrase });
  t.after(() => again.dispose());
  assert.deepEqual(
    again.keyset.keys.map(({ id, primary }) => [id, primary ? "primary" : "enabled"]),
    (await bench.keys()).map(({ id, state }) => [id, state]),
  );
  assert.equal(again.revision, 3);
  assert.deepEqual(bench.faults, []);
});

test("a file handed to the browser counts as unsaved until somebody says that it is saved", async (t) => {
  const { bench, text, passphrase, file } = await opened(t);
  await bench.openFile("team.keyset", text);
  await bench.unlock(passphrase);
  await bench.press("Rotate");
  await bench.saveFile();
  assert.deepEqual(await state(bench), HANDED_OVER);
  assert.equal(await asksBeforeLeaving(bench), true);
  file.keyset.rotate();
  await bench.openFile("team.keyset", file.seal());
  assert.match((await bench.file()).fault, /^This tab has changes of the same file that are not saved\. /);

  // Also while locked, and what changes after the file was handed over is not in it.
  await bench.press("Lock now");
  assert.deepEqual(await state(bench), HANDED_OVER);
  await bench.unlock(passphrase);
  await bench.press("Rotate");
  assert.deepEqual(await state(bench), UNSAVED);
  await bench.saveFile();
  await bench.press("It is saved");
  assert.deepEqual(await state(bench), SAVED);
  assert.equal(await asksBeforeLeaving(bench), false);
  assert.equal(
    await bench.page.evaluate(() => document.activeElement?.id),
    "lock",
    "the focus is on what is there",
  );
  assert.deepEqual(bench.faults, []);
});

test("a saved file that is opened again shows that it was saved", async (t) => {
  const { bench, text, passphrase } = await opened(t);
  await bench.openFile("team.keyset", text);
  await bench.unlock(passphrase);
  await bench.press("Rotate");
  const saved = await bench.saveFile();
  await bench.openFile(saved.name, saved.text);
  assert.deepEqual(await state(bench), SAVED);
  assert.equal(await asksBeforeLeaving(bench), false);
  assert.deepEqual(await bench.keysets(), ["Keyset A", "team.keyset"]);
});

for (const locked of [true, false]) {
  test(`a text that only looks like a sealed file is refused as none while another is ${locked ? "locked" : "unlocked"} here`, async (t) => {
    const { bench, text, passphrase } = await opened(t, Keyset.generate());
    await bench.openFile("team.keyset", text);
    if (!locked) await bench.unlock(passphrase);
    const salt = /^slot \S+ (\S{22}) /m.exec(text)?.[1] ?? "";
    assert.equal(salt.length, 22);
    for (const other of ["!".repeat(22), "=".repeat(22), "\u00e9".repeat(22)]) {
      await bench.openFile("other.keyset", text.replace(salt, other));
      assert.match((await bench.file()).fault, /^This is no sealed keyset file\. /, other);
    }
    assert.deepEqual(await bench.keysets(), ["Keyset A", "team.keyset"]);
    assert.equal((await bench.file()).state, locked ? "Locked." : "Unlocked.");
    assert.deepEqual(bench.faults, []);
  });
}

const SAVED = { unsaved: false, handedOver: false, confirm: false };
const UNSAVED = { unsaved: true, handedOver: false, confirm: false };
const HANDED_OVER = { unsaved: false, handedOver: true, confirm: true };

/** Which of the words about saving are shown. */
async function state({ page }: BenchPage): Promise<typeof SAVED> {
  return {
    unsaved: await page.locator("#unsaved").isVisible(),
    handedOver: await page.locator("#handed-over").isVisible(),
    confirm: await page.getByRole("button", { name: "It is saved" }).isVisible(),
  };
}

/** Whether the page would have the browser ask before it is left. */
function asksBeforeLeaving({ page }: BenchPage): Promise<boolean> {
  return page.evaluate(() => !dispatchEvent(new Event("beforeunload", { cancelable: true })));
}
