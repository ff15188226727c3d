// The hooks on a server: nothing happens but rendering.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Client, createClient, Keyset } from "blindtally";
import * as imported from "blindtally/react";
import { createElement as h } from "react";
import { renderToString } from "react-dom/server";
import { refusal } from "../client/support/refusal.js";
import { App, Count, Groups } from "./react/app.js";

const { BlindtallyProvider } = imported;
const require = createRequire(import.meta.url);
const app = [
  h(App, { key: 1, event: "a" }),
  h(Count, { key: 2, event: "a" }),
  h(Groups, { key: 3, event: "a", by: "ward" }),
];

/** A client whose every request is noted. */
function watchedClient(): { client: Client; requests: unknown[] } {
  const requests: unknown[] = [];
  const fetch: typeof globalThis.fetch = async (...request) => {
    requests.push(request);
    throw new Error("not here");
  };
  return {
    client: createClient({ endpoint: "http://127.0.0.1:9", keyset: Keyset.generate(), fetch }),
    requests,
  };
}

test("a server renders the same whatever the client is: nothing is logged, read or sent", async () => {
  const { client, requests } = watchedClient();
  const never = new Promise<Client>(() => {});
  const rendered = [undefined, client, Promise.resolve(client), never].map((client) =>
    renderToString(h(BlindtallyProvider, { client }, app)),
  );
  assert.equal(new Set(rendered).size, 1);
  assert.match(rendered[0] as string, /no client.*not read.*not read/);
  assert.equal(client.stats.logged, 0);
  assert.deepEqual(requests, []);
  await client.shutdown();
});

test("a component that is rendered without a provider fails with what is missing", () => {
  for (const component of app) assert.throws(() => renderToString(component), refusal("not-initialized"));
});

test("a program that has rendered ends, although a client was promised and never came", async () => {
  const program = `
    import { createElement as h } from "react";
    import { renderToString } from "react-dom/server";
    import { BlindtallyProvider, useLogEvent } from "blindtally/react";
    function Logs() { void useLogEvent()("in.render"); return "rendered"; }
    const client = new Promise(() => {});
    console.log(renderToString(h(BlindtallyProvider, { client }, h(Logs))));`;
  const folder = fileURLToPath(new URL(".", import.meta.url));
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", program],
    { cwd: folder, timeout: 30_000 },
  );
  assert.deepEqual([stdout, stderr], ["rendered\n", ""]);
});

test("`import` and `require` give one copy, so that a provider of one serves the hooks of the other", () => {
  const required = require("blindtally/react") as typeof imported;
  assert.equal(required.BlindtallyProvider, BlindtallyProvider);
  assert.deepEqual(Object.keys(required).sort(), [
    "BlindtallyProvider",
    "useBlindtally",
    "useLogEvent",
    "useResults",
  ]);
  assert.deepEqual(Object.keys(imported).sort(), Object.keys(required).sort());
});
