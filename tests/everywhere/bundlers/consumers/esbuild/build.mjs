// The worker's script is an entry of its own, which lies beside the page's in the output.

import { build } from "esbuild";

await build({
  entryPoints: {
    main: "main.js",
    "worker-thread": "node_modules/blindtally/dist/esm/entry/worker-thread.js",
  },
  loader: { ".wasm": "file" },
  bundle: true,
  splitting: true,
  minify: true,
  format: "esm",
  outdir: "dist",
});
