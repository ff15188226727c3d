// Code for a server, as Jest runs it unless told otherwise: CommonJS.

const { createClient, isBlindtallyError, Keyset } = require("blindtally");
const { importRootKey } = require("blindtally/hazard");
const { check, golden } = require("./check.cjs");

test("the golden vector", () => {
  expect(check({ importRootKey, isBlindtallyError })).toEqual({
    token: golden.token,
    name: golden.name,
    randomized: golden.name,
    refused: "not-a-token",
  });
});

test("an event is counted", async () => {
  const client = createClient({ endpoint: process.env.API, keyset: Keyset.generate() });
  await client.logEvent("page.viewed");
  expect({ ...(await client.getResults()) }).toEqual({ "page.viewed": 1 });
  await client.shutdown();
});
