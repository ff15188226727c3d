// Rollup itself neither finds packages nor knows `new URL(..., import.meta.url)`: a plugin does each. The second one
// would copy the worker's script as it is, without what that imports; it is an entry of its own instead.

import { nodeResolve } from "@rollup/plugin-node-resolve";
import { importMetaAssets } from "@web/rollup-plugin-import-meta-assets";

const dist = "node_modules/blindtally/dist/esm/entry";

export default {
  input: { main: "main.js", "worker-thread": `${dist}/worker-thread.js` },
  output: { dir: "dist" },
  plugins: [nodeResolve({ browser: true }), importMetaAssets({ exclude: `**/${dist}/worker.js` })],
};
