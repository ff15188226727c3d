// What a user builds with Vite, run in Chromium under a strict Content-Security-Policy.

import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { build, type InlineConfig, type Rolldown } from "vite";
import { whyNoChromium } from "../browser/chromium.js";
import { goldenToken, goldenTokenInWorker, initCodes, open } from "./support/chromium.js";
import { golden } from "./support/golden.js";
import { installedProject, type Project } from "./support/project.js";
import { STRICT_POLICY, serve } from "./support/site.js";

const skip = whyNoChromium;

let project: Project;
before(async () => {
  project = await installedProject();
});
after(() => project?.remove());

test("a build has one .wasm, which is fetched once for any number of init()", { skip }, async (t) => {
  const { folder, wasm } = await built();
  assert.equal(wasm.length, 1);
  const site = await serve(t, { folder, policy: STRICT_POLICY });
  const page = await open(t, site.url);
  assert.equal(await goldenToken(page), "not-initialized");
  assert.deepEqual(await initCodes(page, 2), ["no error", "no error", "no error", "no error"]);
  assert.equal(await goldenToken(page), golden.token);
  assert.deepEqual(site.wasmRequests, [`/${wasm[0]}`]);
});

test("init() in a build fails with wasm-unavailable for a 404, and then succeeds", { skip }, async (t) => {
  const { folder, wasm } = await built();
  const site = await serve(t, { folder, policy: STRICT_POLICY, wasmLate: 1 });
  const page = await open(t, site.url);
  assert.deepEqual(await initCodes(page, 1), ["wasm-unavailable", "no error"]);
  assert.equal(await goldenToken(page), golden.token);
  assert.deepEqual(site.wasmRequests, [`/${wasm[0]}`, `/${wasm[0]}`]);
});

test("a worker of a build loads the same .wasm as the page", { skip }, async (t) => {
  const { folder, wasm } = await built();
  const site = await serve(t, { folder, policy: STRICT_POLICY });
  const page = await open(t, site.url);
  assert.equal(await goldenTokenInWorker(page), golden.token);
  assert.deepEqual(site.wasmRequests, [`/${wasm[0]}`]);
});

test("a build below another path than the root finds its .wasm", { skip }, async (t) => {
  const { folder } = await built({ base: "./", outDir: "site/below/here" });
  const site = await serve(t, { folder: join(folder, "../.."), policy: STRICT_POLICY });
  const page = await open(t, `${site.url}below/here/index.html`);
  assert.deepEqual(await initCodes(page, 1), ["no error", "no error"]);
  assert.equal(await goldenToken(page), golden.token);
});

test("a build of blindtally/inline has no .wasm and fetches none", { skip }, async (t) => {
  const main = mainOf("blindtally/inline", "init");
  const { folder, wasm } = await built({ main });
  assert.deepEqual(wasm, []);
  const site = await serve(t, { folder, policy: STRICT_POLICY });
  const page = await open(t, site.url);
  assert.deepEqual(await initCodes(page, 1), ["no error", "no error"]);
  assert.equal(await goldenToken(page), golden.token);
  assert.deepEqual(site.wasmRequests, []);
});

test("a build of blindtally/slim takes the address of blindtally/blindtally.wasm?url", {
  skip,
}, async (t) => {
  const url = 'import address from "blindtally/blindtally.wasm?url";\n';
  const main = url + mainOf("blindtally/slim", "() => init(address)");
  const { folder, wasm } = await built({ main });
  assert.equal(wasm.length, 1);
  const site = await serve(t, { folder, policy: STRICT_POLICY });
  const page = await open(t, site.url);
  assert.deepEqual(await initCodes(page, 2), ["no error", "no error", "no error", "no error"]);
  assert.equal(await goldenToken(page), golden.token);
  assert.deepEqual(site.wasmRequests, [`/${wasm[0]}`]);
});

for (const entry of ["blindtally", "blindtally/inline", "blindtally/slim", "blindtally/hazard"]) {
  test(`a build that imports ${entry} and uses nothing of it has no code`, async () => {
    const names = entry === "blindtally/hazard" ? "importRootKey" : "createClient, init, Keyset";
    await project.write("unused.js", `import { ${names} } from "${entry}";\nimport "${entry}";\n`);
    const output = await outputOf({ build: { write: false, rolldownOptions: { input: "unused.js" } } });
    const code = output.flatMap((file) => (file.type === "chunk" ? [file.code.trim()] : []));
    assert.deepEqual(code, [""]);
  });
}

/** A main module that shows another entry to the test. */
function mainOf(entry: string, init: string): string {
  return `
    import { init, isBlindtallyError } from "${entry}";
    import { importRootKey } from "blindtally/hazard";
    globalThis.consumer = { init: ${init}, isBlindtallyError, importRootKey };
  `;
}

interface Built {
  readonly folder: string;
  /** Every .wasm in the output, as a path in it. */
  readonly wasm: readonly string[];
}

/** Builds the consumer, with another main module if one is given. */
async function built(options: { main?: string; base?: string; outDir?: string } = {}): Promise<Built> {
  const { main, base = "/", outDir = "site" } = options;
  await project.copyConsumer("vite");
  if (main) await project.write("main.js", main);
  await rm(join(project.folder, "site"), { recursive: true, force: true });
  await outputOf({ base, build: { outDir } });
  const folder = join(project.folder, outDir);
  const files = await readdir(folder, { recursive: true });
  return { folder, wasm: files.filter((file) => file.endsWith(".wasm")) };
}

/** Builds as `npx vite build` does, with no more configuration than is given. */
async function outputOf(config: InlineConfig): Promise<(Rolldown.OutputChunk | Rolldown.OutputAsset)[]> {
  const result = await build({ root: project.folder, configFile: false, logLevel: "warn", ...config });
  const outputs = [result].flat() as Rolldown.RolldownOutput[];
  return outputs.flatMap(({ output }) => [...output]);
}
