// A trap in the module that seals. Its own file: that instance is of no further use. Memory is overwritten here to
// bring it about.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Keyset } from "blindtally";
import { KeysetFile } from "blindtally/sealed";
import { fileKeyOf } from "./support/independent.js";
import { inMemory, memory } from "./support/memory.js";

test("a trap costs the sealed files that are open, and wipes them; no keyset is lost with them", async () => {
  const raw = crypto.getRandomValues(new Uint8Array(32));
  const [file, other] = [
    await KeysetFile.create(Keyset.generate()),
    await KeysetFile.create(Keyset.generate()),
  ];
  await file.addSlot({ raw });
  const text = file.seal();
  const fileKey = fileKeyOf(text, raw);
  assert.equal(inMemory(fileKey), true);
  const bytes = Buffer.from(memory.buffer);
  const at = bytes.indexOf(fileKey.subarray(0, 8));
  // As after a write that went astray: all but the key.
  bytes.fill(0xff, 0, at);
  bytes.fill(0xff, at + fileKey.length);

  assert.throws(() => file.seal(), { code: "internal" });
  assert.ok(
    Buffer.from(memory.buffer).every((byte) => byte === 0),
    "all of the memory is wiped",
  );
  for (const act of [() => file.seal(), () => other.seal(), () => other.slots, () => file.revision]) {
    assert.throws(act, { code: "internal" });
  }
  await assert.rejects(KeysetFile.open(text, { raw }), { code: "internal" });
  await assert.rejects(KeysetFile.inspect(text), { code: "internal" });

  const cipher = file.keyset.cipher();
  assert.equal(cipher.decrypt(cipher.encrypt("still here")), "still here");
  assert.equal(Keyset.generate().keys.length, 1);
  file.lock();
  assert.throws(() => cipher.encrypt("x"), { code: "locked" });
  file.dispose();
  other.dispose();
});
