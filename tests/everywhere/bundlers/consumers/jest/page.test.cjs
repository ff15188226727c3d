/** @jest-environment jsdom */
// Code for a page, in Jest's jsdom.

const { init, isBlindtallyError } = require("blindtally");
const { importRootKey } = require("blindtally/hazard");
const { check, golden } = require("./check.cjs");

test("the golden vector in a page", async () => {
  expect(document.body).toBeTruthy();
  await init();
  const { token, name } = check({ importRootKey, isBlindtallyError });
  expect({ token, name }).toEqual({ token: golden.token, name: golden.name });
});
