// @ts-check
// `npm start [-- OPTIONS]`: from a clone to the running example.

import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { startSystem } from "./demo/system.mjs";
import { say, step } from "./lib/log.mjs";
import { choosePorts, HOST, PORTS, requireFree } from "./lib/ports.mjs";
import { main, UserError } from "./lib/run.mjs";

const USAGE = `npm start [-- OPTIONS]

Builds what is not built, shows the example run in clear, through the proxy and through the SDK,
then leaves the analytics API, the secure proxy and the page running until Ctrl-C.

  --exit          end after the run
${PORTS.map(({ option, what, variable, port }) => `  --${`${option} N`.padEnd(13)} port of ${what} (default $${variable}, else ${port})`).join("\n")}
  --help          print this`;

await main(async () => {
  const options = readOptions();
  if (options.help) {
    say(USAGE);
    return 0;
  }
  const ports = choosePorts(options);
  await requireFree(ports);
  await build();
  const { ended } = await step("Analytics API, secure proxy and page", (step) => startSystem(ports, step));

  // Not before: it imports what has just been built.
  const { runExample } = await import("./demo/runs.mjs");
  const problems = await runExample();
  if (problems.length > 0) throw new UserError(`The example went wrong.\n${problems.join("\n")}`);

  say(`\nCounted alike three times, 3 and 2; with keys, the analytics API saw tokens only.`);
  if (options.exit) return 0;
  say(`
  Page           http://${HOST}:${ports.page}/
  Analytics API  http://${HOST}:${ports.api}/results
  Secure proxy   http://${HOST}:${ports.proxy}/results

The example above ran on an API of its own; this one holds what you send. Ctrl-C ends all three.`);
  throw new UserError(await ended);
});

function readOptions() {
  try {
    return parseArgs({
      options: {
        exit: { type: "boolean" },
        help: { type: "boolean" },
        ...Object.fromEntries(PORTS.map(({ option }) => [option, { type: /** @type {const} */ ("string") }])),
      },
    }).values;
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}
