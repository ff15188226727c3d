// @ts-check
// What every consumer does: it makes golden vectors and reads them, and reports what came of it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { inRoot } from "../../../scripts/lib/paths.mjs";

/** @typedef {Pick<typeof import("blindtally"), "isBlindtallyError"> & Pick<typeof import("blindtally/hazard"), "importRootKey">} Package */
/** @typedef {{ root: string, context: string[], name: string, token: string }} Vector */
/** @typedef {{ case: string, context: string[], text: string, token: string }} RandomizedVector */
/**
 * Vectors of the format, which every consumer must reproduce: a token, and a randomized one under another key.
 * @typedef {object} Golden
 * @property {number[]} root
 * @property {string[]} context
 * @property {string} name
 * @property {string} token
 * @property {{ root: number[], context: string[], text: string, token: string }} randomized
 */

/**
 * What a consumer reports: the token and the name of the golden vector, the text of the randomized one, whether a new
 * randomized token of the name is another each time and gives the name again, and the code for a text that is no token.
 * @typedef {{ token: string, name: string, randomized: string, roundTrip: string, isNew: boolean, refused: string }} Report
 */

/** Several labels, and a name that has more bytes than characters. @type {Vector | undefined} */
const vector = readVectors("bt1.json").find(
  (/** @type {Vector} */ { context, name }) => context.length === 3 && name === "café",
);
/** Under the root key whose bytes count from 0. @type {RandomizedVector | undefined} */
const randomized = readVectors("br1.json").find(
  (/** @type {RandomizedVector} */ vector) => vector.case === "context_tenant_known",
);
assert.ok(vector && randomized, "tests/vectors lacks the vectors that these tests are about");

/** @type {Golden} */
export const golden = {
  root: [...Buffer.from(vector.root, "hex")],
  context: vector.context,
  name: vector.name,
  token: vector.token,
  randomized: {
    root: Array.from({ length: 32 }, (_, index) => index),
    context: randomized.context,
    text: randomized.text,
    token: randomized.token,
  },
};

/** @type {Report} */
export const EXPECTED = {
  token: golden.token,
  name: golden.name,
  randomized: golden.randomized.text,
  roundTrip: golden.name,
  isNew: true,
  refused: "not-a-token",
};

/** Fails unless a consumer reported what it must. @param {unknown} report @param {string} [where] */
export function assertReport(report, where) {
  assert.deepEqual(report, EXPECTED, where);
}

/**
 * Runs in the consumer, with what that has imported; after `init()` where one is needed. Nothing of this file is
 * there: it has its own text alone.
 * @param {Golden} golden @param {Package} blindtally @returns {Report}
 */
function check(golden, { importRootKey, isBlindtallyError }) {
  const cipherOf = (/** @type {{ root: number[], context: string[] }} */ { root, context }) =>
    importRootKey(Uint8Array.from(root)).cipher(context);
  const cipher = cipherOf(golden);
  const random = cipher.encryptRandomized(golden.name);
  let refused = "nothing";
  try {
    cipher.decrypt("page.viewed");
  } catch (error) {
    refused = isBlindtallyError(error) ? error.code : String(error);
  }
  return {
    token: cipher.encrypt(golden.name),
    name: cipher.decrypt(golden.token),
    randomized: cipherOf(golden.randomized).decryptRandomized(golden.randomized.token),
    roundTrip: cipher.decryptRandomized(random),
    isNew: random !== cipher.encryptRandomized(golden.name),
    refused,
  };
}

const text = `const golden = ${JSON.stringify(golden)};
${check.toString()}`;

/** The file check.js of every consumer: `check(blindtally)` gives the report. */
export const checkModule = `${text}
const checkOf = (blindtally) => check(golden, blindtally);
export { checkOf as check, golden };
`;

/** The file check.cjs. */
export const checkScript = `${text}
exports.check = (blindtally) => check(golden, blindtally);
exports.golden = golden;
`;

/** The valid vectors of a file. @param {string} file */
function readVectors(file) {
  return JSON.parse(readFileSync(inRoot("tests/vectors", file), "utf8")).valid;
}
