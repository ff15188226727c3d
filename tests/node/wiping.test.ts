// What stays of keys in wasm memory after dispose: nothing, wherever they lay. Looks at the memory itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ecb } from "@noble/ciphers/aes.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { randomFrom } from "../suite/random.js";
import {
  glue,
  hazard,
  inMemory,
  main,
  memory,
  packed,
  placesOf,
  rawRefusal,
  snapshot,
} from "./support/memory.js";

const { importRootKey, exportRootKeys } = hazard;
type Keyset = import("blindtally").Keyset;

const random = randomFrom(20_260_101);

/** Bytes in which a piece of a key is looked for. */
const PIECE = 8;
/** The key schedule of AES-256, in whatever form, has at least 15 round keys of 16 bytes; some may look like no key. */
const SCHEDULE_PIECES = (0.8 * (15 * 16)) / PIECE;

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

/** What one root key gives in the default context: SPEC.md, section 3, and RFC 8452, section 4. */
function secretsOf(root: Uint8Array) {
  const derived = hkdf(sha256, root, undefined, Buffer.from("blindtally bt1 context\0\x05event"), 44);
  const [key, nonce] = [derived.subarray(0, 32), derived.subarray(32)];
  const halves = messageKeysOf(key, nonce);
  return {
    "the derived key": key,
    "the nonce": nonce,
    "the message-authentication key": halves.subarray(0, 16),
    "the message-encryption key": halves.subarray(16),
    "the key of randomized tokens": randomizedKeyOf(derived),
  };
}

/** SPEC.md, section 17. */
function randomizedKeyOf(derived: Uint8Array): Uint8Array {
  return hkdf(sha256, derived, undefined, Buffer.from("blindtally br1 key"), 32);
}

/** The keys of one message under another key and nonce: RFC 8452, section 4. */
function messageKeysOf(key: Uint8Array, nonce: Uint8Array): Uint8Array {
  const counters = [0, 1, 2, 3, 4, 5].flatMap((counter) => [counter, 0, 0, 0, ...nonce]);
  const blocks = ecb(key, { disablePadding: true }).encrypt(Uint8Array.from(counters));
  return blocks.filter((_, at) => at % 16 < 8);
}

/** Pieces that are in memory now and were not before, but for what is no key by its looks or is known to be public. */
function appeared(before: Buffer, isPublic: readonly Buffer[]): Buffer[] {
  const now = snapshot();
  const pieces: Buffer[] = [];
  for (let at = 0; at + PIECE <= now.length; at += PIECE) {
    const piece = now.subarray(at, at + PIECE);
    if (piece.equals(before.subarray(at, at + PIECE))) continue;
    // Addresses and lengths repeat their high bytes, and text has no byte above 0x7f. Of random pieces nine in ten pass.
    const isRandom = new Set(piece).size === PIECE && piece.some((byte) => byte > 0x7f);
    const halves = [piece.subarray(0, PIECE / 2), piece.subarray(PIECE / 2)];
    const isKnown = halves.some((half) => isPublic.some((bytes) => bytes.includes(half)));
    if (isRandom && !isKnown && !before.includes(piece)) pieces.push(piece);
  }
  return pieces;
}

/** What may stay of a keyset: its record but for the secrets, key ids as numbers, what keys are derived for, and tokens. */
function publicOf(keyset: Keyset, tokens: readonly string[]): Buffer[] {
  const scope = keyset.scope();
  const described = [describedBy(keyset, 7, 32), describedBy(scope, 13, 44)];
  scope.dispose();
  return [
    ...described,
    ...keyset.keys.map(({ id }) => Buffer.from(id, "hex").reverse()),
    Buffer.from("blindtally bt1 context\0\x05event"),
    Buffer.from("blindtally bt1 context check\0"),
    Buffer.from("blindtally br1 key"),
    ...tokens.map((token) => Buffer.from(token.slice(4), "base64url")),
  ].map((bytes) => Buffer.from(bytes));
}

/** The record of a keyset without its secrets: how long the head is, and each secret. */
function describedBy(keyset: Keyset, head: number, secret: number): Buffer {
  const record = Buffer.from(hazard.exportKeyset(keyset));
  for (let at = head + 45; at < record.length; at += 45 + secret) record.fill(0, at, at + secret);
  return record;
}

