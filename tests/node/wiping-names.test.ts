// What stays of names in wasm memory after a call: nothing, whether it succeeds or not. Looked for after each call by
// itself, as the next one would overwrite what it left.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { withRandomValues } from "../suite/nonces.js";
import { randomFrom } from "../suite/random.js";
import { glue, inMemory, main, memory, packed, type RawCipher, rawRefusal } from "./support/memory.js";

const random = randomFrom(20_260_102);
const keyset = main.Keyset.generate();
keyset.rotate();
const cipher = keyset.cipher("event", { cacheSize: 2 });
const rawKeyset = glue.WasmKeyset.importRootKey(random.bytes(32), 0);
const raw: RawCipher = rawKeyset.cipher(...packed(["event"]));
after(() => {
  keyset.dispose();
  raw.free();
  rawKeyset.free();
});

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
/** Beginnings of different lengths, in ASCII and not, one for each bucket. */
const FRONTS = [
  "",
  "ärztin.",
  "n".repeat(40),
  "日本語".repeat(9),
  "💊".repeat(30),
  "consultation.".repeat(15),
];
/** More than a group holds. */
const MANY = 150;

/** Calls the check with names that were never there before, one of each kind. */
function forEachName(check: (name: string) => void): void {
  for (const front of FRONTS) {
    const secret = Array.from({ length: 16 }, () => LETTERS[random.below(26)]).join("");
    check(front + secret);
    assert.equal(inMemory(Buffer.from(secret)), false, `a name of ${front.length + 16} characters`);
  }
}

/** So many names that hold one secret. */
const many = (name: string) => Array.from({ length: MANY }, (_, index) => name + index);

/** A token whose padding decrypts to something else: all of the name is there before the tag is found wrong. */
function forged(token: string): string {
  const bytes = Buffer.from(token.slice(4), "base64url");
  bytes[bytes.length - 17] = (bytes[bytes.length - 17] as number) ^ 1;
  return token.slice(0, 4) + bytes.toString("base64url");
}

/** Writes a text into the mailbox and returns its length in bytes. */
function post(text: string): number {
  return Buffer.from(memory.buffer, raw.mailbox, 368).write(text);
}

test("the scan finds a name that lies in the mailbox", () => {
  post("medication.missed");
  assert.ok(inMemory(Buffer.from("medication.missed")));
  raw.encrypt("medication.missed".length);
  assert.equal(inMemory(Buffer.from("medication.missed")), false);
});

/** What the package offers, each as a call of its own. */
const CALLS: Record<string, (name: string) => void> = {
  encrypt: (name) => void cipher.encrypt(name),
  "encrypt of a remembered name": (name) => assert.equal(cipher.encrypt(name), cipher.encrypt(name)),
  "a batch of one": (name) => void cipher.encryptAll([name]),
  "a batch": (name) => void cipher.encryptAll(many(name)),
  "tokens under each key": (name) => assert.equal(cipher.tokensFor(name).length, 2),
  "tokens under each key, of a name refused for a lone surrogate": (name) =>
    assert.throws(() => cipher.tokensFor(`${name}\ud800`), { code: "bad-name" }),
  "a name refused for a lone surrogate": (name) =>
    assert.throws(() => cipher.encrypt(`${name}\ud800`), { code: "bad-name" }),
  "a name refused for its length": (name) =>
    assert.throws(() => cipher.encrypt(name + "é".repeat(120)), { code: "bad-name" }),
  "a batch refused for its last name": (name) =>
    assert.throws(() => cipher.encryptAll([...many(name), ""]), { code: "bad-name", index: MANY }),
  encryptRandomized: (name) => void cipher.encryptRandomized(name),
  "encryptRandomized without random bytes": (name) =>
    withRandomValues(
      () => {
        throw new Error("no random bytes");
      },
      () => assert.throws(() => cipher.encryptRandomized(name), { code: "random-unavailable" }),
    ),
  "a text refused for a lone surrogate": (name) =>
    assert.throws(() => cipher.encryptRandomized(`${name}\ud800`), { code: "bad-name" }),
  decryptRandomized: (name) => assert.equal(cipher.decryptRandomized(cipher.encryptRandomized(name)), name),
  "decryptRandomized of a forged token": (name) =>
    assert.throws(() => cipher.decryptRandomized(forged(cipher.encryptRandomized(name))), {
      code: "bad-token",
    }),
  "a name in place of a randomized token": (name) =>
    assert.throws(() => cipher.decryptRandomized(name), { code: "not-a-token" }),
  "a name that looks like a randomized token": (name) =>
    assert.throws(() => cipher.decryptRandomized(`br1_${name}`), { code: "bad-token" }),
  "a name in place of a token": (name) => {
    assert.throws(() => cipher.decrypt(name), { code: "not-a-token" });
  },
  "a name that looks like a token": (name) => {
    assert.throws(() => cipher.decrypt(`bt1_${name}`), { code: "bad-token" });
  },
  "names in place of tokens": (name) =>
    assert.throws(() => cipher.decryptAll(many(name)), { code: "not-a-token", index: 0 }),
  "names in a result map": (name) =>
    assert.equal(cipher.decryptResults(many(name).map((each) => [each, 1] as const)).unreadable.length, MANY),
};

