// Passkeys end to end: the browser's own prompt, answered by the authenticator that WebDriver adds to it.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { browsers } from "../browser/drivers.js";
import { oracle } from "../suite/oracle.js";
import { visit } from "./support/browser.js";

const PASSPHRASE = "correct horse";

for (const browser of browsers) {
  const { name, skip } = browser;

  test(`a passkey unlocks what was stored, also after a reload, and reads what others encrypted (${name})`, {
    skip,
  }, async (t) => {
    const roots = [randomBytes(32), randomBytes(32)];
    const theirs = roots.map((root) => oracle(root, ["event"]));
    const page = await visit(t, browser);
    await page.authenticator();
    assert.equal(
      await page.step(
        "store",
        "staff",
        roots.map((root) => [...root]),
        ["passkey", PASSPHRASE],
      ),
      "none",
    );
    for (const way of ["passkey", PASSPHRASE]) {
      await page.reload();
      assert.equal(await page.step("unlock", "staff", way), "none");
      for (const { encrypt } of theirs)
        assert.equal(await page.step("decrypt", encrypt("medication.missed")), "medication.missed");
      assert.equal(theirs[0]?.decrypt(await page.step("encrypt", "page.viewed")), "page.viewed");
    }
    const keyIds = theirs.map(({ keyId }) => keyId);
    const listed = [{ name: "staff", unlocks: ["passkey", "passphrase"], keyIds }];
    assert.deepEqual(await page.step("list"), listed);
    assert.equal(await page.step("unlock", "staff", `${PASSPHRASE}r`), "cannot-open");
  });

  test(`the protection device needs no secret, also after a reload (${name})`, { skip }, async (t) => {
    const root = randomBytes(32);
    const page = await visit(t, browser);
    assert.equal(await page.step("store", "kiosk", [[...root]], ["device"]), "none");
    await page.reload();
    assert.equal(await page.step("unlock", "kiosk"), "none");
    const token = oracle(root, ["event"]).encrypt("page.viewed");
    assert.equal(await page.step("decrypt", token), "page.viewed");
  });

  test(`a user who does not agree is passkey-refused, when storing, which stores nothing, and when unlocking (${name})`, {
    skip,
  }, async (t) => {
    const root = [...randomBytes(32)];
    const page = await visit(t, browser);
    await page.authenticator({ consents: false });
    assert.equal(await page.step("store", "staff", [root], ["passkey"]), "passkey-refused");
    assert.deepEqual(await page.step("list"), []);
    await page.authenticator();
    assert.equal(await page.step("store", "staff", [root], ["passkey", PASSPHRASE]), "none");
    // Another authenticator takes the place of the one that has the passkey.
    await page.authenticator();
    assert.equal(await page.step("unlock", "staff", "passkey"), "passkey-refused");
    assert.equal(await page.step("unlock", "staff", PASSPHRASE), "none");
  });

  test(`an authenticator that cannot tell who its user is is not used (${name})`, { skip }, async (t) => {
    const page = await visit(t, browser);
    await page.authenticator({ verifies: false });
    assert.equal(await page.step("store", "staff", [[...randomBytes(32)]], ["passkey"]), "passkey-refused");
    assert.deepEqual(await page.step("list"), []);
  });

  test(`lock() in one tab locks the entry in the other tabs, and unlocking again works in each (${name})`, {
    skip,
  }, async (t) => {
    const root = randomBytes(32);
    const token = oracle(root, ["event"]).encrypt("medication.missed");
    const page = await visit(t, browser);
    await page.authenticator();
    await page.step("store", "staff", [[...root]], [PASSPHRASE]);
    await page.step("store", "other", [[...root]], ["device"]);
    const first = await page.driver.getWindowHandle();
    assert.equal(await page.step("unlock", "staff", PASSPHRASE), "none");

    await page.driver.switchTo().newWindow("window");
    const second = await page.driver.getWindowHandle();
    await page.reload();
    assert.equal(await page.step("unlock", "staff", PASSPHRASE), "none");
    await page.driver.switchTo().newWindow("window");
    await page.reload();
    assert.equal(await page.step("unlock", "other"), "none");
    const third = await page.driver.getWindowHandle();

    await page.driver.switchTo().window(second);
    await page.step("lock");
    assert.deepEqual(await page.step("state"), { locked: true, reasons: ["asked"] });
    await page.driver.switchTo().window(first);
    const locked = async () => (await page.step("state")).locked;
    await page.driver.wait(locked, 10_000, "the other tab is not locked");
    assert.deepEqual(await page.step("state"), { locked: true, reasons: ["asked"] });
    assert.equal(await page.step("decrypt", token), "locked");
    await page.driver.switchTo().window(third);
    assert.deepEqual(await page.step("state"), { locked: false, reasons: [] });
    await page.driver.switchTo().window(first);
    assert.equal(await page.step("unlock", "staff", PASSPHRASE), "none");
    assert.equal(await page.step("decrypt", token), "medication.missed");
  });

  test(`leaving the page locks; coming back finds it locked, not unlocked (${name})`, { skip }, async (t) => {
    const page = await visit(t, browser);
    await page.step("store", "staff", [[...randomBytes(32)]], ["device"]);
    assert.equal(await page.step("unlock", "staff"), "none");
    await page.driver.get(`${page.address}tests/keyring/page.js`);
    await page.driver.navigate().back();
    await page.driver.wait(() => page.driver.executeScript("return globalThis.steps !== undefined"), 10_000);
    // From the browser's cache of whole pages it comes back as it was left; else it is loaded anew.
    const { locked, reasons } = await page.step("state");
    assert.deepEqual([locked, reasons], locked === null ? [null, []] : [true, ["page-hidden"]]);
  });
}

const [chromium] = browsers;
test("an authenticator without PRF is passkey-unavailable, and nothing is stored (Chromium)", {
  skip: chromium?.skip ?? false,
}, async (t) => {
  const page = await visit(t, chromium as (typeof browsers)[number]);
  await page.authenticator({ prf: false });
  const root = [...randomBytes(32)];
  assert.equal(await page.step("store", "staff", [root], ["passkey"]), "passkey-unavailable");
  assert.deepEqual(await page.step("list"), []);
});
