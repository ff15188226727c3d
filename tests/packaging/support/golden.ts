// One vector of the format that every consumer must reproduce, and what the programs of these tests can use.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

/** A vector as plain JSON, so that it can be sent into another process or a page. */
export interface Golden {
  readonly root: readonly number[];
  readonly context: readonly string[];
  readonly name: string;
  readonly token: string;
}

interface Vectors {
  readonly valid: readonly { root: string; context: string[]; name: string; token: string }[];
}

const file = new URL("../../../vectors/bt1.json", import.meta.url);
const { valid } = JSON.parse(readFileSync(file, "utf8")) as Vectors;
// Several labels, and a name that has more bytes than characters.
const found = valid.find(({ context, name }) => context.length === 3 && name === "café");
assert.ok(found, "tests/vectors/bt1.json lacks the vector that these tests are about");

/** The vector. */
export const golden: Golden = {
  root: [...Buffer.from(found.root, "hex")],
  context: found.context,
  name: found.name,
  token: found.token,
};

/**
 * Goes before every program:
 * - `tokenBy(importRootKey)` makes the token of the vector,
 * - `codeOf(act)` is the code of the error that `act` throws or rejects with,
 * - `report(value)` hands a value to the test.
 */
export const prelude = `
const golden = ${JSON.stringify(golden)};
const tokenBy = (importRootKey) =>
  importRootKey(Uint8Array.from(golden.root)).cipher(golden.context).encrypt(golden.name);
const codeOf = async (act) => {
  try {
    await act();
    return "no error";
  } catch (error) {
    return error.code ?? String(error);
  }
};
const report = (value) => console.log(JSON.stringify(value));
`;
