// A trap in wasm, or a stack that ends in the middle of a call, leaves the instance in an unknown state. Its own file:
// the process is of no further use. Memory is overwritten here to bring it about: where a stack ends is up to the engine.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";

const require = createRequire(import.meta.url);
const pkg = new URL("../../../pkg/dist/", import.meta.url);
const { memory } = require(new URL("cjs/wasm/blindtally.js", pkg).pathname).initSync({
  module: readFileSync(new URL("blindtally.wasm", pkg)),
}) as { memory: WebAssembly.Memory };
const { importRootKey } = require("blindtally/hazard") as typeof import("blindtally/hazard");

test("an instance that failed is used no more, wiped whole, and can still be disposed of", () => {
  const root = randomBytes(32);
  const keyset = importRootKey(root);
  const cipher = keyset.cipher();
  const token = cipher.encrypt("remembered");
  assert.equal(cipher.encrypt("remembered"), token);
  const bytes = Buffer.from(memory.buffer);
  const at = bytes.indexOf(root);
  assert.notEqual(at, -1, "the key is in memory");
  // As after a write that went astray: all but the key.
  bytes.fill(0xff, 0, at);
  bytes.fill(0xff, at + root.length);

  assert.throws(() => cipher.encrypt("x"), { code: "internal" });
  assert.equal(bytes.includes(root), false, "the key is gone at once");
  assert.ok(bytes.every((byte) => byte === 0));
  assert.throws(() => cipher.encrypt("x"), { code: "internal" });
  assert.throws(
    () => cipher.encrypt("remembered"),
    { code: "internal" },
    "nor is what it said before relied on",
  );
  assert.throws(() => cipher.decrypt(token), { code: "internal" });
  assert.throws(() => cipher.encryptRandomized("x"), { code: "internal" });
  assert.throws(() => cipher.decryptRandomized(token), { code: "internal" });
  assert.throws(() => cipher.encryptAll(["remembered"]), { code: "internal" });
  assert.throws(() => cipher.decryptAll([token]), { code: "internal" });
  assert.throws(() => cipher.decryptResults({ [token]: 1 }), { code: "internal" });
  assert.throws(() => keyset.cipher(), { code: "internal" });
  cipher.dispose();
  assert.throws(() => cipher.encrypt("remembered"), { code: "internal" });
  keyset.dispose();
  keyset.dispose();
});
