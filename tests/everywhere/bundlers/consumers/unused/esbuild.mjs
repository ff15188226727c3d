import { build } from "esbuild";
import { entries, external } from "./entries.mjs";

await build({
  entryPoints: entries,
  // It looks for every import before it leaves any out: those of the entry for server bundles too.
  external: [...external, "node:*"],
  bundle: true,
  minify: true,
  format: "esm",
  outdir: "dist",
});
