// The types of the packed package, for each way in which TypeScript finds them.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, mkdir, readFile, symlink } from "node:fs/promises";
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
  await typeChecks(await copies("mts", NODE_SAMPLES), { ...NODE, lib: WEB });
});

test("a CommonJS module under nodenext type-checks, the package's declarations included", async () => {
  await typeChecks(await copies("cts", NODE_SAMPLES), { ...NODE, lib: WEB });
});

test("a module under bundler type-checks, the package's declarations included", () =>
  typeChecks(SAMPLES, { ...BROWSER, lib: WEB }));

test("a program for Node that knows no DOM type-checks with skipLibCheck", async () => {
  await copies("mts", ["sample.ts"]);
  await typeChecks(["sample.mts"], { ...NODE, lib: ["ES2022"], skipLibCheck: true });
});

test("a page whose library has no Symbol.dispose type-checks with skipLibCheck", async () => {
  const lines = (await readFile(join(project.folder, "sample.ts"), "utf8")).split("\n");
  const without = lines.filter((line) => !line.includes("Symbol.dispose"));
  assert.notEqual(without.length, lines.length);
  await project.write("older.ts", without.join("\n"));
  await typeChecks(["older.ts"], { ...BROWSER, lib: ["ES2022", "DOM"], skipLibCheck: true });
});

test("the samples that are type-checked use every public name", async () => {
  const files = [...NODE_SAMPLES, "react.tsx"];
  const samples = await Promise.all(files.map((file) => readFile(join(project.folder, file), "utf8")));
  const imports = samples.map((sample) => sample.slice(0, sample.indexOf("export "))).join();
  const body = samples.map((sample) => sample.slice(sample.indexOf("export "))).join();
  const declarations = await Promise.all(
    DECLARATIONS.map((name) => readFile(join(project.installed, `dist/${name}.d.ts`), "utf8")),
  );
  const names = declarations.flatMap(namesIn);
  const known = ["Keyset", "importRootKey", "KeysetFile", "openKeysetFile", "Keyring", "passkey"];
  for (const name of [...known, "createClient", "createEventCipher", "fileQueue", "useLogEvent"]) {
    assert.ok(names.includes(name), `${name} was read`);
  }
  const missingIn = (text: string) => names.filter((name) => !new RegExp(`\\b${name}\\b`).test(text));
  assert.deepEqual(missingIn(imports), []);
  assert.deepEqual(missingIn(body), []);
});

test("the hooks type-check with the types of React, in a module under nodenext and under bundler", async () => {
  const folder = join(project.folder, "node_modules/@types");
  await mkdir(folder, { recursive: true });
  await symlink(join(ROOT, "node_modules/@types/react"), join(folder, "react"), "dir");
  const jsx = { jsx: "react-jsx", lib: WEB };
  await typeChecks(["react.tsx"], { ...NODE, ...jsx });
  await typeChecks(["react.tsx"], { ...BROWSER, ...jsx });
});

test("the types of blindtally/aws-kms agree with the client of AWS", async () => {
  const folder = join(project.folder, "node_modules/@aws-sdk");
  await mkdir(folder, { recursive: true });
  await symlink(join(ROOT, "node_modules/@aws-sdk/client-kms"), join(folder, "client-kms"), "dir");
  await project.write(
    "kms.mts",
    `import { KMSClient } from "@aws-sdk/client-kms";
    import { type AwsKmsOptions, awsKms } from "blindtally/aws-kms";
    import type { KeyWrapper } from "blindtally/sealed";
    const options: AwsKmsOptions = { client: new KMSClient({ region: "eu-central-1" }), keyId: "alias/x" };
    export const wrapper: KeyWrapper = awsKms(options);
    // @ts-expect-error a key is named
    awsKms({ client: options.client });
    `,
  );
  await typeChecks(["kms.mts"], { ...NODE, lib: WEB, skipLibCheck: true });
});

const SAMPLES = ["sample.ts", "keys.ts", "events.ts"];
/** A page has no files to keep a queue in. */
const NODE_SAMPLES = [...SAMPLES, "queues.ts"];
/** Where every public name is declared, or handed on, in the installed package. */
const DECLARATIONS = [
  "esm/index",
  "esm/hazard",
  "esm/sealing/index",
  "cjs/store/index",
  "esm/keyring/keyring",
  "esm/passkey",
  "cjs/entry/node-queue",
  "esm/entry/react",
];

/** What a module declares itself and what it hands on. */
function namesIn(declarations: string): string[] {
  const lists = [...declarations.matchAll(/export (?:type )?\{([^}]*)\}/g)].map(([, list]) => list as string);
  const handed = lists.flatMap((list) => list.split(",").map((name) => name.trim().replace(/^type /, "")));
  const declared = [...declarations.matchAll(/^export (?:declare )?\w+ (\w+)/gm)].map(
    ([, name]) => name as string,
  );
  return [...handed, ...declared].filter((name) => name !== "" && name !== "type");
}

/** Copies the samples to names that say what kind of module they are. */
function copies(extension: "mts" | "cts", samples: readonly string[]): Promise<string[]> {
  return Promise.all(
    samples.map(async (file) => {
      const copy = file.replace(/ts$/, extension);
      await copyFile(join(project.folder, file), join(project.folder, copy));
      return copy;
    }),
  );
}

/** Fails with what tsc says about files. */
async function typeChecks(files: readonly string[], compilerOptions: object): Promise<void> {
  const strict = {
    target: "ES2022",
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
  };
  const settings = { compilerOptions: { noEmit: true, ...strict, ...compilerOptions }, files };
  await project.write("tsconfig.json", JSON.stringify(settings));
  await run(process.execPath, [TSC, "-p", project.folder], { timeout: TIMEOUT_MS }).catch((error) => {
    assert.fail(`tsc refuses:\n${error.stdout}`);
  });
}
