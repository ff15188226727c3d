// @ts-check
// Places that forbid WebAssembly or lack it: what the package says there, and that no name leaves in clear.

import assert from "node:assert/strict";
import { reportOf } from "../lib/browsers.mjs";
import { serve } from "../lib/site.mjs";

/** @typedef {import("../lib/target.mjs").Target} Target */
/** @typedef {import("../lib/browsers.mjs").BrowserName} BrowserName */

const NAME = "medication.missed";
const VALUE = "ward seven";

/** Everything a page needs but WebAssembly. */
const POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'";

/**
 * What a program sees that has both kinds of client. Its events have a clear property too: an event that cannot be
 * encrypted is not sent with the rest of it.
 */
const SEEING = `
const codeOf = async (act) => {
  try {
    await act();
    return "no error";
  } catch (error) {
    return error.code ?? String(error);
  }
};
const said = [];
for (const method of ["log", "info", "warn", "error", "debug"]) {
  const print = console[method].bind(console);
  console[method] = (...values) => {
    said.push(values.map(String).join(" "));
    print(...values);
  };
}
const see = async ({ init, Keyset, createClient }, options) => {
  const before = await codeOf(() => Keyset.generate());
  const codes = [await codeOf(init), await codeOf(() => Keyset.generate()), await codeOf(init)];
  const keyset = () => Keyset.generate();
  const thrown = await codeOf(() => createClient({ ...options, keyset }));
  const drops = [];
  const client = createClient({
    ...options,
    keyset,
    onUnavailable: "drop",
    properties: { ward: "clear" },
    onDrop: ({ reason, count }) => drops.push([reason, count]),
  });
  const properties = { ward: ${JSON.stringify(VALUE)} };
  await client.logEvent(${JSON.stringify(NAME)});
  await client.logEvent(${JSON.stringify(NAME)}, properties);
  const queued = await client.logEvents([${JSON.stringify(NAME)}, { name: ${JSON.stringify(NAME)}, properties }]);
  const flushed = await codeOf(() => client.flush());
  const results = await codeOf(() => client.getResults());
  await client.shutdown({ timeoutMs: 5000 });
  const { logged, delivered, waiting, dropped } = client.stats;
  return {
    before, codes, thrown, queued, flushed, results,
    drops: drops.reduce((sum, [, count]) => sum + count, 0),
    reasons: [...new Set(drops.map(([reason]) => reason))],
    stats: { logged, delivered, waiting, dropped: dropped["wasm-unavailable"] },
    said,
  };
};
`;

const SEEN = {
  codes: ["wasm-unavailable", "wasm-unavailable", "wasm-unavailable"],
  thrown: "wasm-unavailable",
  queued: 0,
  flushed: "no error",
  results: "wasm-unavailable",
  drops: 4,
  reasons: ["wasm-unavailable"],
  stats: { logged: 4, delivered: 0, waiting: 0, dropped: 4 },
};

/** @type {readonly { title: string, browser: BrowserName }[]} */
const BROWSERS = [
  { title: "Chromium", browser: "chromium" },
  { title: "Firefox", browser: "firefox" },
  { title: "WebKit", browser: "webkit" },
];

const PAGE = {
  "index.html": `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Consumer</title><script type="module" src="/main.js"></script></head>
  <body></body>
</html>
`,
  "main.js": `import * as blindtally from "/node_modules/blindtally/dist/esm/entry/browser.js";
${SEEING}
const result = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
const stored = async () => {
  const rows = [];
  for (const { name } of await indexedDB.databases()) {
    const database = await result(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      rows.push(...(await result(database.transaction(store).objectStore(store).getAll())));
    }
    database.close();
  }
  return { rows, storage: { ...localStorage, ...sessionStorage }, cookie: document.cookie };
};
see(blindtally, { endpoint: new URL("/analytics", location.href) }).then(
  async (value) => { globalThis.report = { ...value, stored: await stored() }; },
  (error) => { globalThis.report = String(error?.stack ?? error); },
);
`,
};

const PROGRAM = `
const requests = [];
const fetch = async (url, options) => {
  requests.push([String(url), options]);
  throw new Error("there is no network");
};
see(blindtally, { endpoint: "https://analytics.example", fetch }).then((value) => {
  process.stdout.write(JSON.stringify({ ...value, requests }) + "\\n");
});
`;

/** @type {Readonly<Record<string, string>>} */
const PROGRAMS = {
  "main.mjs": `import * as blindtally from "blindtally";\n${SEEING}${PROGRAM}`,
  "main.cjs": `const blindtally = require("blindtally");\n${SEEING}${PROGRAM}`,
  "inline.mjs": `import * as blindtally from "blindtally/inline";\n${SEEING}${PROGRAM}`,
};

/** @type {readonly Target[]} */
export const targets = [
  ...BROWSERS.map(({ title, browser }) => pageTarget(`${title}, CSP without wasm`, browser)),
  {
    name: "Node without WebAssembly",
    group: "forbidden",
    fast: true,
    async run(context) {
      const consumer = await context.consumer({
        files: { ...PROGRAMS, "remove.cjs": "delete globalThis.WebAssembly;\n" },
      });
      for (const file of Object.keys(PROGRAMS)) {
        const args = ["--require", "./remove.cjs", file];
        const { requests, ...report } = /** @type {{ requests: unknown }} */ (
          await consumer.report(process.execPath, args)
        );
        // Node tries by itself at first use; the entry with the bytes in it wants to be told.
        assertSeen(report, file === "inline.mjs" ? "not-initialized" : "wasm-unavailable");
        assert.deepEqual(requests, [], file);
      }
      return { version: process.versions.node, note: "as engines like Hermes lack it" };
    },
  },
];

/** @param {string} name @param {BrowserName} browser @returns {Target} */
function pageTarget(name, browser) {
  return {
    name,
    group: "forbidden",
    fast: true,
    async run(context) {
      const consumer = await context.consumer({ files: PAGE });
      /** @type {string[]} */
      const requests = [];
      const site = await serve(context, consumer.folder, {
        policy: POLICY,
        answer: ({ method, url, headers }, body) => {
          requests.push(`${method} ${url} ${JSON.stringify(headers)} ${body}`);
          return method === "GET" && !url?.startsWith("/analytics") ? null : "{}";
        },
      });
      const { version, report } = await reportOf(context, browser, site.url);
      assert.equal(typeof report, "object", String(report));
      const { stored, ...seen } = /** @type {{ stored: unknown }} */ (report);
      assertSeen(seen, "not-initialized");
      assert.deepEqual(stored, { rows: [], storage: {}, cookie: "" });
      assert.deepEqual(
        requests.filter((line) => !line.startsWith("GET ") || line.startsWith("GET /analytics")),
        [],
      );
      assertSilent(requests);
      return { version };
    },
  };
}

/** @param {unknown} report @param {string} before what an attempt before `init()` says */
function assertSeen(report, before) {
  const { said, ...seen } = /** @type {{ said: string[] }} */ (report);
  assert.deepEqual(seen, { ...SEEN, before });
  assertSilent(said);
}

/** Fails if one of the lines holds the name or the value. @param {readonly string[]} lines */
function assertSilent(lines) {
  for (const secret of [NAME, VALUE, encodeURIComponent(VALUE), btoa(NAME)]) {
    assert.deepEqual(
      lines.filter((line) => line.includes(secret)),
      [],
    );
  }
}
