// The cache of `encrypt`: it changes what a call costs and nothing else.

import { type Case, equal, firstCipher, firstRoot, ok, refused } from "./check.js";
import { randomFrom } from "./random.js";

const SEED = Math.floor(Math.random() * 2 ** 31);
const SIZES = [0, 1, 2, 3, 1000, 1_000_000, undefined];

export const cacheCases: Case[] = [
  {
    claim: `ciphers that remember 0, 1, 2, 3, 1000 or more names give the same tokens (seed ${SEED})`,
    run(lib) {
      const random = randomFrom(SEED);
      const keyset = lib.hazard.importRootKey(firstRoot());
      const pool = [...Array.from({ length: 40 }, random.name), "__proto__", "constructor", "toString"];
      const tokens = new Map(pool.map((name) => [name, keyset.cipher().encryptAll([name])[0]]));
      const ciphers = SIZES.map((cacheSize) => keyset.cipher("event", { cacheSize }));
      for (let round = 0; round < 1500; round += 1) {
        // The lower of two: some names come often and some seldom, as events do.
        const name = pool[Math.min(random.below(pool.length), random.below(pool.length))] as string;
        for (const cipher of ciphers) equal(cipher.encrypt(name), tokens.get(name), `round ${round}`);
      }
    },
  },
  {
    claim: "more names than a cipher remembers come out right, first again and last again",
    run(lib) {
      const keyset = lib.hazard.importRootKey(firstRoot());
      const names = Array.from({ length: 2500 }, (_, index) => `event-${index}`);
      const tokens = keyset.cipher().encryptAll(names);
      for (const cacheSize of SIZES) {
        const cipher = keyset.cipher("event", { cacheSize });
        const backwards = [...names].reverse().map((name) => cipher.encrypt(name));
        equal(backwards.reverse(), tokens, "from the last");
        for (let time = 0; time < 2; time += 1)
          equal(
            names.map((name) => cipher.encrypt(name)),
            tokens,
          );
      }
    },
  },
  {
    claim: "after promote() a remembered name has the token of the new key, and again after promoting back",
    run(lib) {
      const keyset = lib.hazard.importRootKey(firstRoot());
      const cipher = keyset.cipher();
      const former = keyset.primaryKeyId;
      const old = cipher.encrypt("n");
      const second = keyset.generateKey();
      equal(cipher.encrypt("n"), old, "a new key is not primary");
      keyset.promote(second);
      const fresh = cipher.encrypt("n");
      ok(fresh !== old, "the token changes");
      equal(fresh, keyset.cipher().encrypt("n"));
      keyset.disable(former);
      equal(cipher.encrypt("n"), fresh);
      keyset.enable(former);
      keyset.promote(former);
      equal(cipher.encrypt("n"), old);
    },
  },
  {
    claim: "a disposed cipher, and one of a disposed keyset, refuse a remembered name as well",
    run(lib) {
      const keyset = lib.main.Keyset.generate();
      const [one, other] = [keyset.cipher(), keyset.cipher()];
      one.encrypt("n");
      other.encrypt("n");
      one.dispose();
      refused(lib, () => one.encrypt("n"), "disposed");
      other.encrypt("n");
      keyset.dispose();
      refused(lib, () => other.encrypt("n"), "disposed");
    },
  },
  {
    claim:
      "what is no name is refused each time, and ciphers of other contexts and keys remember for themselves",
    run(lib) {
      const cipher = firstCipher(lib);
      for (const name of ["", "\ud800", "n".repeat(240), undefined, null, NaN, {}, 7] as string[]) {
        for (let time = 0; time < 3; time += 1) refused(lib, () => cipher.encrypt(name), "bad-name");
      }
      const keyset = lib.main.Keyset.generate();
      const ciphers = [keyset.cipher("a"), keyset.cipher("b"), lib.main.Keyset.generate().cipher("a")];
      const tokens = ciphers.map((each) => each.encrypt("n"));
      equal(new Set(tokens).size, 3);
      equal(
        ciphers.map((each) => each.encrypt("n")),
        tokens,
      );
    },
  },
  {
    claim: "a size of the cache that is no whole number from 0 to 1000000 is refused",
    run(lib) {
      const keyset = lib.main.Keyset.generate();
      const sizes = [-1, 0.5, NaN, Infinity, -Infinity, 1_000_001, 2 ** 53, "5", "", null, {}, [], 1n, true];
      for (const cacheSize of sizes as number[]) {
        refused(lib, () => keyset.cipher("event", { cacheSize }), "bad-argument");
      }
      for (const cacheSize of SIZES) keyset.cipher("event", { cacheSize });
    },
  },
];
