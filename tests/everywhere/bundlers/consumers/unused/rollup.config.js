import { nodeResolve } from "@rollup/plugin-node-resolve";
import { entries, external } from "./entries.mjs";

export default {
  input: entries,
  external,
  output: { dir: "dist" },
  plugins: [nodeResolve({ browser: true })],
};
