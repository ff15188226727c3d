// Code for a server, as Jest runs it unless told otherwise: CommonJS.

const { createClient, isBlindtallyError, Keyset } = require("blindtally");
const { importRootKey } = require("blindtally/hazard");
const { check } = require("./check.cjs");
const expected = require("./expected.json");

test("the golden vector", () => {
  expect(check({ importRootKey, isBlindtallyError })).toEqual(expected);
});

test("an event is counted", async () => {
  const client = createClient({ endpoint: process.env.API, keyset: Keyset.generate() });
  await client.logEvent("page.viewed");
  expect({ ...(await client.getResults()) }).toEqual({ "page.viewed": 1 });
  await client.shutdown();
});
