// `blindtally/worker` of the packed package: in Node, in pages without a bundler, and as Vite builds and serves it.

import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import type { Page } from "playwright-core";
import { build, createServer, type InlineConfig } from "vite";
import { whyNoChromium } from "../browser/chromium.js";
import { open } from "./support/chromium.js";
import { golden } from "./support/golden.js";
import { installedProject, type Project } from "./support/project.js";
import { STRICT_POLICY, serve } from "./support/site.js";

const skip = whyNoChromium;
/** What every program reports of a map of the golden token and a name in clear. */
const READ = { counts: [[golden.name, 3]], unreadable: ["not-a-token"] };

let project: Project;
before(async () => {
  project = await installedProject();
});
after(() => project?.remove());

/** `read(startWorker, importRootKey)` is what a worker makes of the map. */
const READING = `
  const read = async (startWorker, importRootKey) => {
    const worker = await startWorker();
    const cipher = importRootKey(Uint8Array.from(golden.root)).cipher(golden.context);
    const { counts, unreadable } = await worker.decryptResults(cipher, { [golden.token]: 3, clear: 1 });
    return { counts: [...counts], unreadable: unreadable.map(({ code }) => code) };
  };
`;

test("an ES module reads with a worker at once, and ends although it does not terminate it", async () => {
  const seen = await project.runEsm(`
    import { startWorker } from "blindtally/worker";
    import { importRootKey } from "blindtally/hazard";
    ${READING}
    report(await read(startWorker, importRootKey));
  `);
  assert.deepEqual(seen, READ);
});

test("a CommonJS module reads with a worker at once, and ends although it does not terminate it", async () => {
  const seen = await project.runCjs(`
    const { startWorker } = require("blindtally/worker");
    const { importRootKey } = require("blindtally/hazard");
    ${READING}
    read(startWorker, importRootKey).then(report);
  `);
  assert.deepEqual(seen, READ);
});

test("what is imported and what is required of blindtally/worker is one copy, with no other names", async () => {
  const seen = await project.runEsm(`
    import { createRequire } from "node:module";
    import * as imported from "blindtally/worker";
    import { BlindtallyError, Keyset } from "blindtally";
    const required = createRequire(import.meta.url)("blindtally/worker");
    const worker = await required.startWorker();
    const error = await worker.decryptResults(Keyset.generate().cipher(), [["a", -1]]).catch((error) => error);
    report([imported.startWorker === required.startWorker, error instanceof BlindtallyError, Object.keys(required)]);
  `);
  assert.deepEqual(seen, [true, true, ["startWorker"]]);
});

test("in Node a missing script is wasm-unavailable, said in words about the worker", async (t) => {
  const broken = await project.copy();
  t.after(() => broken.remove());
  await rm(join(broken.installed, "dist/cjs/entry/node-worker-thread.js"));
  const seen = await broken.runEsm(`
    import { startWorker } from "blindtally/worker";
    const error = await startWorker().catch((error) => error);
    report([error.code, /the worker could not be started/.test(error.message), error.cause.code]);
  `);
  assert.deepEqual(seen, ["wasm-unavailable", true, "MODULE_NOT_FOUND"]);
});

test("a page without a bundler reads with a worker under a strict policy, and fetches one .wasm", {
  skip,
}, async (t) => {
  await writePage("/node_modules/blindtally/dist/esm", ["entry/browser.js", "entry/worker.js", "hazard.js"]);
  const policy = `${STRICT_POLICY}; worker-src 'self'`;
  const site = await serve(t, { folder: project.folder, policy });
  const page = await open(t, site.url);
  assert.equal(await codeOfStart(page), "not-initialized");
  assert.deepEqual(await readIn(page), READ);
  assert.deepEqual(site.wasmRequests, ["/node_modules/blindtally/dist/blindtally.wasm"]);
});

test("in a page a script that is not served is wasm-unavailable", { skip }, async (t) => {
  const broken = await project.copy();
  t.after(() => broken.remove());
  await writePage(
    "/node_modules/blindtally/dist/esm",
    ["entry/browser.js", "entry/worker.js", "hazard.js"],
    broken,
  );
  await rm(join(broken.installed, "dist/esm/entry/worker-thread.js"));
  const page = await open(t, (await serve(t, { folder: broken.folder, policy: STRICT_POLICY })).url);
  await initIn(page);
  assert.equal(await codeOfStart(page), "wasm-unavailable");
});

