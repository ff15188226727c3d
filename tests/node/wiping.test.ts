// What stays in wasm memory: nothing of a key after dispose, nothing of a name after a call. Looks at the memory itself.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { randomFrom } from "../suite/random.js";

const require = createRequire(import.meta.url);
const pkg = new URL("../../../pkg/dist/", import.meta.url);
const { memory } = require(new URL("cjs/wasm/blindtally.js", pkg).pathname).initSync({
  module: readFileSync(new URL("blindtally.wasm", pkg)),
}) as { memory: WebAssembly.Memory };
/** The key schedule of AES-256: 15 round keys. It lies in memory right before the nonce it is kept with. */
const SCHEDULE_BYTES = 15 * 16;

type Keyset = import("blindtally").Keyset;
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

/** K and N of the default context, as SPEC.md, section 3, derives them. */
function derivedKey(root: Uint8Array): Uint8Array {
  return hkdf(sha256, root, undefined, Buffer.from("blindtally bt1 context\0\x05event"), 44);
}

/** The key schedule of a cipher in use, in pieces; only those that no accident repeats. */
function scheduleBefore(nonce: Uint8Array): Buffer[] {
  const bytes = Buffer.from(memory.buffer);
  const at = bytes.indexOf(Buffer.from(nonce));
  assert.notEqual(at, -1, "a cipher in use has its nonce in memory");
  const schedule = Buffer.from(bytes.subarray(at - SCHEDULE_BYTES, at));
  const pieces = Array.from({ length: SCHEDULE_BYTES / 8 }, (_, index) =>
    schedule.subarray(index * 8, index * 8 + 8),
  );
  return pieces.filter((piece) => new Set(piece).size >= 7);
}

const SEQUENCES: Record<string, (keyset: Keyset) => void> = {
  "made and not used": () => {},
  used: (keyset) => void keyset.cipher().encrypt("name"),
  "used, then another key promoted": (keyset) => {
    keyset.cipher().encrypt("name");
    keyset.promote(keyset.generateKey());
  },
  "used, then three keys added": (keyset) => {
    keyset.cipher().encrypt("name");
    for (let count = 0; count < 3; count += 1) keyset.generateKey();
  },
};

for (const [how, use] of Object.entries(SEQUENCES)) {
  test(`nothing of derived key, nonce and key schedule is left of a cipher ${how}`, () => {
    const root = random.bytes(32);
    const keyset = importRootKey(root);
    const cipher = keyset.cipher();
    use(keyset);
    const derived = derivedKey(root);
    const schedule = scheduleBefore(derived.subarray(32));
    assert.ok(schedule.length > 15, "the key schedule was found");
    keyset.dispose();
    const bytes = Buffer.from(memory.buffer);
    assert.equal(inMemory(derived), false, "K and N");
    assert.equal(schedule.filter((piece) => bytes.includes(piece)).length, 0, "the key schedule");
    assert.throws(() => cipher.encrypt("name"), { code: "disposed" });
  });
}

test("no text of a hundred megabytes makes wasm memory grow", () => {
  const keyset = importRootKey(random.bytes(32));
  const cipher = keyset.cipher();
  const before = memory.buffer.byteLength;
  const huge = "n".repeat(100_000_000);
  assert.throws(() => cipher.encrypt(huge), { code: "bad-name" });
  assert.throws(() => cipher.decrypt(`bt1_${huge}`), { code: "bad-token" });
  assert.throws(() => cipher.encryptAll([huge]), { code: "bad-name" });
  assert.throws(() => cipher.decryptAll([huge]), { code: "not-a-token" });
  assert.throws(() => keyset.cipher(huge), { code: "bad-context" });
  for (const change of ["promote", "disable", "enable"] as const) {
    assert.throws(() => keyset[change](huge), { code: "unknown-key" });
  }
  assert.equal(cipher.decryptResults({ [huge]: 1 }).unreadable.length, 1);
  assert.equal(memory.buffer.byteLength, before);
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
