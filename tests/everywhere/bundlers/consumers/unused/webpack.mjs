import { promisify } from "node:util";
import webpack from "webpack";
import { entries, external } from "./entries.mjs";

const compiler = webpack({
  mode: "production",
  context: import.meta.dirname,
  entry: entries,
  externals: external,
  output: { path: `${import.meta.dirname}/dist` },
});
const stats = await promisify(compiler.run.bind(compiler))();
if (stats.hasErrors()) throw new Error(stats.toString("errors-only"));
