// The entries that read no file of their own: `blindtally/inline` and `blindtally/slim`, in Node.

import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { golden } from "./support/golden.js";
import { installedProject, type Project } from "./support/project.js";
import { type Site, serve } from "./support/site.js";

let project: Project;
before(async () => {
  project = await installedProject();
});
after(() => project?.remove());

const INLINE_PROGRAM = `
  (async () => {
    await Promise.all([init(), init()]);
    await init();
    report(tokenBy(importRootKey));
  })();
`;

test("blindtally/inline works in an ES module where there is no .wasm", async (t) => {
  const seen = await (await withoutFile(t)).runEsm(`
    import { init } from "blindtally/inline";
    import { importRootKey } from "blindtally/hazard";
    ${INLINE_PROGRAM}`);
  assert.equal(seen, golden.token);
});

test("blindtally/inline works in a CommonJS module where there is no .wasm", async (t) => {
  const seen = await (await withoutFile(t)).runCjs(`
    const { init } = require("blindtally/inline");
    const { importRootKey } = require("blindtally/hazard");
    ${INLINE_PROGRAM}`);
  assert.equal(seen, golden.token);
});

test("blindtally/inline is ready as soon as init() returns, before it is awaited", async () => {
  const seen = await project.runEsm(`
    import { init, Keyset } from "blindtally/inline";
    const early = await codeOf(() => Keyset.generate());
    void init();
    report({ early, length: Keyset.generate().cipher().encrypt("a").length });
  `);
  assert.deepEqual(seen, { early: "not-initialized", length: 74 });
});

/** Every kind of source that `init` of blindtally/slim takes, as an expression in a program. */
const SOURCES = {
  "bytes in a Uint8Array": "bytes",
  "bytes in an ArrayBuffer": "new Uint8Array(bytes).buffer",
  "bytes in the middle of a larger block":
    "(() => { const block = new Uint8Array(bytes.length + 20); block.set(bytes, 10); return block.subarray(10, 10 + bytes.length); })()",
  "a compiled module": "new WebAssembly.Module(bytes)",
  "a Response": 'new Response(bytes, { headers: { "content-type": "application/wasm" } })',
  "a promise of a Response": "fetch(address)",
  "a URL": "new URL(address)",
  "an address as text": "address",
};

for (const [kind, source] of Object.entries(SOURCES)) {
  test(`blindtally/slim takes ${kind}`, async (t) => {
    const seen = await project.runEsm(`
      import { init } from "blindtally/slim";
      ${slimProgram(await siteOfPackage(t))}
      await init(${source});
      await init(${source});
      report(tokenBy(importRootKey));
    `);
    assert.equal(seen, golden.token);
  });
}

test("a required blindtally/slim takes bytes", async () => {
  const seen = await project.runCjs(`
    const { init, isBlindtallyError, Keyset } = require("blindtally/slim");
    const bytes = require("node:fs").readFileSync(require.resolve("blindtally/blindtally.wasm"));
    (async () => {
      await init(bytes);
      report(Keyset.generate().cipher().encrypt("a").length);
    })();
  `);
  assert.equal(seen, 74);
});

test("blindtally/slim refuses use before init() with not-initialized", async () => {
  const seen = await project.runEsm(`
    import { Keyset } from "blindtally/slim";
    report(await codeOf(() => Keyset.generate()));
  `);
  assert.equal(seen, "not-initialized");
});

test("blindtally/slim refuses init() without a source with bad-argument, and then takes one", async (t) => {
  const seen = await project.runEsm(`
    import { init } from "blindtally/slim";
    ${slimProgram(await siteOfPackage(t))}
    const without = [await codeOf(() => init()), await codeOf(() => init(undefined))];
    await init(bytes);
    report({ without, token: tokenBy(importRootKey) });
  `);
  assert.deepEqual(seen, { without: ["bad-argument", "bad-argument"], token: golden.token });
});

const WRONG = {
  "bytes that are no wasm": "Uint8Array.of(1, 2, 3)",
  "half of the bytes": "bytes.subarray(0, bytes.length / 2)",
  "a module of another program": "new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))",
  "an address with nothing behind it": 'new URL("missing.wasm", address)',
  "a promise that rejects": 'Promise.reject(new Error("no network"))',
};

for (const [kind, source] of Object.entries(WRONG)) {
  test(`blindtally/slim refuses ${kind} with wasm-unavailable, and then takes the right thing`, async (t) => {
    const seen = await project.runEsm(`
      import { init, Keyset } from "blindtally/slim";
      ${slimProgram(await siteOfPackage(t))}
      report({
        wrong: await codeOf(() => init(${source})),
        right: await codeOf(() => init(bytes)),
        token: tokenBy(importRootKey),
      });
    `);
    assert.deepEqual(seen, { wrong: "wasm-unavailable", right: "no error", token: golden.token });
  });
}

test("blindtally/slim refuses the module of another program with wasm-unavailable", async () => {
  const seen = await project.runEsm(`
    import { init } from "blindtally/slim";
    const other = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    report(await codeOf(() => init(other)));
  `);
  assert.equal(seen, "wasm-unavailable");
});

/** An installation that has lost its .wasm. */
async function withoutFile(t: TestContext): Promise<Project> {
  const copy = await project.copy();
  t.after(() => copy.remove());
  await rm(join(copy.installed, "dist/blindtally.wasm"));
  return copy;
}

/** Serves the installed package, as a content delivery network does. */
function siteOfPackage(t: TestContext): Promise<Site> {
  return serve(t, { folder: join(project.installed, "dist") });
}

/** What a program of blindtally/slim knows: `bytes` and `address` of the .wasm. */
function slimProgram(site: Site): string {
  return `
    import { readFileSync } from "node:fs";
    import { createRequire } from "node:module";
    import { importRootKey } from "blindtally/hazard";
    const address = ${JSON.stringify(`${site.url}blindtally.wasm`)};
    const bytes = readFileSync(createRequire(import.meta.url).resolve("blindtally/blindtally.wasm"));
  `;
}
