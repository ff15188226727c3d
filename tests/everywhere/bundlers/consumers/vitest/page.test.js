// @vitest-environment jsdom
// Code for a page, in jsdom: the same vector, and the same copy of the package.

import { init, isBlindtallyError } from "blindtally";
import { importRootKey } from "blindtally/hazard";
import { expect, test } from "vitest";
import { check, golden } from "./check.js";

test("the golden vector in a page", async () => {
  expect(document.body).toBeTruthy();
  await init();
  const { token, name } = check({ importRootKey, isBlindtallyError });
  expect({ token, name }).toEqual({ token: golden.token, name: golden.name });
});
