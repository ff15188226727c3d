/** @jest-environment jsdom */
// Code for a page, in Jest's jsdom.

const { init, isBlindtallyError } = require("blindtally");
const { importRootKey } = require("blindtally/hazard");
const { check } = require("./check.cjs");
const expected = require("./expected.json");

test("the golden vector in a page", async () => {
  expect(document.body).toBeTruthy();
  await init();
  expect(check({ importRootKey, isBlindtallyError })).toEqual(expected);
});
