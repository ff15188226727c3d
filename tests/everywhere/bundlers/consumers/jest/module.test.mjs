// An ES module: Jest runs those with Node's flag --experimental-vm-modules.

import { isBlindtallyError } from "blindtally";
import { importRootKey } from "blindtally/hazard";
import { check, golden } from "./check.js";

test("the golden vector in an ES module", () => {
  const { token, name } = check({ importRootKey, isBlindtallyError });
  expect({ token, name }).toEqual({ token: golden.token, name: golden.name });
});
