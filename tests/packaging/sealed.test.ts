// What keeps keys, in the packed package: in Node, in pages without a bundler, and as Vite builds it.

import assert from "node:assert/strict";
import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { build } from "vite";
import { whyNoChromium } from "../browser/chromium.js";
import { open } from "./support/chromium.js";
import { installedProject, type Project } from "./support/project.js";
import { STRICT_POLICY, serve } from "./support/site.js";

const skip = whyNoChromium;
const CORE = "/node_modules/blindtally/dist/blindtally.wasm";
const SEALING = "/node_modules/blindtally/dist/sealing.wasm";

let project: Project;
before(async () => {
  project = await installedProject();
});
after(() => project?.remove());

/** `sealAndOpen(Keyset, KeysetFile)` is whether what comes out is what went in, by a passphrase and by shares. */
const SEALING_PROGRAM = `
  const sealAndOpen = async (Keyset, KeysetFile) => {
    const keyset = Keyset.generate();
    const file = await KeysetFile.create(keyset);
    await file.addSlot({ passphrase: "correct horse", cost: { memoryKiB: 19456, passes: 2 } });
    const { shares } = await file.addSlot({ recovery: { threshold: 2, shares: 3 } });
    const text = file.seal();
    const opened = await Promise.all([
      KeysetFile.open(text, { passphrase: "correct horse" }),
      KeysetFile.open(text, { shares: shares.slice(1) }),
    ]);
    return opened.every((again) => again.keyset.primaryKeyId === keyset.primaryKeyId);
  };
`;

test("an ES module seals and opens at once, and stores", async () => {
  const seen = await project.runEsm(`
    import { Keyset } from "blindtally";
    import { KeysetFile } from "blindtally/sealed";
    import { createKeysetFile, openKeysetFile } from "blindtally/store";
    ${SEALING_PROGRAM}
    const raw = new Uint8Array(32).fill(7);
    const file = await KeysetFile.create(Keyset.generate());
    await file.addSlot({ raw });
    await createKeysetFile("keys.sealed", file);
    const stored = await openKeysetFile("keys.sealed", { raw });
    report([await sealAndOpen(Keyset, KeysetFile), stored.keyset.primaryKeyId === file.keyset.primaryKeyId]);
  `);
  assert.deepEqual(seen, [true, true]);
});

test("a CommonJS module seals and opens at once", async () => {
  const seen = await project.runCjs(`
    const { Keyset } = require("blindtally");
    const { KeysetFile } = require("blindtally/sealed");
    ${SEALING_PROGRAM}
    sealAndOpen(Keyset, KeysetFile).then(report);
  `);
  assert.equal(seen, true);
});

test("blindtally/sealed and blindtally/store need no other entry to be loaded before them", async () => {
  const seen = await project.runEsm(`
    import { openKeysetFile } from "blindtally/store";
    report(await codeOf(() => openKeysetFile("nowhere", { raw: new Uint8Array(32).fill(1) })));
  `);
  assert.equal(seen, "file-access");
});

test("what is imported and what is required in one process is one copy", async () => {
  const seen = await project.runEsm(`
    import { createRequire } from "node:module";
    const require = createRequire(import.meta.url);
    const different = [];
    for (const entry of ["sealed", "store", "keyring", "passkey"]) {
      const [imported, required] = [await import("blindtally/" + entry), require("blindtally/" + entry)];
      for (const name of Object.keys(required)) if (required[name] !== imported[name]) different.push(name);
    }
    const { Keyset, isBlindtallyError, BlindtallyError } = await import("blindtally");
    const { KeysetFile } = require("blindtally/sealed");
    const error = await KeysetFile.open("x", { raw: new Uint8Array(32) }).catch((thrown) => thrown);
    const file = await KeysetFile.create(Keyset.generate());
    report({ different, error: [error instanceof BlindtallyError, error.code], keyset: file.keyset instanceof Keyset });
  `);
  assert.deepEqual(seen, { different: [], error: [true, "bad-keyset-file"], keyset: true });
});

test("the entries export their documented names and no others", async () => {
  const names = await project.runEsm(`
    import { createRequire } from "node:module";
    const require = createRequire(import.meta.url);
    const own = (module) => Object.keys(module).filter((name) => !["default", "module.exports", "__esModule"].includes(name)).sort();
    const names = {};
    for (const entry of ["sealed", "store", "keyring", "passkey"]) {
      names[entry] = [own(await import("blindtally/" + entry)), own(require("blindtally/" + entry))];
    }
    report(names);
  `);
  const both = (...exported: string[]) => [exported, exported];
  assert.deepEqual(names, {
    sealed: both("KeysetFile", "describeShare", "initSealing", "recoverySheet"),
    store: both("StoredKeyset", "createKeysetFile", "openKeysetFile"),
    keyring: both("Keyring"),
    passkey: both("passkey"),
  });
});

test("in Node the keyring and passkeys say that there are none", async () => {
  const seen = await project.runEsm(`
    import { Keyring } from "blindtally/keyring";
    import { passkey } from "blindtally/passkey";
    report([await codeOf(() => Keyring.open()), await codeOf(() => passkey().create(new Uint8Array(33)))]);
  `);
  assert.deepEqual(seen, ["storage-unavailable", "passkey-unavailable"]);
});

test("blindtally/aws-kms can be imported without the client of AWS, and says so when it is used", async () => {
  const seen = await project.runEsm(`
    import { Keyset } from "blindtally";
    import { awsKms } from "blindtally/aws-kms";
    import { KeysetFile } from "blindtally/sealed";
    const file = await KeysetFile.create(Keyset.generate());
    const error = await file.addSlot({ wrapper: awsKms({ client: {}, keyId: "x" }) }).catch((thrown) => thrown);
    report([error.code, error.message.includes("@aws-sdk/client-kms")]);
  `);
  assert.deepEqual(seen, ["key-store", true]);
});

