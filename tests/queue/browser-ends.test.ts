// Browsers and tabs that end in the middle of something, and storage that is full.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { ChromiumWebDriver } from "selenium-webdriver/chromium.js";
import { browsers } from "../browser/drivers.js";
import { killBrowser, processesOf, whyNoProcesses } from "../browser/processes.js";
import { until } from "../services/support/until.js";
import { servePage, type Visit, visit, visitWith } from "./support/browser.js";

const WAIT_MS = 60_000;

for (const browser of browsers) {
  const { name, skip } = browser;

  test(`what was stored when the browser is killed is there when it starts again, once and in its order (${name})`, {
    skip: skip || whyNoProcesses,
  }, async (t) => {
    const address = await servePage(t);
    const profile = newProfile(t);
    const driver = await browser.open(profile);
    t.after(() => driver.quit().catch(() => {}));
    const page = await visitWith(driver, address);
    const stored = await page.step("append", 20, 200, 4);
    stored.push(...(await storing(page)));
    assert.ok(killBrowser(profile) > 1);
    await driver.quit().catch(() => {});
    await until("the browser's end", () => processesOf(profile).length === 0);

    const again = await browser.open(profile);
    t.after(() => again.quit());
    const there = await (await visitWith(again, address)).step("peek");
    assert.deepEqual(there.slice(0, stored.length), stored, "what was said to be stored");
    assert.equal(new Set(there).size, there.length, "once");
  });

  test(`what a tab stored that is closed in the middle is there for another tab (${name})`, {
    skip,
  }, async (t) => {
    const page = await visit(t, browser);
    const ids = await page.step("append", 5, 200);
    const first = await page.driver.getWindowHandle();
    await page.driver.switchTo().newWindow("tab");
    await page.reload();
    ids.push(...(await storing(page)));
    await page.driver.close();
    await page.driver.switchTo().window(first);
    const there = await page.step("peek");
    assert.deepEqual(there.slice(0, ids.length), ids);
    assert.equal(new Set(there).size, there.length);
  });
}

const [chromium] = browsers;
test("where storage is full, what does not go into it waits in memory, is said once, and is stored when something was delivered", {
  skip: chromium?.skip ?? "there is no Chromium",
}, async (t) => {
  assert.ok(chromium);
  const page = await visit(t, chromium);
  // Before the first writing, as the browser remembers for a time how much room there was.
  await setQuota(page, 1_000_000);
  const all: string[] = [];
  for (let round = 0; round < 20; round += 1) all.push(...(await page.step("append", 20, 5_000)));
  assert.deepEqual(await page.step("state"), { reasons: ["quota"], persistent: false, count: 400 });
  assert.deepEqual(await page.step("peek"), all, "all of it can be delivered");

  await setQuota(page, 1_000_000_000);
  const removed: string[] = [];
  await page.driver.wait(async () => {
    removed.push(...(await page.step("remove", 1)));
    return (await page.step("state")).persistent;
  }, WAIT_MS);
  assert.deepEqual((await page.step("state")).reasons, ["quota"], "said once");
  await page.reload();
  assert.deepEqual(await page.step("peek"), all.slice(removed.length), "all of it was stored");
});

/** Lets a page append for as long as it lives, and gives what it has stored after a while. */
async function storing(page: Visit): Promise<string[]> {
  await page.step("appendForever");
  let stored: string[] = [];
  await page.driver.wait(async () => {
    stored = await page.step("storedSoFar");
    return stored.length >= 100;
  }, WAIT_MS);
  return stored;
}

function newProfile(t: TestContext): string {
  const profile = mkdtempSync(join(tmpdir(), "blindtally-profile-"));
  // A last write of the browser may come between the listing and the removal of a folder.
  t.after(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }));
  return profile;
}

/** How much the site may store. */
async function setQuota(page: Visit, quotaSize: number): Promise<void> {
  const origin = new URL(page.address).origin;
  const driver = page.driver as ChromiumWebDriver;
  await driver.sendDevToolsCommand("Storage.overrideQuotaForOrigin", { origin, quotaSize });
}
