// The entries that read no file of their own: `blindtally/inline` and `blindtally/slim`, in Node.

import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { golden } from "./support/golden.js";
import { installedProject, type Project } from "./support/project.js";
import { type Site, serve } from "./support/site.js";

let project: Project;
before(async () => {
  project = await installedProject();
});
after(() => project?.remove());

for (const type of ["ES module", "CommonJS module"] as const) {
  test(`blindtally/inline in an ${type} works where there is no .wasm`.replace("an C", "a C"), async (t) => {
    const without = await project.copy();
    t.after(() => without.remove());
    await rm(join(without.installed, "dist/blindtally.wasm"));
    const main = `
      (async () => {
        const early = await codeOf(() => Keyset.generate());
        await Promise.all([init(), init()]);
        report({ early, token: tokenBy(importRootKey) });
      })();
    `;
    const seen =
      type === "ES module"
        ? await without.runEsm(`
            import { init, Keyset } from "blindtally/inline";
            import { importRootKey } from "blindtally/hazard";
            ${main}`)
        : await without.runCjs(`
            const { init, Keyset } = require("blindtally/inline");
            const { importRootKey } = require("blindtally/hazard");
            ${main}`);
    // `blindtally/hazard` brings the file's loader along in Node, so early use looks for the file.
    assert.deepEqual(seen, { early: "wasm-unavailable", token: golden.token });
  });
}

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
    import { createClient, Keyset } from "blindtally/slim";
    report([await codeOf(() => Keyset.generate()), await codeOf(() => new Keyset().cipher())]);
  `);
  assert.deepEqual((seen as string[])[0], "not-initialized");
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

/** Serves the installed package, as a content delivery network does. */
function siteOfPackage(t: Parameters<typeof serve>[0]): Promise<Site> {
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
