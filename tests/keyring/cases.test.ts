// The cases that run inside a page, in Chromium and Firefox.

import assert from "node:assert/strict";
import { test } from "node:test";
import { browsers } from "../browser/drivers.js";
import { visit } from "./support/browser.js";

for (const browser of browsers) {
  test(`the keyring does what it says in ${browser.name}`, { skip: browser.skip }, async (t) => {
    const page = await visit(t, browser);
    const outcomes = await page.step("cases");
    assert.ok(outcomes.length > 0);
    for (const { claim, message } of outcomes) {
      await t.test(`${claim} (${browser.name})`, () => assert.equal(message, undefined));
    }
  });
}
