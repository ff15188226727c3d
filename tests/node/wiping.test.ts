// What stays of keys in wasm memory after dispose: nothing, wherever they lay. Looks at the memory itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ecb } from "@noble/ciphers/aes.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { randomFrom } from "../suite/random.js";
import { glue, hazard, inMemory, main, memory, packed, rawRefusal, snapshot } from "./support/memory.js";

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
  const counters = [0, 1, 2, 3, 4, 5].flatMap((counter) => [counter, 0, 0, 0, ...nonce]);
  const blocks = ecb(key, { disablePadding: true }).encrypt(Uint8Array.from(counters));
  const halves = blocks.filter((_, at) => at % 16 < 8);
  return {
    "the derived key": key,
    "the nonce": nonce,
    "the message-authentication key": halves.subarray(0, 16),
    "the message-encryption key": halves.subarray(16),
  };
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

/** What may stay of a keyset: key checks and key ids, as bytes and as numbers, what its keys are derived for, and tokens. */
function publicOf(keyset: Keyset, tokens: readonly string[]): Buffer[] {
  return [
    ...exportRootKeys(keyset).map(({ key }) =>
      hkdf(sha256, key, undefined, Buffer.from("blindtally key check"), 32),
    ),
    ...keyset.keys.map(({ id }) => Buffer.from(id, "hex").reverse()),
    // As the binding lists them: each id, and whether the key is enabled.
    Buffer.concat(
      keyset.keys.map(({ id, status }) => Buffer.from(`${id}${status === "enabled" ? "01" : "00"}`, "hex")),
    ),
    Buffer.from("blindtally bt1 context\0\x05event"),
    ...tokens.map((token) => Buffer.from(token.slice(4), "base64url")),
  ].map((bytes) => Buffer.from(bytes));
}

/** The pieces that are in memory. */
function found(pieces: readonly Buffer[]): number {
  const now = snapshot();
  return pieces.filter((piece) => now.includes(piece)).length;
}

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
  "used, then three keys added": (keyset) => {
    const token = keyset.cipher().encrypt("name");
    for (let count = 0; count < 3; count += 1) keyset.generateKey();
    return [token];
  },
};

for (const [how, use] of Object.entries(SEQUENCES)) {
  test(`nothing of any key derived for a cipher is left after dispose: ${how}`, () => {
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

    keyset.dispose();
    for (const [what, secret] of Object.entries(secrets)) assert.equal(inMemory(secret), false, what);
    assert.equal(found(pieces), 0, "whatever appeared is gone");
    assert.throws(() => cipher.encrypt("name"), { code: "disposed" });
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

test("derived keys that go to another thread are wiped on this side, and on the other when they are read", () => {
  const root = random.bytes(32);
  const derived = secretsOf(root)["the derived key"];
  const keyset = glue.WasmKeyset.importRootKey(Uint8Array.from(root));
  const keys = keyset.deriveKeys(...packed(["event"]));
  assert.ok(Buffer.from(keys).includes(Buffer.from(derived)), "they are handed out");
  assert.equal(inMemory(derived), false);
  const cipher = glue.WasmCipher.fromDerivedKeys(keys);
  assert.equal(inMemory(derived), false);
  assert.throws(() => glue.WasmCipher.fromDerivedKeys(Uint8Array.from([...keys, 1])), rawRefusal("bad-key"));
  assert.equal(inMemory(derived), false, "nor are refused ones left");
  cipher.free();
  keyset.free();
  for (const [what, secret] of Object.entries(secretsOf(root))) assert.equal(inMemory(secret), false, what);
});

test("no text of a hundred megabytes makes wasm memory grow", () => {
  const keyset = main.Keyset.generate();
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