/** The pieces that are in memory. */
function found(pieces: readonly Buffer[]): number {
  const now = snapshot();
  return pieces.filter((piece) => now.includes(piece)).length;
}

/** Those that stay when their keyset is disposed of. */
const scopes: Keyset[] = [];

/** What is done with a keyset; gives the tokens, which are no secret and may stay. */
const SEQUENCES: Record<string, (keyset: Keyset) => string[]> = {
  "made and not used": () => [],
  "used for a name": (keyset) => [keyset.cipher().encrypt("name")],
  "used for a token": (keyset) => {
    const token = keyset.cipher().encrypt("name");
    keyset.cipher().decrypt(token);
    return [token];
  },
  "used for batches": (keyset) => {
    const cipher = keyset.cipher();
    const tokens = cipher.encryptAll(Array.from({ length: 300 }, (_, index) => `name-${index}`));
    cipher.decryptAll(tokens);
    cipher.decryptResults(tokens.map((token) => [token, 1] as const));
    return tokens;
  },
  "used, then another key promoted": (keyset) => {
    const token = keyset.cipher().encrypt("name");
    keyset.promote(keyset.generateKey());
    return [token, keyset.cipher().encrypt("name")];
  },
  "used, then rotated, its tokens made anew, another key destroyed": (keyset) => {
    const cipher = keyset.cipher();
    const tokens = cipher.encryptAll(Array.from({ length: 300 }, (_, index) => `name-${index}`));
    const spare = keyset.generateKey();
    keyset.rotate();
    const all = [...tokens, ...cipher.tokensFor("name"), ...cipher.rewrapAll(tokens)];
    keyset.destroy(spare);
    return all;
  },
  "used for randomized tokens": (keyset) => {
    const cipher = keyset.cipher();
    const tokens = Array.from({ length: 20 }, (_, index) => cipher.encryptRandomized(`name-${index}`));
    for (const token of tokens) cipher.decryptRandomized(token);
    return tokens;
  },
  "used through scopes": (keyset) => {
    const scope = keyset.scope();
    const inner = scope.scope();
    const token = inner.cipher().encrypt("name");
    scope.cipher().decrypt(token);
    scopes.push(scope, inner);
    return [token];
  },
  "used, then three keys added": (keyset) => {
    const token = keyset.cipher().encrypt("name");
    for (let count = 0; count < 3; count += 1) keyset.generateKey();
    return [token];
  },
};

const ENDED = Object.entries(SEQUENCES).flatMap(([how, use]) => [
  { how, use, end: "dispose", code: "disposed" } as const,
  { how, use, end: "lock", code: "locked" } as const,
]);

for (const { how, use, end, code } of ENDED) {
  test(`nothing of any key derived for a cipher is left after ${end}(): ${how}`, () => {
    const root = random.bytes(32);
    const secrets = secretsOf(root);
    const before = snapshot();
    const keyset = importRootKey(root);
    const cipher = keyset.cipher();
    const known = publicOf(keyset, use(keyset));

    // The crate for POLYVAL keeps its key as it is. The round keys are kept in another order, so the message-encryption
    // key is not to be seen, and whatever appeared is watched instead.
    assert.ok(inMemory(secrets["the nonce"]), "the scan finds the nonce of a cipher in use");
    assert.ok(inMemory(secrets["the message-authentication key"]), "and a message key");
    const pieces = appeared(before, known);
    assert.ok(pieces.length >= SCHEDULE_PIECES, `a key schedule appeared: ${pieces.length} pieces`);

    keyset[end]();
    if (end === "dispose") for (const scope of scopes) scope.dispose();
    assert.equal(inMemory(root), false, "the root key");
    for (const [what, secret] of Object.entries(secrets)) assert.equal(inMemory(secret), false, what);
    assert.equal(found(pieces), 0, "whatever appeared is gone");
    assert.throws(() => cipher.encrypt("name"), { code });
  });
}

test("the key that message keys are derived from is gone while the cipher is in use", () => {
  const root = random.bytes(32);
  const keyset = importRootKey(root);
  const cipher = keyset.cipher();
  cipher.decrypt(cipher.encrypt("name"));
  assert.equal(inMemory(secretsOf(root)["the derived key"]), false);
  keyset.dispose();
});

