// When a client is told that its page is left, or returned to.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { browsers } from "../browser/drivers.js";
import { visit } from "./support/browser.js";

for (const browser of browsers) {
  const { name, skip } = browser;

  test(`a page hears when it is left, when it is hidden and shown again, and nothing once it has stopped listening (${name})`, {
    skip,
  }, async (t) => {
    const page = await visit(t, browser);
    await page.step("watch");
    assert.equal(await page.step("seen"), "");
    await page.reload();
    assert.match(await page.step("seen"), /^hide(,hide)?$/, "left");

    await page.driver.executeScript("sessionStorage.removeItem('seen')");
    await page.step("watch");
    await page.driver.executeScript("dispatchEvent(new Event('online'))");
    assert.equal(await page.step("seen"), "return", "on the network again");
    await page.step("stopWatching");
    await page.driver.executeScript("dispatchEvent(new Event('online'))");
    await page.reload();
    assert.equal(await page.step("seen"), "return", "nothing more");
  });
}

const [chromium] = browsers;
test("a page that another tab covers is hidden, and is told when it is looked at again", {
  skip: chromium?.skip ?? "there is no Chromium",
}, async (t) => {
  assert.ok(chromium);
  const page = await visit(t, chromium);
  await page.step("watch");
  const first = await page.driver.getWindowHandle();
  await page.driver.switchTo().newWindow("tab");
  const second = await page.driver.getWindowHandle();
  await page.driver.switchTo().window(first);
  await page.driver.wait(async () => (await page.step("seen")) === "hide,return", 30_000);
  await page.driver.switchTo().window(second);
  await page.driver.close();
  await page.driver.switchTo().window(first);
});

test("where there is no page nothing is ever called, and nothing fails", () => {
  const require = createRequire(import.meta.url);
  const { onHide, onReturn } = require("../../../pkg/dist/cjs/client/unload.js");
  const run = () => assert.fail("there is no page");
  for (const stop of [onHide(run), onReturn(run)]) stop();
});
