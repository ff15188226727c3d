// @ts-check
// `npm run soak`: API, proxy and two applications under a steady load, and whether their memory stays flat or,
// the API's, within its bound.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { say, step } from "./lib/log.mjs";
import { bin, inRoot } from "./lib/paths.mjs";
import { main, run, start } from "./lib/run.mjs";

const USAGE = `npm run soak [-- [--minutes N] [--rate N]]

  --minutes N   how long; default 10
  --rate N      events a second, of which a quarter goes through the proxy; default 1000`;

await main(async () => {
  const { values } = parseArgs({
    options: { minutes: { type: "string" }, rate: { type: "string" }, help: { type: "boolean" } },
  });
  if (values.help) {
    say(USAGE);
    return 0;
  }
  await build();
  await step("Compiling the tests", async () => void (await run(join(bin, "tsc"), ["--project", "tests"])));
  const args = [inRoot("tests/build/faults/soak.js"), values.minutes ?? "10", values.rate ?? "1000"];
  const soak = start(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"] });
  return new Promise((resolve) => soak.once("close", (code) => resolve(code ?? 1)));
});
