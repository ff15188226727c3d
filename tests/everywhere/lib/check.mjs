// @ts-check
// What every consumer does: it makes a golden vector and reads it, and reports what came of it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { inRoot } from "../../../scripts/lib/paths.mjs";

/**
 * What a consumer reports: the token and the name of the golden vector, whether a randomized token of the name gives
 * the name again, and the code for a text that is no token.
 * @typedef {{ token: string, name: string, randomized: string, refused: string }} Report
 */
/** @typedef {Pick<typeof import("blindtally"), "isBlindtallyError"> & Pick<typeof import("blindtally/hazard"), "importRootKey">} Package */

const { valid } = JSON.parse(readFileSync(inRoot("tests/vectors/bt1.json"), "utf8"));
/** @typedef {{ root: string, context: string[], name: string, token: string }} Vector */

/** Several labels, and a name that has more bytes than characters. @type {Vector} */
const vector = valid.find(
  (/** @type {Vector} */ { context, name }) => context.length === 3 && name === "café",
);
assert.ok(vector, "tests/vectors/bt1.json lacks the vector that these tests are about");

/** One vector of the format, which every consumer must reproduce. */
export const golden = {
  root: [...Buffer.from(vector.root, "hex")],
  context: vector.context,
  name: vector.name,
  token: vector.token,
};

/** @type {Report} */
export const EXPECTED = {
  token: golden.token,
  name: golden.name,
  randomized: golden.name,
  refused: "not-a-token",
};

/** Fails unless a consumer reported what it must. @param {unknown} report @param {string} [where] */
export function assertReport(report, where) {
  assert.deepEqual(report, EXPECTED, where);
}

/**
 * Runs in the consumer, with what that has imported; after `init()` where one is needed. Nothing of this file is
 * there: it has its own text alone.
 * @param {typeof golden} golden @param {Package} blindtally @returns {Report}
 */
function check(golden, { importRootKey, isBlindtallyError }) {
  const cipher = importRootKey(Uint8Array.from(golden.root)).cipher(golden.context);
  let refused = "nothing";
  try {
    cipher.decrypt("page.viewed");
  } catch (error) {
    refused = isBlindtallyError(error) ? error.code : String(error);
  }
  return {
    token: cipher.encrypt(golden.name),
    name: cipher.decrypt(golden.token),
    randomized: cipher.encryptRandomized
      ? cipher.decryptRandomized(cipher.encryptRandomized(golden.name))
      : golden.name,
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
