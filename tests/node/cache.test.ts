// What the cache of a cipher holds, looked up in the heap of the process, and what goes past it into wasm.

import assert from "node:assert/strict";
import { test } from "node:test";
import { getHeapSnapshot } from "node:v8";
import { glue, main } from "./support/memory.js";

type Cipher = ReturnType<import("blindtally").Keyset["cipher"]>;

const NAMES = 60;
let series = 0;

/** How many names of a series are still in the heap. A snapshot collects garbage first. */
async function remembered(mark: string): Promise<number> {
  const pattern = new RegExp(`${mark}-[0-9]+-end`, "g");
  let rest = "";
  const found = new Set<string>();
  for await (const chunk of getHeapSnapshot()) {
    const text = rest + String(chunk);
    for (const [name] of text.matchAll(pattern)) found.add(name);
    rest = text.slice(-100);
  }
  return found.size;
}

/** A beginning that is nowhere else in the heap, as a string of its own could be in this file. */
function newMark(): string {
  series += 1;
  return `series${series}of${process.pid}`;
}

/** Made anew for each call, so that only the cipher holds on to them. */
const nameOf = (mark: string, index: number) => `${mark}-${index}-end`;

/** By itself, as an asynchronous function keeps its last values while it waits. */
function encryptSeries(cipher: Cipher, mark: string, count: number): void {
  for (let index = 0; index < count; index += 1) cipher.encrypt(nameOf(mark, index));
}

for (const cacheSize of [0, 1, 2, 10, 11, undefined]) {
  const most = cacheSize ?? 1000;
  test(`a cipher with a cache for ${cacheSize ?? "the default number of"} names holds that many at most`, async () => {
    const cipher = main.Keyset.generate().cipher("event", { cacheSize });
    const mark = newMark();
    encryptSeries(cipher, mark, NAMES);
    const held = await remembered(mark);
    // Half of them at least, so that the cache is one; an odd size is rounded up.
    const fewest = Math.floor(Math.min(most, NAMES) / 2);
    assert.ok(held >= fewest && held <= Math.min(most + (most % 2), NAMES), `${held} names are held`);
    cipher.dispose();
    assert.equal(await remembered(mark), 0, "dispose lets go of them");
  });
}

test("promote() lets go of the names remembered under the former key, and dispose of a keyset of all", async () => {
  const keyset = main.Keyset.generate();
  const cipher = keyset.cipher();
  const mark = newMark();
  encryptSeries(cipher, mark, NAMES);
  assert.equal(await remembered(mark), NAMES);
  keyset.promote(keyset.generateKey());
  assert.equal(await remembered(mark), 0);
  encryptSeries(cipher, mark, 1);
  assert.equal(await remembered(mark), 1);
  keyset.dispose();
  assert.equal(await remembered(mark), 0);
});

test("batches and decryption remember no name", async () => {
  const cipher = main.Keyset.generate().cipher();
  const mark = newMark();
  const tokens = cipher.encryptAll(Array.from({ length: NAMES }, (_, index) => nameOf(mark, index)));
  cipher.decryptAll(tokens);
  cipher.decrypt(tokens[0] as string);
  cipher.decryptResults(tokens.map((token) => [token, 1] as const));
  assert.equal(await remembered(mark), 0);
  cipher.dispose();
});

test("a repeated name does not cross into wasm while it is remembered, and all names of a batch do", (context) => {
  const { prototype } = glue.WasmCipher;
  const single = context.mock.method(prototype, "encrypt");
  const batch = context.mock.method(prototype, "encryptAll");
  const cipher = main.Keyset.generate().cipher("event", { cacheSize: 4 });
  const encrypt = (...names: string[]) => {
    single.mock.resetCalls();
    const tokens = names.map((name) => cipher.encrypt(name));
    return [single.mock.callCount(), new Set(tokens).size];
  };
  assert.deepEqual(encrypt("a", "a", "a"), [1, 1]);
  assert.deepEqual(encrypt("a", "b", "a", "b"), [1, 2]);
  assert.deepEqual(encrypt("a", "c", "a", "d", "a", "e", "a", "f", "a"), [4, 5], "what is used stays");
  assert.deepEqual(encrypt("b"), [1, 1], "what is not is forgotten");
  cipher.encryptAll(["a", "b", "a"]);
  assert.equal(batch.mock.calls[0]?.arguments[1], 3);

  const off = main.Keyset.generate().cipher("event", { cacheSize: 0 });
  single.mock.resetCalls();
  for (let time = 0; time < 3; time += 1) off.encrypt("a");
  assert.equal(single.mock.callCount(), 3);
});
