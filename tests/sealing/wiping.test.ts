// Where secrets lie while a sealed file is used, and that they are gone afterwards.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Keyset } from "blindtally";
import { exportRootKeys } from "blindtally/hazard";
import { KeysetFile } from "blindtally/sealed";
import { fileKeyOf } from "./support/independent.js";
import { coreGlue, glue, inMemory, memory } from "./support/memory.js";

const randomKey = () => crypto.getRandomValues(new Uint8Array(32));
const FLOOR = { memoryKiB: 19456, passes: 2 };

/** A file that is open, with all that is secret about it. */
async function opened() {
  const keyset = Keyset.generate();
  const roots = exportRootKeys(keyset).map(({ key }) => key);
  const file = await KeysetFile.create(keyset);
  const raw = randomKey();
  await file.addSlot({ raw });
  const text = file.seal();
  return { file, roots, raw, text, fileKey: fileKeyOf(text, raw) };
}

test("an open file keeps its key in wasm memory, and nothing else that is secret", async () => {
  const { file, roots, raw, fileKey } = await opened();
  assert.equal(inMemory(fileKey), true, "what is looked for can be found");
  assert.equal(inMemory(raw), false, "the key of the slot");
  for (const root of roots) assert.equal(inMemory(root), false, "a root key");
  file.dispose();
});

for (const [how, end] of [
  ["locking the file", (file: KeysetFile) => file.lock()],
  ["locking its keyset", (file: KeysetFile) => file.keyset.lock()],
  ["disposing of the file", (file: KeysetFile) => file.dispose()],
] as const) {
  test(`after ${how} nothing secret is in the memory of the instance`, async () => {
    const { file, roots, raw, text, fileKey } = await opened();
    const again = await KeysetFile.open(text, { raw });
    again.reopen(file.seal());
    end(file);
    end(again);
    for (const secret of [fileKey, raw, ...roots]) assert.equal(inMemory(secret), false);
  });
}

test("an idle lock wipes the key of the file", async () => {
  const { file, raw, text, fileKey } = await opened();
  file.dispose();
  // No program waits for the lock itself.
  const waiting = setInterval(() => {}, 1_000);
  const locked = new Promise<string>((resolve, reject) => {
    KeysetFile.open(text, { raw }, { lockAfterIdle: 20, onLock: resolve }).catch(reject);
  });
  assert.equal(await locked, "idle");
  clearInterval(waiting);
  assert.equal(inMemory(fileKey), false);
});

test("a passphrase and shares are not in memory once a file is open, nor once it did not open", async () => {
  const { file, text, fileKey } = await opened();
  // No words that the module itself holds.
  const passphrase = "correct horse battery staple";
  await file.addSlot({ passphrase, cost: FLOOR });
  const { shares = [] } = await file.addSlot({ recovery: { threshold: 2, shares: 2 } });
  const bytes = (text: string) => new TextEncoder().encode(text);
  assert.equal(inMemory(bytes(passphrase)), false);
  for (const share of shares) assert.equal(inMemory(bytes(share).subarray(12)), false);

  const full = file.seal();
  file.dispose();
  for (const secret of [{ passphrase }, { shares }]) {
    const again = await KeysetFile.open(full, secret);
    assert.equal(inMemory(bytes(passphrase)), false);
    again.dispose();
  }
  const wrong = "incorrect donkey charger clip";
  await assert.rejects(KeysetFile.open(full, { passphrase: wrong }), { code: "cannot-open" });
  await assert.rejects(KeysetFile.open(full, { raw: randomKey() }), { code: "cannot-open" });
  await assert.rejects(KeysetFile.open(text, { shares }), { code: "unknown-slot" });
  assert.equal(inMemory(bytes(wrong)), false);
  for (const share of shares) assert.equal(inMemory(bytes(share).subarray(12)), false);
  assert.equal(inMemory(fileKey), false);
});

test("a rehearsal leaves no key anywhere in the memory of the instance", async () => {
  const { file, roots, raw, fileKey } = await opened();
  const { shares = [] } = await file.addSlot({ recovery: { threshold: 2, shares: 3 } });
  const text = file.seal();
  file.dispose();
  assert.equal((await KeysetFile.rehearse(text, shares.slice(1))).revision, 2);
  for (const secret of [fileKey, raw, ...roots]) assert.equal(inMemory(secret), false);
});

test("every array in which a record or a secret crosses between the modules is wiped", async (t) => {
  const crossed: Uint8Array[] = [];
  const note = (value: unknown) => {
    if (value instanceof Uint8Array && value.length > 0) crossed.push(value);
    return value;
  };
  const watched = [
    [glue.WasmSealedFile.prototype, "open"],
    [glue.WasmSealedFile.prototype, "reopen"],
    [coreGlue.WasmKeyset.prototype, "toBytes"],
  ] as const;
  for (const [owner, name] of watched) {
    const methods = owner as Record<string, (...args: unknown[]) => unknown>;
    const original = methods[name] as (...args: unknown[]) => unknown;
    // Of what is passed, the secret of a slot comes third.
    methods[name] = function (...args) {
      note(args[2]);
      return note(original.apply(this, args));
    };
    t.after(() => {
      methods[name] = original;
    });
  }
  const { file, raw, text } = await opened();
  await file.addSlot({ passphrase: "correct horse", cost: FLOOR });
  const later = file.seal();
  const again = await KeysetFile.open(text, { raw });
  again.reopen(later);
  await KeysetFile.open(later, { passphrase: "correct horse" });
  await assert.rejects(KeysetFile.open(later, { passphrase: "wrong" }), { code: "cannot-open" });
  await assert.rejects(KeysetFile.open(text, { raw: randomKey() }), { code: "cannot-open" });
  assert.ok(crossed.length >= 9, `${crossed.length} arrays crossed`);
  assert.ok(
    crossed.some((bytes) => bytes.length > 80),
    "records among them",
  );
  // Looking at keys makes arrays without secrets, which need not be wiped: none was looked at here.
  assert.deepEqual(
    crossed.filter((bytes) => bytes.some((byte) => byte !== 0)),
    [],
  );
});

test("files that are opened and disposed of, or do not open, take no more and more memory", async () => {
  const { file, raw, text } = await opened();
  file.dispose();
  const stranger = randomKey();
  const round = async () => {
    (await KeysetFile.open(text, { raw })).dispose();
    await KeysetFile.inspect(text);
    await assert.rejects(KeysetFile.open(text, { raw: stranger }), { code: "cannot-open" });
    await assert.rejects(KeysetFile.open(`${text}x`, { raw }), { code: "bad-keyset-file" });
  };
  for (let count = 0; count < 100; count += 1) await round();
  const before = memory.buffer.byteLength;
  for (let count = 0; count < 2_000; count += 1) await round();
  assert.equal(memory.buffer.byteLength, before);
});
