// Loading at once while another load is under way must not replace the instance that handles point into.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { firstRoot } from "../suite/check.js";
import { oracle } from "../suite/oracle.js";

const require = createRequire(import.meta.url);
const pkg = new URL("../../../pkg/dist/", import.meta.url);
const bytes = readFileSync(new URL("blindtally.wasm", pkg));
const token = oracle(firstRoot(), ["event"]).encrypt("secret-event-a");

test("in Node, use before an explicit init() has ended gives the same tokens before and after", async () => {
  const { init } = require("blindtally") as typeof import("blindtally");
  const { importRootKey } = require("blindtally/hazard") as typeof import("blindtally/hazard");
  const loading = init(bytes);
  await Promise.resolve();
  const cipher = importRootKey(firstRoot()).cipher();
  assert.equal(cipher.encrypt("secret-event-a"), token);
  await loading;
  assert.equal(cipher.encrypt("secret-event-a"), token);
  assert.equal(cipher.decrypt(token), "secret-event-a");
});

test("in a browser, `inline` that is ready while the file is still coming keeps its handles", async () => {
  const { init } = await import(new URL("esm/entry/browser.js", pkg).href);
  const inline = await import(new URL("esm/entry/inline.js", pkg).href);
  const { importRootKey } = await import(new URL("esm/hazard.js", pkg).href);
  let arrive: (response: Response) => void = () => {};
  const loading = init(
    new Promise<Response>((resolve) => {
      arrive = resolve;
    }),
  );
  await inline.init();
  const cipher = importRootKey(firstRoot()).cipher();
  assert.equal(cipher.encrypt("secret-event-a"), token);
  arrive(new Response(bytes, { headers: { "content-type": "application/wasm" } }));
  await loading;
  assert.equal(cipher.encrypt("secret-event-a"), token);
});
