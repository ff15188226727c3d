// What stays in wasm memory: nothing of a key after dispose, nothing of a name after a call. Looks at the memory itself.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { randomFrom } from "../suite/random.js";

const require = createRequire(import.meta.url);
const pkg = new URL("../../../pkg/dist/", import.meta.url);
const { memory } = require(new URL("cjs/wasm/blindtally.js", pkg).pathname).initSync({
  module: readFileSync(new URL("blindtally.wasm", pkg)),
}) as { memory: WebAssembly.Memory };
const { importRootKey, exportRootKeys } = require("blindtally/hazard") as typeof import("blindtally/hazard");

/** Whether any eight bytes in a row of the secret lie in wasm memory. */
function inMemory(secret: Uint8Array): boolean {
  const bytes = Buffer.from(memory.buffer);
  const windows = Array.from({ length: secret.length - 7 }, (_, start) => secret.subarray(start, start + 8));
  return windows.some((window) => bytes.includes(Buffer.from(window)));
}

const random = randomFrom(20_260_101);

test("the scan finds a root key that is in use", () => {
  const root = random.bytes(32);
  const keyset = importRootKey(root);
  assert.ok(inMemory(root));
  keyset.dispose();
});

test("no eight bytes of a root key are left after dispose, however it was used", () => {
  const root = random.bytes(32);
  const second = random.bytes(32);
  const keyset = importRootKey(root);
  importRootKey(second, keyset);
  const cipher = keyset.cipher(["acme", "prod"]);
  cipher.decrypt(cipher.encrypt("name"));
  keyset.promote(keyset.keys[1]?.id ?? "");
  for (const { key } of exportRootKeys(keyset)) key.fill(0);
  assert.ok(inMemory(root) && inMemory(second));
  keyset.dispose();
  assert.deepEqual([inMemory(root), inMemory(second)], [false, false]);
});

test("a refused root key is wiped as well", () => {
  const root = random.bytes(32);
  const keyset = importRootKey(root);
  assert.throws(() => importRootKey(root, keyset), { code: "duplicate-key" });
  keyset.dispose();
  assert.equal(inMemory(root), false);
});

test("no eight bytes of a name are left after single calls, batches and result maps", () => {
  const keyset = importRootKey(random.bytes(32));
  const cipher = keyset.cipher();
  const names = [
    "medication.missed.seldom-typed",
    "prescription-renewal-höchst-geheim-💊-日本語",
    "x".repeat(3) + "consultation.oncology.booked".repeat(6),
  ];
  for (const name of names) {
    const token = cipher.encrypt(name);
    assert.equal(cipher.decrypt(token), name);
    cipher.decryptAll(cipher.encryptAll([name, name]));
    cipher.decryptResults({ [token]: 3 });
    assert.throws(() => cipher.encryptAll([name, ""]), { code: "bad-name" });
    assert.throws(() => cipher.decrypt(name), { code: "not-a-token" });
    assert.throws(() => cipher.decryptAll([name]), { code: "not-a-token" });
  }
  const longer = `${"é".repeat(60)}längst-vergessene-überweisung-zur-onkologie-💊`;
  cipher.encrypt(longer);
  for (const name of [...names, longer]) assert.equal(inMemory(Buffer.from(name)), false, name);
  keyset.dispose();
});
