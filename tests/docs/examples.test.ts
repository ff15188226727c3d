/**
 * The examples of README.md that run in Node. They run as they stand, in their order and in one folder, with only
 * the ports of the services replaced; what they print is compared with what they say they print.
 */

import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { runCommand, startService } from "../services/support/processes.js";
import { type Block, blocksOf, documentText, printedBy, prose } from "./support/markdown.js";
import { installedProject, type Project } from "./support/project.js";

const readme = documentText("README.md");
const blocks = blocksOf(readme);
const LANGUAGES = new Set(["html", "js", "rust", "sh", "text", "ts"]);

describe("the examples of README.md", () => {
  let project: Project;
  before(async () => {
    project = await installedProject();
  });
  after(() => project.remove());

  for (const block of blocks.filter(runsInNode)) {
    it(`${block.file} prints what it says`, async (t) => {
      const text = await withServices(t, project, block.text);
      await project.write(block.file as string, text);
      const program = block.language === "ts" ? await compiled(project, block) : (block.file as string);
      assert.deepEqual(await project.run(program), printedBy(block));
    });
  }

  it("tokens.mjs puts tokens into the page and no name", async () => {
    const page = await readFile(join(project.folder, "buttons.html"), "utf8");
    assert.equal(page.match(/data-event="bt1_[\w-]{70}"/g)?.length, 2);
    assert.doesNotMatch(page, /newsletter|booking|opened|cancelled/);
  });

  it("keys.mjs leaves a key that only its user can read, and that the proxy takes", async (t) => {
    const keyFile = join(project.folder, "root.key");
    assert.equal((await stat(keyFile)).mode & 0o777, 0o600);
    await startService(t, "proxy", ["--upstream", API, "--key-file", keyFile]);
  });

  it("all JavaScript and TypeScript type-checks, strictly and against the packed declarations", async () => {
    const files = blocks.filter(({ file }) => file !== undefined);
    for (const { file, text } of files) await project.write(file as string, text);
    await project.compile(files.map(({ file }) => file as string));
  });
});

describe("the documents", () => {
  it("have no block in a language that no test knows", () => {
    for (const path of ["README.md", "pkg/README.md"]) {
      for (const { language, line } of blocksOf(documentText(path))) {
        assert.ok(LANGUAGES.has(language), `${path}:${line} is in "${language}"`);
      }
    }
  });

  it("name a file in every block of JavaScript and TypeScript, each file once", () => {
    const files = blocks
      .filter(({ language }) => language === "js" || language === "ts")
      .map(({ file }) => file);
    assert.ok(files.length > 0 && files.every((file) => file !== undefined));
    assert.equal(new Set(files).size, files.length);
  });

  it("show on npm no example that is not in README.md", () => {
    const known = new Set(blocks.map(({ text }) => text));
    for (const { text, line } of blocksOf(documentText("pkg/README.md"))) {
      assert.ok(known.has(text), `the block of pkg/README.md:${line} is not in README.md as it stands`);
    }
  });

  it("have their Rust examples run as doctests", () => {
    assert.ok(blocks.some(({ language }) => language === "rust"));
    assert.match(
      documentText("src/lib.rs"),
      /#\[cfg\(doctest\)\]\n#\[doc = include_str!\("\.\.\/README\.md"\)\]/,
    );
    // An indented block would be Rust to rustdoc, and text to everybody else.
    assert.doesNotMatch(prose(readme), /^ {4}\S/m);
  });
});

/** Node runs `.mjs` and `.cjs`; a `.js` is for the browser. */
function runsInNode({ language, file }: Block): boolean {
  return language === "ts" || (language === "js" && /\.[mc]js$/.test(file ?? ""));
}

async function compiled(project: Project, block: Block): Promise<string> {
  await project.compile([block.file as string]);
  return `compiled/${block.file?.replace(/\.ts$/, ".js")}`;
}

const API = "http://127.0.0.1:9000";
const PROXY = "http://127.0.0.1:9999";

/** The text with the addresses of real services in place of their default ones. */
async function withServices(t: TestContext, project: Project, text: string): Promise<string> {
  if (!text.includes(API) && !text.includes(PROXY)) return text;
  const api = await startService(t, "analytics", ["--memory"]);
  if (!text.includes(PROXY)) return text.replaceAll(API, api.url);
  const keyFile = join(project.folder, "proxy.key");
  assert.equal((await runCommand("proxy", ["--generate-key-file", keyFile])).code, 0);
  const proxy = await startService(t, "proxy", ["--upstream", api.url, "--key-file", keyFile]);
  return text.replaceAll(PROXY, proxy.url).replaceAll(API, api.url);
}
