// @vitest-environment jsdom
// Code for a page, in jsdom: the same vector, and the same copy of the package.

import { init, isBlindtallyError } from "blindtally";
import { importRootKey } from "blindtally/hazard";
import { expect, test } from "vitest";
import { check } from "./check.js";
import expected from "./expected.json";

test("the golden vector in a page", async () => {
  expect(document.body).toBeTruthy();
  await init();
  expect(check({ importRootKey, isBlindtallyError })).toEqual(expected);
});
