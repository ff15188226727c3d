// The queue in IndexedDB, in Chromium and Firefox.

import assert from "node:assert/strict";
import { test } from "node:test";
import { browsers } from "../browser/drivers.js";
import { visit } from "./support/browser.js";

for (const browser of browsers) {
  const { name, skip } = browser;

  test(`the queue in IndexedDB does what it says in ${name}`, { skip }, async (t) => {
    const page = await visit(t, browser);
    const outcomes = await page.step("cases");
    assert.ok(outcomes.length > 0);
    for (const { claim, message } of outcomes) {
      await t.test(`${claim} (${name})`, () => assert.equal(message, undefined));
    }
  });

  test(`what was appended is there after the page was loaded anew, and once (${name})`, {
    skip,
  }, async (t) => {
    const page = await visit(t, browser);
    const ids = await page.step("append", 40, 200, 10);
    await page.reload();
    assert.deepEqual(await page.step("peek"), ids);
    ids.push(...(await page.step("append", 10, 200)));
    assert.deepEqual(await page.step("remove", 20), ids.slice(0, 20));
    await page.reload();
    assert.deepEqual(await page.step("peek"), ids.slice(20));
  });

  test(`what is appended in the moment in which a page is left is stored, though nobody waits for it (${name})`, {
    skip,
  }, async (t) => {
    const page = await visit(t, browser);
    const before = await page.step("append", 3, 200);
    await page.step("appendWhenLeft", 20);
    await page.reload();
    const left = await page.step("left");
    assert.equal(left.length, 20);
    assert.deepEqual(await page.step("peek"), [...before, ...left]);
  });

  test(`a tab that sends keeps others from it until it is done, or is closed; then another has its turn (${name})`, {
    skip,
  }, async (t) => {
    const page = await visit(t, browser);
    const ids = await page.step("append", 5, 200);
    await page.step("hold");
    const first = await page.driver.getWindowHandle();

    await page.driver.switchTo().newWindow("tab");
    const second = await page.driver.getWindowHandle();
    await page.reload();
    ids.push(...(await page.step("append", 5, 200)));
    await page.step("askForTurn");
    await page.driver.wait(async () => (await page.step("waitingForTurn")) === 1, 30_000);
    assert.deepEqual(await page.step("peek"), ids, "nothing is removed while another sends");

    await page.driver.switchTo().window(first);
    await page.driver.close();
    await page.driver.switchTo().window(second);
    assert.deepEqual(await page.step("removedInTurn"), ids, "of both tabs, also of the one that is gone");
    assert.deepEqual(await page.step("peek"), []);
  });
}
