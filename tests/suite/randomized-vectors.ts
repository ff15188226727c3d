// Every case of tests/vectors/br1.json through the JavaScript face.

import { type Case, equal, type Lib, refused, unhex } from "./check.js";
import { withNonce } from "./nonces.js";

const keysetOf = (lib: Lib, name: string) =>
  lib.hazard.importKeyset(unhex(lib.randomizedVectors.keysets[name] as string));

const cipherOf = (lib: Lib, { keyset, context }: { keyset: string; context: string[] }) =>
  keysetOf(lib, keyset).cipher(context);

export const randomizedVectorCases: Case[] = [
  {
    claim: "the file of randomized tokens has 56 valid and 141 invalid cases, with every refusal",
    run({ randomizedVectors: { valid, invalid, texts } }) {
      equal([valid.length, invalid.length, texts.length], [56, 141, 3]);
      equal([...new Set(invalid.map(({ expect }) => expect))].sort(), [
        "bad-token",
        "destroyed-key",
        "disabled-key",
        "not-a-token",
        "unknown-key",
      ]);
    },
  },
  {
    claim: "every randomized token gives exactly its text, and the text under its nonce exactly the token",
    run(lib) {
      let encrypted = 0;
      for (const vector of lib.randomizedVectors.valid) {
        const cipher = cipherOf(lib, vector);
        equal(cipher.decryptRandomized(vector.token), vector.text, vector.case);
        if (vector.key_id !== keysetOf(lib, vector.keyset).primaryKeyId) continue;
        encrypted += 1;
        equal(
          withNonce(unhex(vector.nonce), () => cipher.encryptRandomized(vector.text)),
          vector.token,
          vector.case,
        );
      }
      equal(encrypted, 54);
    },
  },
  {
    claim: "every invalid randomized token is refused with its code",
    run(lib) {
      for (const vector of lib.randomizedVectors.invalid) {
        const cipher = cipherOf(lib, vector);
        refused(lib, () => cipher.decryptRandomized(vector.token), vector.expect);
        equal(cipher.decryptRandomized(cipher.encryptRandomized("good")), "good", vector.case);
      }
    },
  },
  {
    claim: "a text that is none is refused, and draws no nonce",
    run(lib) {
      const cipher = keysetOf(lib, "known").cipher();
      for (const { text, expect } of lib.randomizedVectors.texts) {
        refused(lib, () => cipher.encryptRandomized(text), expect);
      }
    },
  },
  {
    claim: "a randomized token is no token of the other format: alone, in a batch, in a result map",
    run(lib) {
      for (const vector of lib.randomizedVectors.valid) {
        const cipher = cipherOf(lib, vector);
        refused(lib, () => cipher.decrypt(vector.token), "not-a-token");
        refused(lib, () => cipher.decryptAll([cipher.encrypt("n"), vector.token]), "not-a-token", 1);
        equal(cipher.decryptResults(new Map([[vector.token, 3]])), {
          counts: [],
          unreadable: [{ token: vector.token, count: 3, code: "not-a-token" }],
        });
        refused(lib, () => cipher.decryptRandomized(cipher.encrypt(vector.text)), "not-a-token");
      }
    },
  },
];