test("nothing of a randomized token but itself is left while its cipher is in use: neither its keys nor the key above", () => {
  for (const length of [1, 40, 100, 150, 239]) {
    const root = random.bytes(32);
    const randomizedKey = secretsOf(root)["the key of randomized tokens"];
    const keyset = importRootKey(root);
    const cipher = keyset.cipher();
    assert.equal(
      placesOf(randomizedKey).length,
      1,
      "the scan finds the key of a cipher in use, where it stays",
    );
    const token = cipher.encryptRandomized("n".repeat(length));
    const keys = messageKeysOf(randomizedKey, Buffer.from(token.slice(4), "base64url").subarray(4, 16));
    const parts = {
      "message-authentication key": keys.subarray(0, 16),
      "message-encryption key": keys.subarray(16),
    };
    const check = (after: string) => {
      assert.equal(placesOf(randomizedKey).length, 1, `the key above lies in one place alone after ${after}`);
      for (const [what, key] of Object.entries(parts))
        assert.equal(inMemory(key), false, `${what}, ${after}`);
    };
    check("encrypting");
    const before = snapshot();
    cipher.decryptRandomized(token);
    check("decrypting");
    // The round keys are kept in another order, so whatever appeared is looked at instead.
    const known = publicOf(keyset, [token, cipher.encryptRandomized("n".repeat(length))]);
    assert.deepEqual(appeared(before, known), []);
    const forged = Buffer.from(token.slice(4), "base64url");
    forged[forged.length - 1] = (forged.at(-1) as number) ^ 1;
    assert.throws(() => cipher.decryptRandomized(`br1_${forged.toString("base64url")}`), {
      code: "bad-token",
    });
    check("a refusal");
    keyset.dispose();
    assert.equal(inMemory(randomizedKey), false, "after dispose");
  }
});

test("a cipher that is disposed leaves nothing, though its keyset goes on", () => {
  const root = random.bytes(32);
  const secrets = secretsOf(root);
  const keyset = importRootKey(root);
  const before = snapshot();
  const cipher = keyset.cipher();
  const pieces = appeared(before, publicOf(keyset, [cipher.encrypt("name")]));
  assert.ok(pieces.length >= SCHEDULE_PIECES, `a key schedule appeared: ${pieces.length} pieces`);
  cipher.dispose();
  for (const [what, secret] of Object.entries(secrets)) assert.equal(inMemory(secret), false, what);
  assert.equal(found(pieces), 0);
  keyset.dispose();
});

test("a scope's keys that go to another thread are wiped on this side, and on the other when they are read", () => {
  const root = random.bytes(32);
  const derived = secretsOf(root)["the derived key"];
  const keyset = glue.WasmKeyset.importRootKey(Uint8Array.from(root), 0);
  const event = packed(["event"]);
  const made = keyset.scope(...event);
  assert.ok(inMemory(derived), "the scan finds the keys of a scope");
  const record = made.toBytes(1);
  made.free();
  assert.ok(Buffer.from(record).includes(Buffer.from(derived)), "they are handed out");
  assert.equal(inMemory(derived), false);
  assert.equal(inMemory(root), true, "the keyset is still there");
  keyset.free();

  const scope = glue.WasmKeyset.fromBytes(record);
  const cipher = scope.cipher(...event);
  scope.free();
  assert.equal(inMemory(derived), false);
  for (const [altered, code] of [
    [Uint8Array.from([...record, 1]), "bad-keyset"],
    [Uint8Array.from([...record.slice(0, -1), (record.at(-1) ?? 0) ^ 1]), "key-check"],
  ] as const) {
    assert.throws(() => glue.WasmKeyset.fromBytes(altered), rawRefusal(code));
    assert.equal(inMemory(derived), false, "nor are refused ones left");
  }
  cipher.free();
  for (const [what, secret] of Object.entries(secretsOf(root))) assert.equal(inMemory(secret), false, what);
});

