import { join } from "node:path";
import type { TestContext } from "node:test";
import { temporaryFolder } from "./folders.js";
import { writeKeyFile } from "./keys.js";
import { type ServiceProcess, startService } from "./processes.js";

/** An analytics API in a process of its own, and what it takes to start proxies before it. */
export interface Deployment {
  readonly folder: string;
  readonly keyFile: string;
  readonly api: ServiceProcess;
  startProxy(): Promise<ServiceProcess>;
}

/** Starts an analytics API over a database file, and makes a key file. */
export async function deploy(t: TestContext): Promise<Deployment> {
  const folder = await temporaryFolder(t);
  const keyFile = await writeKeyFile(folder);
  const api = await startService(t, "analytics", ["--database", join(folder, "events.duckdb")]);
  return {
    folder,
    keyFile,
    api,
    startProxy: () => startService(t, "proxy", ["--upstream", api.url, "--key-file", keyFile]),
  };
}
