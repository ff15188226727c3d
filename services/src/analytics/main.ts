#!/usr/bin/env node
import { type GivenOptions, helpText, type OptionSpecs, parseOptions, UsageError } from "../shared/cli.js";
import { readServiceOptions, serviceOptions } from "../shared/service-options.js";
import { listen, type RunningService, runCommand, StartError } from "../shared/service-process.js";
import { createAnalytics } from "./server.js";
import { openStore, type Store, StoreError } from "./store.js";

const DEFAULT_PORT = 9000;
const PORT_VARIABLE = "BLINDTALLY_API_PORT";
const DEFAULT_DATABASE = "var/analytics.duckdb";

const OPTIONS: OptionSpecs = {
  database: { value: "<file>", help: `DuckDB file, made when missing (default ${DEFAULT_DATABASE})` },
  memory: { help: "keep events in memory only; they are gone when the process ends" },
  ...serviceOptions(DEFAULT_PORT, PORT_VARIABLE),
};

const INTRODUCTION = `Usage: blindtally-analytics [options]

Stores events and counts them: POST /event, POST /events, GET /results, GET /healthz.`;

await runCommand("blindtally-analytics", async (args): Promise<RunningService | undefined> => {
  const options = parseOptions(args, OPTIONS);
  if (options.flag("help")) {
    process.stdout.write(helpText(INTRODUCTION, OPTIONS));
    return undefined;
  }
  const { host, port, allowOrigins } = readServiceOptions(options, DEFAULT_PORT, PORT_VARIABLE);
  const store = await openChosenStore(options);
  const app = createAnalytics({ store, log: true, allowOrigins });
  try {
    await listen(app, host, port);
  } catch (error) {
    await store.close();
    throw error;
  }
  return {
    async close() {
      await app.close();
      await store.close();
    },
  };
});

async function openChosenStore(options: GivenOptions): Promise<Store> {
  const database = options.value("database");
  if (options.flag("memory")) {
    if (database !== undefined) throw new UsageError("--memory and --database exclude each other.");
    return openStore({ memory: true });
  }
  const file = database ?? DEFAULT_DATABASE;
  try {
    return await openStore({ file });
  } catch (error) {
    if (error instanceof StoreError)
      throw new StartError(`Cannot open the database ${file}: ${error.message}.`);
    throw error;
  }
}
