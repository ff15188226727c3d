// An ES module: Jest runs those with Node's flag --experimental-vm-modules.

import { createRequire } from "node:module";
import { isBlindtallyError } from "blindtally";
import { importRootKey } from "blindtally/hazard";
import { check } from "./check.js";

const expected = createRequire(import.meta.url)("./expected.json");

test("the golden vector in an ES module", () => {
  expect(check({ importRootKey, isBlindtallyError })).toEqual(expected);
});
