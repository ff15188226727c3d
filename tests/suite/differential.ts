// Agreement with an implementation that shares nothing with ours, for random keys, contexts and names.

import { type Case, equal } from "./check.js";
import { withNonce } from "./nonces.js";
import { oracle } from "./oracle.js";
import { randomFrom } from "./random.js";

const SEED = Math.floor(Math.random() * 2 ** 31);

export const differentialCases: Case[] = [
  {
    claim: `10,000 random names agree with @noble/ciphers in a batch (seed ${SEED})`,
    run(lib) {
      const random = randomFrom(SEED);
      const root = random.bytes(32);
      const cipher = lib.hazard.importRootKey(root).cipher(["random"]);
      const other = oracle(root, ["random"]);
      const names = Array.from({ length: 10_000 }, random.name);
      const tokens = cipher.encryptAll(names);
      for (const [index, name] of names.entries()) equal(tokens[index], other.encrypt(name), `name ${index}`);
      equal(cipher.decryptAll(tokens), names);
    },
  },
  {
    claim: `300 random keys, contexts and nonces agree one by one, in both directions (seed ${SEED})`,
    run(lib) {
      const random = randomFrom(SEED + 1);
      for (let round = 0; round < 300; round += 1) {
        const [root, context, name] = [random.bytes(32), random.context(), random.name()];
        const keyset = lib.hazard.importRootKey(root);
        const other = oracle(root, context);
        equal(keyset.primaryKeyId, other.keyId, `round ${round}`);
        const token = keyset.cipher(context).encrypt(name);
        equal(token, other.encrypt(name), `round ${round}`);
        equal(keyset.cipher(context).decrypt(other.encrypt(name)), name, `round ${round}`);
        equal(other.decrypt(token), name, `round ${round}`);
        const nonce = random.bytes(12);
        const randomized = withNonce(nonce, () => keyset.cipher(context).encryptRandomized(name));
        equal(randomized, other.encryptRandomized(nonce, name), `round ${round}`);
        equal(other.decryptRandomized(randomized), name, `round ${round}`);
        equal(keyset.cipher(context).decryptRandomized(randomized), name, `round ${round}`);
        keyset.dispose();
      }
    },
  },
];
