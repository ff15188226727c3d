// What the package writes is read by others, and what others write is read by the package: the implementation that made
// the vectors for files, `shamir-secret-sharing` and `@scure/base` for shares.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bech32m } from "@scure/base";
import { Keyset } from "blindtally";
import { exportKeyset } from "blindtally/hazard";
import { describeShare, KeysetFile, type KeyWrapper, type Passkey } from "blindtally/sealed";
import { combine, split } from "shamir-secret-sharing";
import { fileKeyOf, independent, independentShares } from "./support/independent.js";

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const [kek, output] = [random(32), random(32)];
const wrapper: KeyWrapper = {
  name: "a-store",
  generate: async () => ({ kek: Uint8Array.from(kek), blob: random(40) }),
  unwrap: async () => Uint8Array.from(kek),
};
const passkey: Passkey = {
  create: async () => ({ rpId: "keys.example", credentialId: random(20), output: Uint8Array.from(output) }),
  evaluate: () => Promise.reject(new Error("not asked here")),
};

test("files of the package are opened by the implementation that made the vectors, through every kind of slot", async () => {
  const keyset = Keyset.generate({ rotateAfterDays: 30 });
  keyset.rotate();
  const file = await KeysetFile.create(keyset);
  const raw = random(32);
  const passphrase = "correct horse battery staple";
  await file.addSlot({ raw, label: "the first" });
  await file.addSlot({ passphrase, cost: { memoryKiB: 19456, passes: 2, lanes: 2 } });
  await file.addSlot({ passkey });
  await file.addSlot({ wrapper });
  const { shares = [] } = await file.addSlot({ recovery: { threshold: 3, shares: 5 } });
  file.seal();
  const text = file.seal();
  const record = Buffer.from(exportKeyset(keyset));
  for (const secret of [
    { kind: "raw", key: raw },
    { kind: "passphrase", passphrase },
    { kind: "passkey", key: output },
    { kind: "wrapper", key: kek },
    { kind: "recovery", shares: shares.slice(2) },
  ]) {
    const opened = independent.open(text, secret);
    assert.equal(opened.revision, 2, secret.kind);
    assert.ok(record.equals(opened.record), secret.kind);
  }
});

test("shares of the package are put together by shamir-secret-sharing, read by @scure/base", async () => {
  for (const [threshold, count] of [
    [2, 2],
    [2, 3],
    [5, 8],
    [32, 32],
  ] as const) {
    const file = await KeysetFile.create(Keyset.generate());
    const { shares = [], slot } = await file.addSlot({ recovery: { threshold, shares: count } });
    assert.equal(shares.length, count);
    const chosen = [...shares].reverse().slice(0, threshold);
    const values = chosen.map((share) => {
      const { prefix, bytes } = bech32m.decodeToBytes(share);
      assert.equal(prefix, "bts");
      assert.equal(Buffer.from(bytes.subarray(0, 4)).toString("hex"), slot.id);
      assert.deepEqual([...bytes.subarray(4, 6)], [threshold, count]);
      assert.deepEqual(describeShare(share), { setId: slot.id, threshold, shares: count, index: bytes[6] });
      // In that library's form the index comes last.
      return Uint8Array.of(...bytes.subarray(7), bytes[6] as number);
    });
    const key = await combine(values);
    assert.ok(Buffer.from(key).equals(independentShares.combine(chosen).key));
    assert.equal(fileKeyOf(file.seal(), key).length, 32);
  }
});

test("shares of shamir-secret-sharing open a file of the implementation that made the vectors", async () => {
  const [salt, fileKey, key] = [random(16), random(32), random(32)];
  const [threshold, count] = [3, 4];
  const keyset = Keyset.generate();
  const record = exportKeyset(keyset);
  const head = independent.headOf("recovery", salt, undefined, [threshold, count]);
  const line = independent.slotLine(head, salt, key, fileKey);
  const text = independent.seal([line], fileKey, random(12), independent.contentOf(7, record));
  // That library chooses where on the polynomial it looks; the format has the points 1 to 4, so its values are moved.
  const made = await split(key, 255, threshold);
  const byIndex = new Map(made.map((share) => [share.at(-1), share.subarray(0, 32)]));
  const shares = [1, 2, 3, 4].map((index) =>
    bech32m.encodeFromBytes(
      "bts",
      Uint8Array.of(...salt.subarray(0, 4), threshold, count, index, ...(byIndex.get(index) as Uint8Array)),
    ),
  );
  for (const chosen of [shares.slice(0, 3), shares.slice(1), [...shares].reverse()]) {
    const file = await KeysetFile.open(text, { shares: chosen });
    assert.equal(file.revision, 7);
    assert.equal(file.keyset.primaryKeyId, keyset.primaryKeyId);
  }
  assert.deepEqual(await KeysetFile.rehearse(text, shares.slice(1)), {
    slot: Buffer.from(salt.subarray(0, 4)).toString("hex"),
    revision: 7,
  });
});
