// What the packed package lets in, and what is in it.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, extname, join, relative, resolve } from "node:path";
import { after, before, test } from "node:test";
import { installedProject, type Project, ROOT } from "./support/project.js";

let project: Project;
before(async () => {
  project = await installedProject();
});
after(() => project?.remove());

for (const name of ["blindtally/blindtally.wasm", "blindtally/sealing.wasm"]) {
  test(`${name} resolves, by import and by require, to a valid module`, async () => {
    const seen = await project.runEsm(`
      import { readFileSync } from "node:fs";
      import { createRequire } from "node:module";
      const imported = readFileSync(new URL(import.meta.resolve("${name}")));
      const required = readFileSync(createRequire(import.meta.url).resolve("${name}"));
      report([WebAssembly.validate(imported), imported.equals(required)]);
    `);
    assert.deepEqual(seen, [true, true]);
  });
}

test("blindtally/package.json can be required and has the version of the repository", async () => {
  const seen = await project.runCjs('report(require("blindtally/package.json").version);');
  assert.equal(seen, json(join(ROOT, "pkg/package.json")).version);
});

const UNDOCUMENTED = [
  "blindtally/dist/esm/entry/browser.js",
  "blindtally/dist/cjs/entry/node.js",
  "blindtally/dist/blindtally.wasm",
  "blindtally/dist/sealing.wasm",
  "blindtally/sealing",
  "blindtally/bin/blindtally.js",
  "blindtally/instance",
  "blindtally/wasm",
  "blindtally/hazard.js",
  "blindtally/worker-thread",
];

for (const path of UNDOCUMENTED) {
  test(`${path} is refused`, async () => {
    const seen = await project.runEsm(`
      import { createRequire } from "node:module";
      const require = createRequire(import.meta.url);
      const path = ${JSON.stringify(path)};
      report([await codeOf(() => import(path)), await codeOf(() => require(path))]);
    `);
    assert.deepEqual(seen, ["ERR_PACKAGE_PATH_NOT_EXPORTED", "ERR_PACKAGE_PATH_NOT_EXPORTED"]);
  });
}

test("the package has its documents, its licences, its command and dist, and nothing else", () => {
  const beside = files().filter((file) => !file.startsWith("dist/"));
  assert.deepEqual(beside.sort(), [
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "bin/blindtally.js",
    "package.json",
  ]);
  const command = files().filter((file) => file.startsWith("dist/cli/"));
  assert.deepEqual(command.sort(), ["dist/cli/LICENSES.txt", "dist/cli/main.js"]);
  const inDist = files().filter((file) => file.startsWith("dist/") && !command.includes(file));
  const kinds = new Set(inDist.map((file) => (file.endsWith(".d.ts") ? ".d.ts" : extname(file))));
  assert.deepEqual([...kinds].sort(), [".d.ts", ".js", ".json", ".wasm"]);
  const settings = inDist.filter((file) => file.endsWith(".json"));
  assert.deepEqual(settings, ["dist/cjs/package.json"]);
});

test("the package has two .wasm, and the bytes of the one that everybody needs are also those of blindtally/inline", () => {
  assert.deepEqual(
    files()
      .filter((file) => file.endsWith(".wasm"))
      .sort(),
    ["dist/blindtally.wasm", "dist/sealing.wasm"],
  );
  const bytes = readFileSync(join(project.installed, "dist/blindtally.wasm"));
  for (const format of ["esm", "cjs"]) {
    const [, base64] = /base64 = "([^"]+)"/.exec(text(`dist/${format}/wasm/inline.js`)) ?? [];
    assert.ok(Buffer.from(base64 as string, "base64").equals(bytes), format);
  }
});

test("the licences are those of the repository", () => {
  for (const file of ["LICENSE-APACHE", "LICENSE-MIT"]) {
    assert.equal(text(file), readFileSync(join(ROOT, file), "utf8"));
  }
});

test("every module that a packed file names is packed, and every packed module is named", () => {
  const named = new Set(targetsOf(json(join(project.installed, "package.json"))));
  for (const file of named) {
    if (/\.(js|d\.ts)$/.test(file)) for (const target of modulesNamedBy(file)) named.add(target);
  }
  const packed = files();
  assert.deepEqual(
    [...named].filter((file) => !packed.includes(file)),
    [],
  );
  assert.deepEqual(
    packed.filter((file) => file.endsWith(".js") && !named.has(file)),
    [],
  );
});

test("no packed file holds a path of the machine that built it", () => {
  const folders = [ROOT, homedir(), process.env.CARGO_HOME, process.env.RUSTUP_HOME];
  const own = folders.filter((folder) => folder !== undefined && folder.length > 1) as string[];
  const anyHome = /(\/(home|root|Users)\/|[A-Z]:\\+Users\\+)[\w.-]+/;
  for (const file of files()) {
    const bytes = readFileSync(join(project.installed, file)).toString("latin1");
    assert.deepEqual(
      own.filter((folder) => bytes.includes(`${resolve(folder)}/`)),
      [],
      file,
    );
    assert.equal(anyHome.exec(bytes)?.[0], undefined, file);
  }
});

test("no packed file names a source map", () => {
  assert.deepEqual(
    files().filter((file) => text(file).includes("sourceMappingURL")),
    [],
  );
});

test("installing the package brings no other package and runs no script", () => {
  const { dependencies, peerDependencies, peerDependenciesMeta, optionalDependencies, scripts } = json(
    join(ROOT, "pkg/package.json"),
  );
  assert.deepEqual([dependencies, optionalDependencies], [undefined, undefined]);
  for (const name of Object.keys(peerDependencies))
    assert.equal(peerDependenciesMeta[name].optional, true, name);
  const onInstall = ["preinstall", "install", "postinstall", "prepare"];
  assert.deepEqual(
    Object.keys(scripts).filter((name) => onInstall.includes(name)),
    [],
  );
  assert.deepEqual(
    readdirSync(join(project.folder, "node_modules")).filter((name) => !name.startsWith(".")),
    ["blindtally"],
  );
});

/** Every file of the installed package, as a path in it. */
function files(): string[] {
  const entries = readdirSync(project.installed, { recursive: true, withFileTypes: true });
  const found = entries.filter((entry) => entry.isFile());
  return found.map((entry) => relative(project.installed, join(entry.parentPath, entry.name)));
}

function text(file: string): string {
  return readFileSync(join(project.installed, file), "utf8");
}

function json(file: string) {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** Every file that a part of package.json leads to. */
function targetsOf({ exports, main, types, bin }: Record<string, unknown>): string[] {
  const strings = (value: unknown): string[] =>
    typeof value === "string" ? [value] : Object.values(value as object).flatMap(strings);
  return [exports, main, types, bin].flatMap(strings).map((target) => join(target));
}

/** The packed files that a module leads to: what it imports, requires or starts, and the types beside each. */
function modulesNamedBy(file: string): string[] {
  const specifiers = text(file).matchAll(
    /(?:from |import |import\(|require\(|new URL\(|__dirname, )["']([.#][^"']+)["']/g,
  );
  return [...specifiers].flatMap(([, specifier]) => {
    const name = specifier as string;
    const target = name.startsWith("#cjs/") ? name.replace("#cjs", "dist/cjs") : join(dirname(file), name);
    return file.endsWith(".d.ts") ? [target.replace(/\.js$/, ".d.ts")] : [target];
  });
}
