// Global Privacy Control and Do Not Track in browsers whose user has set them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { browsers, type Preferences } from "../browser/drivers.js";
import { servePackage } from "../keyring/support/site.js";
import type { Seen } from "./signals-page.js";

const READY_MS = 60_000;

/** Chromium has Do Not Track only. */
const SETTINGS: readonly {
  browser: string;
  signal: string;
  preferences: Preferences;
  shows: Partial<Seen>;
}[] = [
  { browser: "Chromium", signal: "", preferences: {}, shows: { doNotTrack: null } },
  {
    browser: "Chromium",
    signal: "Do Not Track",
    preferences: { enable_do_not_track: true },
    shows: { doNotTrack: "1" },
  },
  { browser: "Firefox", signal: "", preferences: {}, shows: { globalPrivacyControl: false } },
  {
    browser: "Firefox",
    signal: "Global Privacy Control",
    preferences: {
      "privacy.globalprivacycontrol.enabled": true,
      "privacy.globalprivacycontrol.functionality.enabled": true,
    },
    shows: { globalPrivacyControl: true },
  },
  {
    browser: "Firefox",
    signal: "Do Not Track",
    preferences: { "privacy.donottrackheader.enabled": true },
    shows: { doNotTrack: "1" },
  },
];

for (const { browser, signal, preferences, shows } of SETTINGS) {
  const { skip, open } = browsers.find(({ name }) => name === browser) as (typeof browsers)[number];
  const claim = signal
    ? `${signal} in ${browser} means that nothing is sent and nothing stored until optIn()`
    : `without a signal, ${browser} sends`;
  test(claim, { skip, timeout: 3 * READY_MS }, async (t) => {
    const address = await servePackage(t, "/tests/events/signals-page.js");
    const driver = await open(undefined, preferences);
    t.after(() => driver.quit());
    await driver.get(address);
    const ready = () => driver.executeScript<Seen | string | null>("return globalThis.seen ?? null");
    const seen = (await driver.wait(ready, READY_MS, "the page is not ready")) as Seen | string;
    assert.ok(typeof seen === "object", String(seen));
    const { consents, before, after, ...said } = seen;
    assert.deepEqual({ ...said, ...shows }, said, "the browser says what its user wants");
    assert.deepEqual(consents, [signal ? "denied" : "granted", "granted", "granted"]);
    assert.deepEqual(
      [before.requests, before.databases > 0, before.dropped],
      signal ? [0, false, 1] : [1, true, 0],
    );
    assert.deepEqual(
      [after.requests, after.databases > 0, after.dropped],
      signal ? [1, true, 1] : [2, true, 0],
    );
  });
}
