// Code for a server: the golden vector, and an event to an analytics API.

import { createClient, isBlindtallyError, Keyset } from "blindtally";
import { importRootKey } from "blindtally/hazard";
import { expect, test } from "vitest";
import { check } from "./check.js";
import expected from "./expected.json";

test("the golden vector", () => {
  expect(check({ importRootKey, isBlindtallyError })).toEqual(expected);
});

test("an event is counted", async () => {
  const client = createClient({ endpoint: process.env.API, keyset: Keyset.generate() });
  await client.logEvent("page.viewed");
  expect({ ...(await client.getResults()) }).toEqual({ "page.viewed": 1 });
  await client.shutdown();
});
