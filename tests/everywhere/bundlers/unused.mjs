// @ts-check
// What is left of the package in a bundle that uses nothing of it, or little.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { installTool, versionOf } from "../lib/tools.mjs";

/** @typedef {import("../lib/target.mjs").Target} Target */
/** @typedef {import("../lib/consumer.mjs").Consumer} Consumer */

/** What only the client's code says, and no minifier may change. */
const WORDS_OF_THE_CLIENT = ["keepalive", "retry-after", "no-referrer", "globalPrivacyControl"];

/** @type {readonly Target[]} */
export const targets = [
  unusedTarget("Vite", "vite", (consumer) => consumer.run(consumer.program("vite"), ["build"])),
  unusedTarget("webpack", "webpack", (consumer) => consumer.run(process.execPath, ["webpack.mjs"])),
  unusedTarget("Rollup", "rollup", (consumer) => consumer.run(consumer.program("rollup"), ["--config"])),
  unusedTarget("esbuild", "esbuild", (consumer) => consumer.run(process.execPath, ["esbuild.mjs"])),
];

/** @param {string} name @param {string} tool @param {(consumer: Consumer) => Promise<unknown>} build @returns {Target} */
function unusedTarget(name, tool, build) {
  return {
    name: `${name}, unused imports`,
    group: "bundlers",
    // webpack takes longer than all others together.
    fast: tool !== "webpack",
    async run(context) {
      const from = new URL("./consumers/unused/", import.meta.url);
      const consumer = await context.consumer({ from, tools: [tool] });
      const entries = entriesOf(consumer);
      await consumer.write({
        ...Object.fromEntries(entries.map((entry) => [fileOf(entry), `import "${entry}";\n`])),
        // By name, as code is that no longer uses what it imports.
        "entries/names.js": 'import { createClient, init, Keyset } from "blindtally";\n',
        "entries/keyset.js": 'import { Keyset } from "blindtally";\nglobalThis.used = Keyset;\n',
        "entries/client.js": 'import { createClient } from "blindtally";\nglobalThis.used = createClient;\n',
      });
      await build(consumer);
      for (const entry of [...entries.map(idOf), "names"]) {
        assert.equal(codeOf(consumer, entry), "", `a bundle that imports ${entry} and uses nothing of it`);
      }
      const [keyset, client] = [codeOf(consumer, "keyset"), codeOf(consumer, "client")];
      for (const word of WORDS_OF_THE_CLIENT) {
        assert.ok(client.includes(word), `a client says ${word}`);
        assert.ok(!keyset.includes(word), `a keyset alone does not bring ${word}`);
      }
      const version = versionOf(await installTool(tool, context.step), tool);
      return { version, note: `${entries.length} entries leave nothing` };
    },
  };
}

/** Every entry of the package that is code. @param {Consumer} consumer */
function entriesOf(consumer) {
  const manifest = JSON.parse(readFileSync(join(consumer.installed, "package.json"), "utf8"));
  const entries = Object.keys(manifest.exports).filter((entry) => !/\.(wasm|json)$/.test(entry));
  assert.ok(entries.length > 9, "the entries were read");
  return entries.map((entry) => join("blindtally", entry));
}

/** @param {string} entry */
const idOf = (entry) => entry.replaceAll("/", "-");
/** @param {string} entry */
const fileOf = (entry) => `entries/${idOf(entry)}.js`;

/**
 * What the bundle of an entry consists of: its own file and the chunks that it loads.
 * @param {Consumer} consumer @param {string} name
 */
function codeOf(consumer, name) {
  const folder = join(consumer.folder, "dist");
  /** @type {Set<string>} */
  const seen = new Set();
  /** @param {string} file @returns {string} */
  const read = (file) => {
    if (seen.has(file) || !existsSync(file)) return "";
    seen.add(file);
    const code = readFileSync(file, "utf8");
    const imported = [...code.matchAll(/["'](\.\.?\/[^"']+\.js)["']/g)].map(([, path]) =>
      join(file, "..", path ?? ""),
    );
    return code + imported.map(read).join("");
  };
  return read(join(folder, `${name}.js`)).trim();
}
