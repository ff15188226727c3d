// Every case of tests/vectors/bt1.json through the JavaScript face.

import { type Case, equal, type Lib, refused, unhex, unreadableRow } from "./check.js";

const cipherOf = (lib: Lib, { root, context }: { root: string; context: string[] }) =>
  lib.hazard.importRootKey(unhex(root)).cipher(context);

export const vectorCases: Case[] = [
  {
    claim: "the file has 96 valid and 33 invalid cases",
    run: ({ vectors }) => equal([vectors.valid.length, vectors.invalid.length], [96, 33]),
  },
  {
    claim: "every valid name gives exactly its token, and the token its name",
    run(lib) {
      for (const vector of lib.vectors.valid) {
        const cipher = cipherOf(lib, vector);
        equal(cipher.encrypt(vector.name), vector.token, vector.name);
        equal(cipher.decrypt(vector.token), vector.name, vector.token);
        equal(lib.hazard.importRootKey(unhex(vector.root)).primaryKeyId, vector.key_id);
      }
    },
  },
  {
    claim: "every valid case agrees in a batch",
    run(lib) {
      const contexts = new Set(
        lib.vectors.valid.map(({ root, context }) => JSON.stringify({ root, context })),
      );
      for (const key of contexts) {
        const group = lib.vectors.valid.filter(
          ({ root, context }) => JSON.stringify({ root, context }) === key,
        );
        const cipher = cipherOf(lib, JSON.parse(key));
        equal(
          cipher.encryptAll(group.map(({ name }) => name)),
          group.map(({ token }) => token),
        );
        equal(
          cipher.decryptAll(group.map(({ token }) => token)),
          group.map(({ name }) => name),
        );
      }
    },
  },
  {
    claim: "every invalid token is refused with its code: alone, in a batch, in a result map",
    run(lib) {
      for (const vector of lib.vectors.invalid) {
        const cipher = cipherOf(lib, vector);
        const good = cipher.encrypt("good");
        refused(lib, () => cipher.decrypt(vector.token), vector.expect);
        refused(lib, () => cipher.decryptAll([good, vector.token]), vector.expect, 1);
        equal(cipher.decryptResults(new Map([[vector.token, 3]])), {
          counts: [],
          unreadable: [unreadableRow(vector.token, 3, vector.expect)],
        });
      }
    },
  },
];
