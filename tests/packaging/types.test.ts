// The types of the packed package, for each way in which TypeScript finds them.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { installedProject, type Project, ROOT } from "./support/project.js";

const run = promisify(execFile);
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");
const TIMEOUT_MS = 120_000;

let project: Project;
before(async () => {
  project = await installedProject();
  await project.copyConsumer("types");
});
after(() => project?.remove());

const NODE = { module: "nodenext", typeRoots: [join(ROOT, "node_modules/@types")], types: ["node"] };
const BROWSER = { module: "esnext", moduleResolution: "bundler", types: [] };
const WEB = ["ES2022", "DOM", "ESNext.Disposable"];

test("an ES module under nodenext type-checks, the package's declarations included", async () => {
  await copySample("sample.mts");
  await typeChecks("sample.mts", { ...NODE, lib: WEB });
});

test("a CommonJS module under nodenext type-checks, the package's declarations included", async () => {
  await copySample("sample.cts");
  await typeChecks("sample.cts", { ...NODE, lib: WEB });
});

test("a module under bundler type-checks, the package's declarations included", () =>
  typeChecks("sample.ts", { ...BROWSER, lib: WEB }));

test("a program for Node that knows no DOM type-checks with skipLibCheck", async () => {
  await copySample("sample.mts");
  await typeChecks("sample.mts", { ...NODE, lib: ["ES2022"], skipLibCheck: true });
});

test("a page whose library has no Symbol.dispose type-checks with skipLibCheck", async () => {
  const lines = (await readFile(join(project.folder, "sample.ts"), "utf8")).split("\n");
  const without = lines.filter((line) => !line.includes("Symbol.dispose"));
  assert.notEqual(without.length, lines.length);
  await project.write("older.ts", without.join("\n"));
  await typeChecks("older.ts", { ...BROWSER, lib: ["ES2022", "DOM"], skipLibCheck: true });
});

test("the sample that is type-checked uses every public name", async () => {
  const sample = await readFile(join(project.folder, "sample.ts"), "utf8");
  const imports = sample.slice(0, sample.indexOf("export "));
  const body = sample.slice(imports.length);
  const [index, hazard] = await Promise.all(
    ["index", "hazard"].map((name) => readFile(join(project.installed, `dist/esm/${name}.d.ts`), "utf8")),
  );
  const reexported = [...(index as string).matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, list]) =>
    (list as string).split(",").map((name) => name.trim().replace(/^type /, "")),
  );
  const declared = [...(hazard as string).matchAll(/^export (?:declare )?\w+ (\w+)/gm)].map(
    ([, name]) => name as string,
  );
  const names = [...reexported, ...declared];
  assert.ok(names.includes("Keyset") && names.includes("importRootKey"), "the names were read");
  assert.deepEqual(
    names.filter((name) => !new RegExp(`\\b${name}\\b`).test(body)),
    [],
  );
  assert.deepEqual(
    names.filter((name) => !new RegExp(`\\b${name}\\b`).test(imports)),
    [],
  );
});

/** Copies the sample to a name that says what kind of module it is. */
function copySample(file: "sample.mts" | "sample.cts"): Promise<void> {
  return copyFile(join(project.folder, "sample.ts"), join(project.folder, file));
}

/** Fails with what tsc says about a file. */
async function typeChecks(file: string, compilerOptions: object): Promise<void> {
  const strict = {
    target: "ES2022",
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
  };
  const settings = { compilerOptions: { noEmit: true, ...strict, ...compilerOptions }, files: [file] };
  await project.write("tsconfig.json", JSON.stringify(settings));
  await run(process.execPath, [TSC, "-p", project.folder], { timeout: TIMEOUT_MS }).catch((error) => {
    assert.fail(`tsc refuses:\n${error.stdout}`);
  });
}
