// The packed package against an independent implementation of the format, for random keys, contexts and names.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { oracle } from "../suite/oracle.js";
import { randomFrom } from "../suite/random.js";
import { installedProject, type Project } from "./support/project.js";

const TRIPLES = 1_000;
/** Set BLINDTALLY_SEED to the seed that a failure names, to repeat it. */
const seed = Number(process.env.BLINDTALLY_SEED ?? Math.floor(Math.random() * 2 ** 31));

let project: Project;
let packed: typeof import("blindtally") & typeof import("blindtally/hazard");
before(async () => {
  project = await installedProject();
  const require = createRequire(join(project.folder, "package.json"));
  packed = { ...require("blindtally"), ...require("blindtally/hazard") };
});
after(() => project?.remove());

test(`${TRIPLES} random triples of key, context and name give the same tokens (seed ${seed})`, () => {
  forEachTriple((root, context, name) => {
    const keyset = packed.importRootKey(root);
    assert.equal(keyset.primaryKeyId, oracle(root, context).keyId);
    assert.equal(keyset.cipher(context).encrypt(name), oracle(root, context).encrypt(name));
    keyset.dispose();
  });
});

test(`${TRIPLES} random triples are read across, in both directions (seed ${seed})`, () => {
  forEachTriple((root, context, name) => {
    const keyset = packed.importRootKey(root);
    const cipher = keyset.cipher(context);
    const other = oracle(root, context);
    assert.equal(cipher.decrypt(other.encrypt(name)), name);
    assert.equal(other.decrypt(cipher.encrypt(name)), name);
    keyset.dispose();
  });
});

test(`${TRIPLES} random triples are refused by both under another key or context (seed ${seed})`, () => {
  forEachTriple((root, context, name) => {
    const keyset = packed.importRootKey(root);
    const token = keyset.cipher(context).encrypt(name);
    // A label less or a label more is another context.
    const elsewhere = context.length === 8 ? context.slice(1) : [...context, "x"];
    assert.throws(() => keyset.cipher(elsewhere).decrypt(token), { code: "bad-token" });
    assert.throws(() => oracle(root, elsewhere).decrypt(token), /invalid/i);

    const stranger = Uint8Array.from(root, (byte, index) => (index === 0 ? byte ^ 1 : byte));
    const other = packed.importRootKey(stranger);
    assert.throws(() => other.cipher(context).decrypt(token), { code: "unknown-key" });
    assert.throws(() => oracle(stranger, context).decrypt(token), /invalid/i);
    keyset.dispose();
    other.dispose();
  });
});

/** The same triples for every test. */
function forEachTriple(check: (root: Uint8Array, context: string[], name: string) => void): void {
  const random = randomFrom(seed);
  for (let round = 0; round < TRIPLES; round += 1) {
    const [root, context, name] = [random.bytes(32), random.context(), random.name()];
    try {
      check(root, context, name);
    } catch (cause) {
      const triple = JSON.stringify({ root: Buffer.from(root).toString("hex"), context, name });
      throw new Error(`round ${round} of seed ${seed}: ${triple}`, { cause });
    }
  }
}
