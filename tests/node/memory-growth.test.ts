// Wasm memory that grows takes away every view of it. Its own file: memory grows once in a process.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main, memory } from "./support/memory.js";

/** Does something until memory has grown, and fails if it never does. */
function untilGrown(act: () => void): void {
  const before = memory.buffer;
  for (let time = 0; time < 2000 && before.byteLength > 0; time += 1) act();
  assert.ok(before.byteLength === 0 && memory.buffer.byteLength > 0, "memory has grown");
}

const keyset = main.Keyset.generate();
const cipher = keyset.cipher("event", { cacheSize: 0 });
const names = ["first", "zweitens-ü", "n".repeat(239), "€".repeat(79)];
const tokens = names.map((name) => cipher.encrypt(name));

function works(): void {
  assert.deepEqual(
    names.map((name) => cipher.encrypt(name)),
    tokens,
  );
  assert.deepEqual(
    tokens.map((token) => cipher.decrypt(token)),
    names,
  );
  assert.throws(() => cipher.encrypt("\ud800"), { code: "bad-name" });
  assert.throws(() => cipher.decrypt("é"), { code: "not-a-token" });
}

test("single calls work after a batch that made memory grow", () => {
  const long = Array.from({ length: 4096 }, (_, index) => `${"n".repeat(230)}${index}`);
  untilGrown(() => void cipher.encryptAll(long));
  works();
});

test("a cipher works whose mailbox was made before others made memory grow", () => {
  const others: unknown[] = [];
  const other = keyset.cipher("other");
  untilGrown(() => {
    for (let count = 0; count < 50; count += 1) others.push(keyset.cipher(`context-${others.length}`));
  });
  works();
  const token = other.encrypt("n");
  assert.equal(other.decrypt(token), "n");
  assert.equal(keyset.cipher("other").encrypt("n"), token);
});

test("a name is read back though memory grew between the two calls, by whatever means", () => {
  const token = cipher.encrypt("between");
  memory.grow(1);
  assert.equal(cipher.decrypt(token), "between");
  memory.grow(1);
  assert.equal(cipher.encrypt("between"), token);
  memory.grow(1);
  works();
});
