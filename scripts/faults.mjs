// @ts-check
// `npm run test:faults`: real processes with every fault between them; each event must be counted exactly once.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { ensureChromium } from "./lib/browsers.mjs";
import { say, step } from "./lib/log.mjs";
import { bin, inRoot } from "./lib/paths.mjs";
import { main, run, start } from "./lib/run.mjs";

const USAGE = `npm run test:faults [-- [--events N] [--bounded] [--list] [NAME ...]]

  NAME         only the faults and checks whose name contains it
  --events N   that many events for each; default 100000
  --bounded    few events for each, as in npm test
  --list       only their names`;

await main(async () => {
  const { values, positionals } = parseArgs({
    options: {
      events: { type: "string" },
      bounded: { type: "boolean" },
      list: { type: "boolean" },
      help: { type: "boolean" },
    },
    allowPositionals: true,
  });
  if (values.help) {
    say(USAGE);
    return 0;
  }
  await build();
  await step("Compiling the tests", async () => void (await run(join(bin, "tsc"), ["--project", "tests"])));
  const browser = values.list ? null : await step("Chromium", ensureChromium);
  const args = [
    inRoot("tests/build/faults/main.js"),
    ...(values.events === undefined ? [] : ["--events", values.events]),
    ...(values.bounded ? ["--bounded"] : []),
    ...(values.list ? ["--list"] : []),
    ...positionals,
  ];
  const table = start(process.execPath, args, {
    stdio: ["ignore", "inherit", "inherit"],
    env: browser !== null && "path" in browser ? { CHROME_PATH: browser.path } : {},
  });
  return new Promise((resolve) => table.once("close", (code) => resolve(code ?? 1)));
});