test("no eight bytes of a key are left of what describes a keyset, exports and imports it", () => {
  const root = random.bytes(32);
  const keyset = importRootKey(root);
  keyset.rotate();
  assert.equal(keyset.keys.length, 2);
  assert.ok(JSON.stringify(keyset).length > 100);
  const record = hazard.exportKeyset(keyset);
  const text = hazard.exportKeysetText(keyset);
  const secrets = exportRootKeys(keyset).map(({ key }) => key);
  assert.equal(secrets.length, 2);
  keyset.dispose();
  const gone = () => assert.deepEqual(secrets.map(inMemory), [false, false]);
  gone();
  for (const open of [() => hazard.importKeyset(record), () => hazard.importKeysetText(text)]) {
    const again = open();
    assert.deepEqual(secrets.map(inMemory), [true, true]);
    again.dispose();
    gone();
  }
  const last = record.length - 1;
  for (let at = 0; at < record.length; at += 7) {
    const altered = Uint8Array.from(record);
    altered[at === 0 ? last : at] = (altered[at === 0 ? last : at] as number) ^ 0x80;
    // What is no secret and has no check, such as a time, may be altered and be a record still.
    try {
      hazard.importKeyset(altered).dispose();
    } catch (error) {
      assert.match((error as { code: string }).code, /^(bad-keyset|key-check|duplicate-key)$/);
    }
    gone();
  }
});

test("the copies of keys that are made on the way are wiped in JavaScript as well", (context) => {
  const given = ["importRootKey", "fromBytes"] as const;
  const into = given.map((name) => context.mock.method(glue.WasmKeyset, name));
  const out = context.mock.method(glue.WasmKeyset.prototype, "toBytes");
  const root = random.bytes(32);
  const keyset = importRootKey(root);
  const record = hazard.exportKeyset(keyset);
  const text = hazard.exportKeysetText(keyset);
  const [exported] = exportRootKeys(keyset);
  for (const one of [hazard.importKeyset(record), hazard.importKeysetText(text), keyset]) one.dispose();
  assert.throws(() => hazard.importKeyset(record.fill(1)), { code: "bad-keyset" });
  const copies = into.flatMap(({ mock }) => mock.calls.map(({ arguments: [bytes] }) => bytes));
  const results = out.mock.calls.map(({ result }) => result);
  assert.deepEqual([copies.length, results.length], [4, 3]);
  // The first is what `exportKeyset` gave: its caller's.
  assert.ok(results[0] === record && exported?.key.every((byte, at) => byte === root[at]));
  for (const copy of [...copies, ...results.slice(1)]) assert.ok(copy?.every((byte) => byte === 0));
});

test("a destroyed key is gone at once, and from every cipher", () => {
  const root = random.bytes(32);
  const secrets = secretsOf(root);
  const keyset = importRootKey(root);
  const cipher = keyset.cipher();
  const token = cipher.encrypt("name");
  const id = keyset.primaryKeyId;
  keyset.rotate();
  assert.equal(cipher.decrypt(token), "name");
  assert.ok(inMemory(root) && inMemory(secrets["the nonce"]));
  keyset.destroy(id);
  assert.equal(inMemory(root), false);
  for (const [what, secret] of Object.entries(secrets)) assert.equal(inMemory(secret), false, what);
  assert.throws(() => cipher.decrypt(token), { code: "destroyed-key" });
  keyset.dispose();
});

test("no text of a hundred megabytes makes wasm memory grow", () => {
  const keyset = main.Keyset.generate();
  const cipher = keyset.cipher();
  const before = memory.buffer.byteLength;
  const huge = "n".repeat(100_000_000);
  assert.throws(() => cipher.encrypt(huge), { code: "bad-name" });
  assert.throws(() => cipher.decrypt(`bt1_${huge}`), { code: "bad-token" });
  assert.throws(() => cipher.encryptRandomized(huge), { code: "bad-name" });
  assert.throws(() => cipher.decryptRandomized(`br1_${huge}`), { code: "bad-token" });
  assert.throws(() => cipher.encryptAll([huge]), { code: "bad-name" });
  assert.throws(() => cipher.decryptAll([huge]), { code: "not-a-token" });
  assert.throws(() => keyset.cipher(huge), { code: "bad-context" });
  assert.throws(() => cipher.tokensFor(huge), { code: "bad-name" });
  assert.throws(() => cipher.rewrapAll([`bt1_${huge}`]), { code: "bad-token" });
  assert.throws(() => keyset.scope(huge), { code: "bad-context" });
  assert.throws(() => hazard.importKeysetText(`btk1_${huge}`), { code: "bad-keyset" });
  assert.throws(() => hazard.importKeyset(new Uint8Array(100_000_000)), { code: "bad-keyset" });
  for (const change of ["promote", "disable", "enable", "destroy"] as const) {
    assert.throws(() => keyset[change](huge), { code: "unknown-key" });
  }
  assert.equal(cipher.decryptResults({ [huge]: 1 }).unreadable.length, 1);
  assert.equal(memory.buffer.byteLength, before);
});