test("without the second .wasm the first does its work, and sealing says what is missing", async (t) => {
  const broken = await project.copy();
  t.after(() => broken.remove());
  await rename(join(broken.installed, "dist/sealing.wasm"), join(broken.folder, "elsewhere.wasm"));
  const seen = await broken.runEsm(`
    import { readFileSync } from "node:fs";
    import { Keyset } from "blindtally";
    import { initSealing, KeysetFile } from "blindtally/sealed";
    ${SEALING_PROGRAM}
    const keyset = Keyset.generate();
    const without = await codeOf(() => KeysetFile.create(keyset));
    const foreign = await codeOf(() => initSealing(readFileSync(new URL(import.meta.resolve("blindtally/blindtally.wasm")))));
    const found = await codeOf(() => initSealing(readFileSync(new URL("elsewhere.wasm", import.meta.url))));
    report([keyset.cipher().encrypt("x").slice(0, 4), without, foreign, found, await sealAndOpen(Keyset, KeysetFile)]);
  `);
  assert.deepEqual(seen, ["bt1_", "wasm-unavailable", "wasm-unavailable", "no error", true]);
});

test("a page without a bundler fetches the second .wasm once, when it is needed, under a strict policy", {
  skip,
}, async (t) => {
  await page(
    "/node_modules/blindtally/dist/esm/entry/browser.js",
    "/node_modules/blindtally/dist/esm/entry/sealed.js",
  );
  const site = await serve(t, { folder: project.folder, policy: STRICT_POLICY });
  const opened = await open(t, `${site.url}sealing.html`);
  await run(opened, "ready");
  assert.deepEqual(site.wasmRequests, [CORE]);
  assert.equal(await run(opened, "sealAndOpen"), true);
  assert.equal(await run(opened, "sealAndOpen"), true);
  assert.deepEqual(site.wasmRequests, [CORE, SEALING]);
});

test("a page tries again when the second .wasm was missing", { skip }, async (t) => {
  await page(
    "/node_modules/blindtally/dist/esm/entry/browser.js",
    "/node_modules/blindtally/dist/esm/entry/sealed.js",
  );
  const away = join(project.folder, "away.wasm");
  const file = join(project.installed, "dist/sealing.wasm");
  const site = await serve(t, { folder: project.folder, policy: STRICT_POLICY });
  const opened = await open(t, `${site.url}sealing.html`);
  await run(opened, "ready");
  await rename(file, away);
  assert.equal(await run(opened, "sealAndOpen"), "wasm-unavailable");
  await rename(away, file);
  assert.equal(await run(opened, "sealAndOpen"), true);
});

test("Vite puts both .wasm into a build that seals, and the page fetches the second when it is needed", {
  skip,
}, async (t) => {
  await page("blindtally", "blindtally/sealed");
  const { folder, wasm } = await built("sealing.html");
  assert.deepEqual(wasm.map((name) => name.replace(/-[\w-]{8}\./, ".")).sort(), [
    "blindtally.wasm",
    "sealing.wasm",
  ]);
  const site = await serve(t, { folder, policy: STRICT_POLICY });
  const opened = await open(t, `${site.url}sealing.html`);
  await run(opened, "ready");
  assert.equal(site.wasmRequests.length, 1);
  assert.equal(await run(opened, "sealAndOpen"), true);
  assert.equal(site.wasmRequests.length, 2);
});

test("a build that does not seal has nothing of it", async () => {
  await project.write("plain.html", '<!doctype html><script type="module" src="/plain.js"></script>');
  await project.write("plain.js", 'import * as main from "blindtally"; globalThis.consumer = main;');
  const { wasm, code } = await built("plain.html");
  assert.deepEqual(
    wasm.map((name) => name.replace(/-[\w-]{8}\./, ".")),
    ["blindtally.wasm"],
  );
  for (const word of ["blindtally-keyset", "sealing.wasm", "recovery", "Argon2"]) {
    assert.ok(!code.includes(word), word);
  }
});

/** A page that seals when it is told to, by modules under these names. */
async function page(main: string, sealed: string): Promise<void> {
  await project.write("sealing.html", '<!doctype html><script type="module" src="/sealing.js"></script>');
  await project.write(
    "sealing.js",
    `import { init, isBlindtallyError, Keyset } from "${main}";
    import { KeysetFile } from "${sealed}";
    ${SEALING_PROGRAM}
    globalThis.consumer = {
      ready: () => init().then(() => true),
      sealAndOpen: () => sealAndOpen(Keyset, KeysetFile).catch((error) => isBlindtallyError(error) ? error.code : String(error)),
    };`,
  );
}

function run(page: Page, name: string): Promise<unknown> {
  return page.evaluate((name) => {
    const { consumer } = globalThis as unknown as { consumer: Record<string, () => Promise<unknown>> };
    return consumer[name]?.();
  }, name);
}

/** Builds a page as `npx vite build` does. */
async function built(input: string): Promise<{ folder: string; wasm: string[]; code: string }> {
  const folder = join(project.folder, "site");
  await rm(folder, { recursive: true, force: true });
  const result = await build({
    root: project.folder,
    configFile: false,
    logLevel: "warn",
    build: { outDir: "site", rolldownOptions: { input: join(project.folder, input) } },
  });
  const outputs = [result].flat() as { output: { type: string; code?: string }[] }[];
  const code = outputs.flatMap(({ output }) => output.map(({ code = "" }) => code)).join("\n");
  const files = await readdir(folder, { recursive: true });
  const wasm = files
    .filter((file) => file.endsWith(".wasm"))
    .map((file) => file.slice(file.lastIndexOf("/") + 1));
  return { folder, wasm, code };
}
