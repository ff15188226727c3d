/**
 * The examples of README.md that run in a browser, and what it says of bundlers and policies: in headless Chromium,
 * with the packed package, as a Vite build under the policy of the document and in Vite's development server.
 */

import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { createClient, Keyset } from "blindtally";
import { exportKeysetText } from "blindtally/hazard";
import type { Browser } from "playwright-core";
import { build, createServer } from "vite";
import { whyNoChromium } from "../browser/chromium.js";
import { startService } from "../services/support/processes.js";
import { launch, printedAt } from "./support/chromium.js";
import { blocksOf, documentText, printedBy } from "./support/markdown.js";
import { installedProject, type Project } from "./support/project.js";
import { type SiteOptions, serve } from "./support/site.js";

const readme = documentText("README.md");
const blocks = blocksOf(readme);
const pages = blocks.filter(({ language }) => language === "html");
const page = pages[0] as (typeof pages)[number];
const dashboard = only(blocks.filter(({ file }) => file === "dashboard.js"));
const [, policy] = only(blocks.filter(({ text }) => text.startsWith("Content-Security-Policy"))).text.split(
  ": ",
  2,
);

const skip = whyNoChromium;
/** Skipped one by one: a skipped suite would not be counted. */
const check = (claim: string, run: (t: TestContext) => Promise<void>) => it(claim, { skip }, run);

describe("in a browser, by README.md,", () => {
  let project: Project;
  let browser: Browser;
  before(async () => {
    if (skip !== false) return;
    // One after the other: a browser that is started beside a failure would never be closed.
    project = await installedProject();
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await project?.remove();
  });

  for (const block of pages) {
    const { text, line } = block;
    const lines = printedBy(block);

    check(`the page of line ${line} prints what it says as a Vite build under that policy`, async (t) => {
      await project.write("index.html", text);
      const url = await serve(t, await built(project));
      assert.deepEqual(await printedAt(browser, url, lines.length), lines);
    });

    check(`the page of line ${line} prints what it says in Vite's unconfigured server`, async (t) => {
      await project.write("index.html", text);
      const url = await developed(t, project, {});
      assert.deepEqual(await printedAt(browser, url, lines.length), lines);
    });
  }

  check("dashboard.js prints what it says as a Vite build under the policy of the document", async (t) => {
    await writeDashboard(project);
    const url = await serve(t, { ...(await built(project)), ...(await session(t)) });
    assert.deepEqual(await printedAt(browser, url, 1), printedBy(dashboard));
  });

  check("dashboard.js prints what it says in Vite's development server without configuration", async (t) => {
    await writeDashboard(project);
    const backend = await serve(t, { folder: project.folder, ...(await session(t)) });
    const url = await developed(t, project, { "/analytics": backend, "/session": backend });
    assert.deepEqual(await printedAt(browser, url, 1), printedBy(dashboard));
  });

  check("init() fails with wasm-unavailable under a policy without 'wasm-unsafe-eval'", async (t) => {
    const script = 'import { init } from "blindtally";\ninit().catch((error) => console.log(error.code));\n';
    await project.write("index.html", `<script type="module">${script}</script>`);
    const { folder } = await built(project);
    const stricter = policy?.trim().replace(" 'wasm-unsafe-eval'", "") as string;
    assert.notEqual(stricter, policy?.trim());
    const url = await serve(t, { folder, headers: { "content-security-policy": stricter } });
    assert.deepEqual(await printedAt(browser, url, 1), ["wasm-unavailable"]);
  });

  check("an import map to dist/esm/entry/browser.js serves the page without a bundler", async (t) => {
    const entry = /lead\s+`blindtally`\s+to\s+its\s+`([^`]+)`/.exec(readme)?.[1];
    const imports = { blindtally: `/node_modules/blindtally/${entry}` };
    const map = `<script type="importmap">${JSON.stringify({ imports })}</script>\n`;
    await project.write("index.html", page.text.replace("<script", `${map}<script`));
    const url = await serve(t, { folder: project.folder });
    assert.deepEqual(await printedAt(browser, url, printedBy(page).length), printedBy(page));
  });
});

/** Builds the project anew and gives back the site that serves it. */
async function built({ folder }: Project): Promise<SiteOptions> {
  const outDir = join(folder, "site");
  await rm(outDir, { recursive: true, force: true });
  await build({ root: folder, configFile: false, logLevel: "error", build: { outDir } });
  return { folder: outDir, headers: { "content-security-policy": policy?.trim() as string } };
}

/** Starts Vite's development server as `npx vite` does, on a free port until the test ends. */
async function developed(t: TestContext, project: Project, proxy: Record<string, string>): Promise<string> {
  // What an earlier page imported must not be what this one begins with.
  await rm(join(project.folder, "node_modules", ".vite"), { recursive: true, force: true });
  const server = await createServer({
    root: project.folder,
    configFile: false,
    logLevel: "error",
    server: { host: "127.0.0.1", port: 0, proxy },
  });
  t.after(() => server.close());
  await server.listen();
  return only(server.resolvedUrls?.local ?? []);
}

async function writeDashboard(project: Project): Promise<void> {
  await project.write(dashboard.file as string, dashboard.text);
  await project.write("index.html", `<script type="module" src="/${dashboard.file}"></script>\n`);
}

/** A real API that holds the events of the example, and the scope that reads them. */
async function session(t: TestContext): Promise<{ scope: string; api: string }> {
  const keyset = Keyset.generate();
  t.after(() => keyset.dispose());
  const api = await startService(t, "analytics", ["--memory"]);
  const names = ["secret-event-a", "secret-event-a", "secret-event-a", "secret-event-b", "secret-event-b"];
  await using client = createClient({ endpoint: api.url, keyset });
  assert.equal(await client.logEvents(names), names.length);
  await client.flush();
  return { scope: exportKeysetText(keyset.scope()), api: api.url };
}

function only<T>(values: readonly T[]): T {
  if (values.length !== 1) throw new Error(`there are ${values.length}, not one`);
  return values[0] as T;
}
