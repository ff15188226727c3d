// @ts-check
// `npm run build [-- --only wasm]`: everything that is generated, from an empty clone or from what is there.

import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { say, step } from "./lib/log.mjs";
import { installPackages, runScript } from "./lib/packages.mjs";
import { main } from "./lib/run.mjs";
import { begin, unlessFresh } from "./lib/stamp.mjs";
import { checkTools } from "./lib/tools.mjs";
import { bindWasm, buildBindgen, compileWasm, MODULES, wasmWork } from "./lib/wasm-file.mjs";
import { ensureWasmToolchain } from "./lib/wasm-target.mjs";

const USAGE = `npm run build [-- --only wasm]

  --only wasm   only the npm package: the .wasm, its glue and its TypeScript`;

const PKG_CONFIGS = ["tsconfig.json", "tsconfig.cjs.json", "tsconfig.glue.json"].map((name) => `pkg/${name}`);
const WASM = wasmWork.outputs;
const SHARED = ["tsconfig.base.json", "package-lock.json"];

/** The workspaces in the order in which they need each other, and what each is made from. */
const WORKSPACES = [
  {
    title: "npm package",
    workspace: "blindtally",
    name: "pkg",
    // Named one by one: its build writes into pkg/wasm and copies the licences.
    inputs: [
      "pkg/src",
      "pkg/cli",
      "pkg/bin",
      "pkg/package.json",
      "pkg/build.mjs",
      "pkg/vendor",
      "pkg/vendor.mjs",
      "pkg/licenses.mjs",
      ...PKG_CONFIGS,
      ...WASM,
      ...SHARED,
    ],
    outputs: ["pkg/dist"],
  },
  {
    title: "Analytics API and secure proxy",
    workspace: "blindtally-services",
    name: "services",
    inputs: ["services", "pkg/dist", ...SHARED],
    outputs: ["services/dist"],
  },
  {
    title: "Page",
    workspace: "blindtally-www",
    name: "www",
    inputs: ["www", "pkg/dist", ...SHARED],
    outputs: ["www/dist"],
  },
];

/** Builds everything, or the npm package alone. @param {{ only?: "wasm" }} [options] */
export async function build(options = {}) {
  await step("Tools", checkTools);
  await buildWasm();
  for (const { title, workspace, ...work } of WORKSPACES) {
    if (options.only === "wasm" && work.name !== "pkg") continue;
    await step(title, (step) => unlessFresh(work, () => runScript(workspace, "build", step)));
  }
}

/** The npm packages, and pkg/wasm. What waits for the network and what waits for the processor run side by side. */
async function buildWasm() {
  const packages = step("npm packages", installPackages);
  const finish = begin(wasmWork);
  if (finish === null) {
    await packages;
    await step("WebAssembly", async () => "up to date");
    return;
  }
  const bindgen = step("Tool for the JavaScript glue", buildBindgen);
  const compiled = step("Rust for wasm32", ensureWasmToolchain).then(async (toolchain) => {
    for (const module of MODULES) {
      await step(`Compiling: ${module.title}`, (step) => compileWasm(module, toolchain, step));
    }
  });
  await Promise.all([packages, bindgen, compiled]);
  for (const module of MODULES) await step(module.title, (step) => bindWasm(module, step));
  finish();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main(async () => {
    const { values } = parseArgs({ options: { only: { type: "string" }, help: { type: "boolean" } } });
    if (values.help || (values.only !== undefined && values.only !== "wasm")) {
      say(USAGE);
      return values.help ? 0 : 2;
    }
    await build(values.only === "wasm" ? { only: "wasm" } : {});
  });
}
