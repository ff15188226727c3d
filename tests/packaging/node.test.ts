// `blindtally` and `blindtally/hazard` in Node, imported and required.

import assert from "node:assert/strict";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { golden } from "./support/golden.js";
import { installedProject, type Project } from "./support/project.js";

const PUBLIC = [
  "BlindtallyError",
  "Keyset",
  "createClient",
  "createEventCipher",
  "init",
  "isBlindtallyError",
];
const HAZARD = [
  "exportKeyset",
  "exportKeysetText",
  "exportRootKeys",
  "importKeyset",
  "importKeysetText",
  "importRootKey",
];

let project: Project;
before(async () => {
  project = await installedProject();
});
after(() => project?.remove());

test("an ES module encrypts at once, without init()", async () => {
  const token = await project.runEsm(`
    import { Keyset } from "blindtally";
    import { importRootKey } from "blindtally/hazard";
    Keyset.generate().dispose();
    report(tokenBy(importRootKey));
  `);
  assert.equal(token, golden.token);
});

test("a CommonJS module encrypts at once, without init()", async () => {
  const token = await project.runCjs(`
    const { Keyset } = require("blindtally");
    const { importRootKey } = require("blindtally/hazard");
    Keyset.generate().dispose();
    report(tokenBy(importRootKey));
  `);
  assert.equal(token, golden.token);
});

test("an imported blindtally/hazard needs no other entry", async () => {
  const program = 'import { importRootKey } from "blindtally/hazard"; report(tokenBy(importRootKey));';
  assert.equal(await project.runEsm(program), golden.token);
});

test("a required blindtally/hazard needs no other entry", async () => {
  const program = 'const { importRootKey } = require("blindtally/hazard"); report(tokenBy(importRootKey));';
  assert.equal(await project.runCjs(program), golden.token);
});

test("what is imported and what is required in one process is one copy", async () => {
  const seen = await project.runEsm(`
    import { createRequire } from "node:module";
    import * as imported from "blindtally";
    import * as importedHazard from "blindtally/hazard";
    const require = createRequire(import.meta.url);
    const required = require("blindtally");
    const requiredHazard = require("blindtally/hazard");

    const keyset = requiredHazard.importRootKey(new Uint8Array(32).fill(1));
    let error;
    try { keyset.cipher("x").decrypt("a name"); } catch (thrown) { error = thrown; }
    report({
      different: [
        ...Object.keys(required).filter((name) => required[name] !== imported[name]),
        ...Object.keys(requiredHazard).filter((name) => requiredHazard[name] !== importedHazard[name]),
      ],
      keyset: keyset instanceof imported.Keyset,
      error: error instanceof imported.BlindtallyError,
      sharesWasm: importedHazard.exportRootKeys(keyset).length,
    });
  `);
  assert.deepEqual(seen, { different: [], keyset: true, error: true, sharesWasm: 1 });
});

test("every entry in one process hands on one copy", async () => {
  const same = await project.runEsm(`
    import { Keyset } from "blindtally";
    import { Keyset as inline } from "blindtally/inline";
    import { Keyset as slim } from "blindtally/slim";
    report(Keyset === inline && Keyset === slim);
  `);
  assert.equal(same, true);
});

test("the entries export their documented names and no others", async () => {
  const names = await project.runEsm(`
    import { createRequire } from "node:module";
    const require = createRequire(import.meta.url);
    const names = {};
    for (const entry of ["blindtally", "blindtally/inline", "blindtally/slim", "blindtally/hazard"]) {
      // What a CommonJS module has in an ES module beside its names.
      const own = (module) => Object.keys(module).filter((name) => !["default", "module.exports", "__esModule"].includes(name));
      names[entry] = [own(await import(entry)).sort(), own(require(entry)).sort()];
    }
    report(names);
  `);
  assert.deepEqual(names, {
    blindtally: [PUBLIC, PUBLIC],
    "blindtally/inline": [PUBLIC, PUBLIC],
    "blindtally/slim": [PUBLIC, PUBLIC],
    "blindtally/hazard": [HAZARD, HAZARD],
  });
});

test("init() changes nothing, however often and whenever it is called", async () => {
  const seen = await project.runEsm(`
    import { init } from "blindtally";
    import { importRootKey } from "blindtally/hazard";
    const before = await Promise.all([init(), init()]);
    const keyset = importRootKey(Uint8Array.from(golden.root));
    const cipher = keyset.cipher(golden.context);
    await init();
    await init(new URL("nowhere.wasm", import.meta.url));
    report({ before: before.length, stillWorks: cipher.encrypt(golden.name) });
  `);
  assert.deepEqual(seen, { before: 2, stillWorks: golden.token });
});

test("init(bytes) takes the place of a missing file", async (t) => {
  const broken = await project.copy();
  t.after(() => broken.remove());
  await rename(join(broken.installed, "dist/blindtally.wasm"), join(broken.folder, "elsewhere.wasm"));
  const seen = await broken.runEsm(`
    import { readFileSync } from "node:fs";
    import { init, Keyset } from "blindtally";
    import { importRootKey } from "blindtally/hazard";
    report({
      use: await codeOf(() => Keyset.generate()),
      init: await codeOf(() => init()),
      initBytes: await codeOf(() => init(readFileSync(new URL("elsewhere.wasm", import.meta.url)))),
      token: tokenBy(importRootKey),
    });
  `);
  const code = "wasm-unavailable";
  assert.deepEqual(seen, { use: code, init: code, initBytes: "no error", token: golden.token });
});

test("a file that was missing is read once it is there", async (t) => {
  const broken = await project.copy();
  t.after(() => broken.remove());
  const seen = await broken.runCjs(`
    const { renameSync } = require("node:fs");
    const { importRootKey } = require("blindtally/hazard");
    const file = require.resolve("blindtally/blindtally.wasm");
    (async () => {
      renameSync(file, file + ".away");
      const without = await codeOf(() => tokenBy(importRootKey));
      renameSync(file + ".away", file);
      report({ without, afterwards: tokenBy(importRootKey) });
    })();
  `);
  assert.deepEqual(seen, { without: "wasm-unavailable", afterwards: golden.token });
});