test("in a page whose policy allows no worker, startWorker() is wasm-unavailable", { skip }, async (t) => {
  await writePage("/node_modules/blindtally/dist/esm", ["entry/browser.js", "entry/worker.js", "hazard.js"]);
  const policy = `${STRICT_POLICY}; worker-src 'none'`;
  const page = await open(t, (await serve(t, { folder: project.folder, policy })).url);
  await initIn(page);
  assert.equal(await codeOfStart(page), "wasm-unavailable");
});

for (const entry of ["blindtally", "blindtally/inline"]) {
  test(`a build of ${entry} reads with a worker, below another path as well`, { skip }, async (t) => {
    for (const [base, path] of [
      ["/", ""],
      ["./", "below/here"],
    ] as const) {
      await writeBundled(entry);
      const folder = join(project.folder, "site");
      await rm(folder, { recursive: true, force: true });
      await build(configured({ base, build: { outDir: join(folder, path) } }));
      const site = await serve(t, { folder, policy: STRICT_POLICY });
      const page = await open(t, `${site.url}${path}${path && "/"}index.html`);
      assert.deepEqual(await readIn(page), READ);
      assert.equal(site.wasmRequests.length, entry === "blindtally" ? 1 : 0);
    }
  });
}

test("a build that imports blindtally/worker and uses nothing of it has no code", async () => {
  await project.write(
    "unused.js",
    'import { startWorker } from "blindtally/worker";\nimport "blindtally/worker";\n',
  );
  const result = await build(
    configured({ build: { write: false, rolldownOptions: { input: "unused.js" } } }),
  );
  const outputs = [result].flat() as { output: { type: string; code?: string }[] }[];
  const code = outputs.flatMap(({ output }) => output).flatMap((file) => file.code?.trim() ?? []);
  assert.deepEqual(code, [""]);
});

test("Vite's development server needs no configuration for a worker", { skip }, (t) => developed(t, {}));

test("Vite's development server may be told to leave the package as it is", { skip }, (t) =>
  developed(t, { optimizeDeps: { exclude: ["blindtally"] } }),
);

async function developed(t: TestContext, config: InlineConfig): Promise<void> {
  await writeBundled("blindtally");
  await rm(join(project.folder, "node_modules/.vite"), { recursive: true, force: true });
  const server = await createServer(configured({ server: { host: "127.0.0.1", port: 0 }, ...config }));
  t.after(() => server.close());
  await server.listen();
  const page = await open(t, server.resolvedUrls?.local[0] as string);
  assert.deepEqual(await readIn(page), READ);
}

const configured = (config: InlineConfig): InlineConfig => ({
  root: project.folder,
  configFile: false,
  logLevel: "warn",
  ...config,
});

/** A page whose module imports main, worker and hazard entries from these addresses. */
async function writePage(base: string, files: readonly string[], target = project): Promise<void> {
  await writeMain(files.map((file) => `${base}/${file}`) as [string, string, string], target);
}

const writeBundled = (entry: string) => writeMain([entry, "blindtally/worker", "blindtally/hazard"], project);

async function writeMain([main, worker, hazard]: [string, string, string], target: Project): Promise<void> {
  await target.write("index.html", '<!doctype html><script type="module" src="/main.js"></script>\n');
  await target.write(
    "main.js",
    `import { init } from "${main}";
    import { startWorker } from "${worker}";
    import { importRootKey } from "${hazard}";
    const golden = ${JSON.stringify(golden)};
    ${READING}
    globalThis.worked = { init, startWorker, read: () => read(startWorker, importRootKey) };\n`,
  );
}

interface Worked {
  init(): Promise<void>;
  startWorker(): Promise<unknown>;
  read(): Promise<unknown>;
}

const worked = "worked" as keyof typeof globalThis;

function initIn(page: Page): Promise<void> {
  return page.evaluate((name) => (globalThis[name] as unknown as Worked).init(), worked);
}

async function readIn(page: Page): Promise<unknown> {
  await initIn(page);
  return page.evaluate((name) => (globalThis[name] as unknown as Worked).read(), worked);
}

function codeOfStart(page: Page): Promise<string> {
  return page.evaluate(
    (name) =>
      (globalThis[name] as unknown as Worked).startWorker().then(
        () => "no error",
        (error) => error.code,
      ),
    worked,
  );
}
