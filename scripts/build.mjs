// @ts-check
// `npm run build [-- --only wasm]`: everything that is generated, from an empty clone or from what is there.

import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { say, step } from "./lib/log.mjs";
import { installPackages, runScript } from "./lib/packages.mjs";
import { main } from "./lib/run.mjs";
import { begin, unlessFresh } from "./lib/stamp.mjs";
import { checkTools } from "./lib/tools.mjs";
import { bindWasm, buildBindgen, compileWasm, wasmWork } from "./lib/wasm-file.mjs";
import { ensureWasmToolchain } from "./lib/wasm-target.mjs";

const USAGE = `npm run build [-- --only wasm]

  --only wasm   only the npm package: the .wasm, its glue and its TypeScript`;

/** The workspaces in the order in which they need each other. */
const WORKSPACES = /** @type {const} */ ([
  { name: "blindtally", folder: "pkg", title: "npm package", needs: ["pkg/wasm"] },
  { name: "blindtally-services", folder: "services", title: "Analytics API and proxy", needs: ["pkg/dist"] },
  { name: "blindtally-www", folder: "www", title: "Page", needs: ["pkg/wasm", "pkg/dist"] },
]);

/** Builds everything, or the npm package alone. @param {{ only?: "wasm" }} [options] */
export async function build(options = {}) {
  await step("Tools", checkTools);
  await buildWasm();
  for (const workspace of WORKSPACES) {
    if (options.only === "wasm" && workspace.folder !== "pkg") continue;
    await step(workspace.title, (step) =>
      unlessFresh(
        {
          name: workspace.folder,
          inputs: [workspace.folder, ...workspace.needs, "tsconfig.base.json", "package-lock.json"],
          outputs: [`${workspace.folder}/dist`],
        },
        () => runScript(workspace.name, "build", step),
      ),
    );
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
  const compiled = step("Rust for wasm32", ensureWasmToolchain).then((toolchain) =>
    step("Compiling to WebAssembly", (step) => compileWasm(toolchain, step)),
  );
  await Promise.all([packages, bindgen, compiled]);
  await step("WebAssembly", bindWasm);
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
