// An entry is what the head of pkg/src/keyring/record.ts says.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { browsers } from "../browser/drivers.js";
import { visit } from "./support/browser.js";
import { openEntry } from "./support/entry.js";

const NAME = "staff \u{1f48a}";
const PASSPHRASE = "correct horse";

for (const browser of browsers) {
  test(`an entry made in ${browser.name} opens by the words that describe it`, {
    skip: browser.skip,
  }, async (t) => {
    const roots = [randomBytes(32), randomBytes(32)];
    const page = await visit(t, browser);
    const stored = roots.map((root) => [...root]);
    assert.equal(await page.step("store", NAME, stored, [PASSPHRASE]), "none");
    const entry = await page.step("dump", NAME);
    const opened = openEntry(entry, PASSPHRASE);

    assert.deepEqual(
      opened.roots.map((root) => Buffer.from(root)),
      roots,
    );
    assert.equal(opened.check.derived, opened.check.stored);
    assert.equal(opened.seal.derived, opened.seal.stored);
    const { unlocks, keys, ...head } = opened.head;
    const plain = { format: 1, name: NAME, revision: 1, rotateAfterDays: 0, protection: "unlock" };
    assert.deepEqual(head, plain);
    assert.equal(entry.head, JSON.stringify({ ...plain, keys, unlocks }), "in this order, without spaces");
    const checks = roots.map((root) =>
      hkdf(sha256, root, undefined, Buffer.from("blindtally key check"), 32),
    );
    assert.deepEqual(
      keys.map(({ check, status }) => [check, status]),
      checks.map((check) => [Buffer.from(check).toString("base64url"), "enabled"]),
    );
    assert.equal(keys[0]?.created, 1_700_000_000);
  });
}
