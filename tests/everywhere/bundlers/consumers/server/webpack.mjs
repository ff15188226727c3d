import { promisify } from "node:util";
import webpack from "webpack";

const compiler = webpack({
  mode: "production",
  target: "node",
  context: import.meta.dirname,
  entry: "./main.js",
  output: { path: `${import.meta.dirname}/dist`, filename: "server.cjs" },
});
const stats = await promisify(compiler.run.bind(compiler))();
if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString("errors-warnings"));