/** What is done with tokens of the name, which are made first. */
const READS: Record<string, (tokens: string[], name: string) => void> = {
  decrypt: ([token], name) => assert.equal(cipher.decrypt(token as string), `${name}0`),
  "decrypt of a forged token": ([token]) =>
    assert.throws(() => cipher.decrypt(forged(token as string)), { code: "bad-token" }),
  "a batch of tokens": (tokens, name) => assert.deepEqual(cipher.decryptAll(tokens), many(name)),
  "a batch of tokens made anew": (tokens) => assert.deepEqual(cipher.rewrapAll(tokens), tokens),
  "a batch made anew with a forged token in it": (tokens) =>
    assert.throws(() => cipher.rewrapAll([...tokens, forged(tokens[0] as string)]), {
      code: "bad-token",
      index: MANY,
    }),
  "a batch made anew with a name in it": (tokens, name) =>
    assert.throws(() => cipher.rewrapAll([...tokens, name]), { code: "not-a-token", index: MANY }),
  "a batch with a forged token": (tokens) =>
    assert.throws(() => cipher.decryptAll([...tokens, forged(tokens[0] as string)]), { code: "bad-token" }),
  "a batch with a name in it": (tokens, name) =>
    assert.throws(() => cipher.decryptAll([...tokens, name]), { code: "not-a-token", index: MANY }),
  "a result map": (tokens) =>
    assert.equal(cipher.decryptResults(tokens.map((token) => [token, 1] as const)).counts.size, MANY),
  "a result map of forged tokens": (tokens) =>
    assert.equal(
      cipher.decryptResults(tokens.map((token) => [forged(token), 1] as const)).unreadable.length,
      MANY,
    ),
  "a result map with a bad count": ([token]) =>
    assert.throws(() => cipher.decryptResults({ [token as string]: -1 }), { code: "bad-count" }),
};

for (const [what, call] of Object.entries(CALLS)) {
  test(`no eight bytes of a name are left after ${what}`, () => forEachName(call));
}

for (const [what, read] of Object.entries(READS)) {
  test(`no eight bytes of a name are left after ${what}`, () =>
    forEachName((name) => {
      const tokens = cipher.encryptAll(many(name));
      assert.equal(inMemory(Buffer.from(name)), false, "before");
      read(tokens, name);
    }));
}

test("no eight bytes of a name are left after rows that come one by one", async () => {
  const secret = "prescription-renewal-overdue";
  const tokens = cipher.encryptAll(many(secret));
  async function* rows() {
    for (const token of tokens) {
      assert.equal(inMemory(Buffer.from(secret)), false);
      yield [token, 1] as const;
    }
  }
  assert.equal((await cipher.decryptResults(rows())).counts.size, MANY);
  assert.equal(inMemory(Buffer.from(secret)), false);
});

test("what only the binding can be given is refused and wiped: lengths that are wrong, bytes that are no text", () => {
  forEachName((name) => {
    const length = post(name);
    assert.throws(() => raw.encrypt(369), rawRefusal("bad-name"));
    post(name);
    assert.throws(() => raw.encrypt(0), rawRefusal("bad-name"));
    post(name);
    assert.throws(() => raw.decrypt(length), rawRefusal("not-a-token"));
    post(name);
    assert.throws(() => raw.decryptRandomized(length), rawRefusal("not-a-token"));
    for (const wrong of [369, 0]) {
      post(name);
      assert.throws(() => raw.encryptRandomized(wrong), rawRefusal("bad-name"));
    }
    const at = post(name);
    Buffer.from(memory.buffer)[raw.mailbox + at] = 0xff;
    assert.throws(() => raw.encrypt(at + 1), rawRefusal("bad-name"));
  });
  forEachName((name) => {
    // A group is full, and another half full, when the last name is refused.
    const block = packed([...many(name), ""]);
    assert.throws(() => raw.encryptAll(...block), rawRefusal("bad-name", MANY));
  });
  forEachName((name) => {
    const [bytes, count] = packed(many(name));
    bytes.fill(0xff, 2 * (MANY - 1), 2 * MANY);
    assert.throws(() => raw.encryptAll(bytes, count), rawRefusal("bad-name", MANY - 1));
  });
  forEachName((name) => {
    const [names] = raw.decryptRows(...packed(many(name)));
    assert.equal(names, "");
    assert.throws(() => raw.rewrapAll(...packed(many(name))), rawRefusal("not-a-token", 0));
  });
});

test("no character of a decrypted name is left in the arrays that it was read through, ASCII or not", () => {
  const arrays = new Set<number[]>();
  const { fill } = Array.prototype;
  // What is filled with numbers while names are read are these arrays.
  Array.prototype.fill = function (this: number[], ...args: Parameters<typeof fill>) {
    arrays.add(this);
    return fill.apply(this, args);
  } as typeof fill;
  try {
    for (const name of ["medication.missed.for-the-arrays", "medication.missed.für-die-felder"]) {
      assert.equal(cipher.decrypt(cipher.encrypt(name)), name);
    }
  } finally {
    Array.prototype.fill = fill;
  }
  assert.ok(arrays.size >= 2, "the arrays were seen");
  for (const array of arrays) assert.ok(array.every((code) => code === 0));
});
