// What the packed package lets in, and what is in it.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, extname, join, relative, resolve } from "node:path";
import { after, before, test } from "node:test";
import { transformSync } from "esbuild";
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
  assert.deepEqual([...kinds].sort(), [".d.ts", ".js", ".json", ".map", ".txt", ".wasm"]);
  const settings = inDist.filter((file) => file.endsWith(".json"));
  assert.deepEqual(settings, ["dist/cjs/package.json"]);
  assert.deepEqual(
    inDist.filter((file) => file.endsWith(".txt")),
    ["dist/LICENSES.txt"],
  );
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
    packed.filter((file) => file.endsWith(".js") && !named.has(file) && !isTypesAlone(file, named)),
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

test("every compiled module has a source map that holds its TypeScript", () => {
  const modules = files().filter((file) => /^dist\/(esm|cjs)\/(?!wasm\/|vendor\/).*\.js$/.test(file));
  assert.ok(modules.length > 100, `${modules.length} modules`);
  const maps = modules.map((file) => {
    const [, name] = /\n\/\/# sourceMappingURL=(\S+)$/.exec(text(file)) ?? [];
    const map = join(dirname(file), name ?? "none");
    const { sources, sourcesContent } = JSON.parse(text(map));
    assert.equal(sources.length, 1, map);
    const source = relative(project.installed, resolve(project.installed, dirname(map), sources[0]));
    assert.match(source, /^src\/[\w/.-]+\.ts$/, map);
    assert.equal(sourcesContent[0], readFileSync(join(ROOT, "pkg", source), "utf8"), map);
    return map;
  });
  const others = files().filter((file) => file.endsWith(".map") && !maps.includes(file));
  assert.deepEqual(others, []);
});

test("with source maps, a stack names the line of the TypeScript", async () => {
  const seen = await project.runEsm(`
    process.setSourceMapsEnabled(true);
    const { Keyset } = await import("blindtally");
    try {
      Keyset.generate().cipher().decrypt("page.viewed");
    } catch (error) {
      report(/src.cipher\\.ts:\\d+/.test(error.stack));
    }
  `);
  assert.equal(seen, true);
});

test("the conditions of the package are those that tests/everywhere shows, and no module is kept for its effects", () => {
  const { exports, sideEffects } = json(join(project.installed, "package.json"));
  const conditions = (value: object): string[] =>
    Object.entries(value).flatMap(([name, inner]) =>
      typeof inner === "object" ? [name, ...conditions(inner)] : [name],
    );
  const used = new Set(
    Object.values(exports as Record<string, object | string>).flatMap((entry) =>
      typeof entry === "object" ? conditions(entry) : [],
    ),
  );
  assert.deepEqual([...used].sort(), ["default", "import", "node", "require", "types", "workerd"]);
  assert.equal(sideEffects, false);
});

test("HACKING.md says in a line why each condition, entry and generated file is there", () => {
  const rows = readFileSync(join(ROOT, "HACKING.md"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  const named = (column: number, text: string) =>
    rows.some((cells) => cells[column]?.includes(`\`${text}\``));
  const { exports } = json(join(project.installed, "package.json"));
  const missing = [
    ...Object.keys(exports).filter((name) => !named(1, join("blindtally", name))),
    ...["types", "workerd", "node", "import", "require", "default"].filter((name) => !named(1, name)),
    ...readdirSync(join(ROOT, "pkg/src/entry")).filter((name) => !named(2, name) && !named(3, name)),
    ...readdirSync(join(ROOT, "pkg/wasm")).filter(
      (name) => !name.endsWith(".d.ts") && !named(1, join("wasm", name)),
    ),
    ...readdirSync(join(project.installed, "dist")).filter((name) => !named(1, join("dist", name))),
  ];
  assert.deepEqual(missing, []);
});

test("no module of the package waits at its top level, and none but the Node entries and threads is imported for its effect", () => {
  for (const file of files().filter((file) => /^dist\/esm\/.*\.js$/.test(file))) {
    assert.ok(!/^(await|for await)\b|^(export )?(const|let) [^\n]*= await\b/m.test(text(file)), file);
    assert.ok(!/^import ["']/m.test(text(file)), file);
  }
});

test("no packed module awaits at its top level, so that importing one waits for nothing", () => {
  const awaits = (code: string): boolean => {
    try {
      transformSync(code, { format: "cjs", logLevel: "silent" });
      return false;
    } catch (error) {
      assert.match(String(error), /Top-level await/);
      return true;
    }
  };
  assert.equal(awaits("await init();\nexport const a = 1;"), true);
  const modules = files().filter((file) => file.startsWith("dist/esm/") && file.endsWith(".js"));
  assert.ok(modules.length > 50);
  assert.deepEqual(
    modules.filter((file) => awaits(text(file))),
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

/** Whether a module has nothing but types, and those are named. */
function isTypesAlone(file: string, named: ReadonlySet<string>): boolean {
  const code = text(file).replace(/^\/\/.*$/gm, "");
  const isEmpty = !code
    .replace(/"use strict";|Object\.defineProperty\(exports, "__esModule".*|export \{\};/g, "")
    .trim();
  return isEmpty && named.has(file.replace(/js$/, "d.ts"));
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
