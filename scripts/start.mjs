// @ts-check
// `npm start [-- OPTIONS]`: from a clone to the running example.

import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { chooseKeyset, givenKeyset } from "./demo/keyset.mjs";
import { givenDatabase, startSystem } from "./demo/system.mjs";
import { say, step } from "./lib/log.mjs";
import { choosePorts, HOST, PORTS, requireFree } from "./lib/ports.mjs";
import { main, UserError } from "./lib/run.mjs";

const USAGE = `npm start [-- OPTIONS]

Builds what is not built, shows the example run in clear, through the proxy and through the SDK,
then leaves the analytics API, the secure proxy and the page running until Ctrl-C.

  --exit          end after the run
  --keyset FILE   sealed keyset file of the proxy (default var/demo.keyset, made when missing)
  --passphrase-file FILE
                  file with its passphrase (default var/demo.passphrase, made with it)
  --database FILE database file of the analytics API (default var/analytics.duckdb)
${PORTS.map(({ option, what, variable, port }) => `  --${`${option} N`.padEnd(13)} port of ${what} (default $${variable}, else ${port})`).join("\n")}
  --help          print this`;

await main(async () => {
  const options = readOptions();
  if (options.help) {
    say(USAGE);
    return 0;
  }
  const ports = choosePorts(options);
  const given = givenKeyset(options);
  const database = givenDatabase(options);
  await requireFree(ports);
  await build();
  const chosen = await chooseKeyset(given);
  const { ended } = await step("Analytics API, secure proxy and page", (step) =>
    startSystem(ports, chosen, database, step),
  );

  // Not before: it imports what has just been built.
  const { runExample } = await import("./demo/runs.mjs");
  const problems = await runExample();
  if (problems.length > 0) throw new UserError(`The example went wrong.\n${problems.join("\n")}`);

  say(`\nCounted alike three times, 3 and 2; with keys, the analytics API saw tokens only.`);
  if (options.exit) return 0;
  say(`
  Keyset         ${chosen.keyset}
  Passphrase     ${chosen.passphraseFile}
  Page           http://${HOST}:${ports.page}/
  Analytics API  http://${HOST}:${ports.api}/results
  Secure proxy   http://${HOST}:${ports.proxy}/results

The example above ran on an API of its own; this one holds what you send. The proxy uses the keyset; to
use it in the page too, open it there, below "Keys in this tab". Ctrl-C ends all three.`);
  throw new UserError(await ended);
});

function readOptions() {
  try {
    return parseArgs({
      options: {
        exit: { type: "boolean" },
        help: { type: "boolean" },
        keyset: { type: "string" },
        "passphrase-file": { type: "string" },
        database: { type: "string" },
        ...Object.fromEntries(PORTS.map(({ option }) => [option, { type: /** @type {const} */ ("string") }])),
      },
    }).values;
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}
