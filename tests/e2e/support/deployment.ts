import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { writeKeyFile } from "../../services/support/keys.js";
import { freePort } from "../../services/support/ports.js";
import { type ServiceProcess, startService } from "../../services/support/processes.js";
import { type Tap, tap } from "./tap.js";

/** The real API, proxy and page, each a process of its own, with a tap on every hop between them. */
export interface Deployment {
  /** Where the page is. */
  readonly url: string;
  /** The folder of the API's database: nothing else lies in it. */
  readonly database: string;
  readonly taps: { readonly pageToApi: Tap; readonly pageToProxy: Tap; readonly proxyToApi: Tap };
  /** All that the processes have written so far, those that ended included. */
  logs(): string;
  stopApi(): Promise<void>;
  /** Starts the API again where it was, over the same database. */
  startApi(): Promise<void>;
  stopProxy(): Promise<void>;
  /** Starts the proxy again, with the options for its keys that it had or with others. */
  startProxy(keys?: readonly string[]): Promise<void>;
}

/** Starts all of it. The proxy has a key of its own unless options say which keys it takes. */
export async function deploy(t: TestContext, keys?: readonly string[]): Promise<Deployment> {
  const folder = await mkdtemp(join(tmpdir(), "blindtally-e2e-"));
  const database = join(folder, "database");
  await mkdir(database);
  let keyOptions = keys ?? ["--key-file", await writeKeyFile(folder)];
  const started: { output(): string }[] = [];
  const start = async (
    command: "analytics" | "proxy",
    port: number,
    args: string[],
  ): Promise<ServiceProcess> => {
    const service = await startService(t, command, args, { port: String(port) });
    started.push(service);
    return service;
  };

  // Chosen by each service when it first starts, so that nobody takes it in between, and kept from then on.
  let [apiPort, proxyPort] = [0, 0];
  const pageToApi = await tap(t, () => apiPort);
  const pageToProxy = await tap(t, () => proxyPort);
  const proxyToApi = await tap(t, () => apiPort);
  const startApi = () => start("analytics", apiPort, ["--database", join(database, "events.duckdb")]);
  const startProxy = () =>
    start("proxy", proxyPort, ["--upstream", `http://127.0.0.1:${proxyToApi.port}`, ...keyOptions]);
  let [api, proxy, page] = await Promise.all([
    startApi(),
    startProxy(),
    servePage(t, { api: pageToApi.port, proxy: pageToProxy.port }),
  ]);
  started.push(page);
  [apiPort, proxyPort] = [portOf(api), portOf(proxy)];
  // Registered last, so that it runs after the services are gone.
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

  return {
    url: page.url,
    database,
    taps: { pageToApi, pageToProxy, proxyToApi },
    logs: () => started.map((process) => process.output()).join(""),
    async stopApi() {
      await api.end("SIGTERM");
      await Promise.all([pageToApi.close(), proxyToApi.close()]);
    },
    async startApi() {
      api = await startApi();
      await Promise.all([pageToApi.open(), proxyToApi.open()]);
    },
    async stopProxy() {
      await proxy.end("SIGTERM");
      await pageToProxy.close();
    },
    async startProxy(keys = keyOptions) {
      keyOptions = keys;
      proxy = await startProxy();
      await pageToProxy.open();
    },
  };
}

function portOf({ url }: ServiceProcess): number {
  return Number(new URL(url).port);
}

/** A server of the built page. */
export interface PageServer {
  readonly url: string;
  output(): string;
}

/** Serves the built page as `npm run preview` does, on a free port until the test ends. */
export async function servePage(
  t: TestContext,
  ports: { readonly api: number; readonly proxy: number },
): Promise<PageServer> {
  const require = createRequire(import.meta.url);
  const vite = join(dirname(require.resolve("vite/package.json")), "bin", "vite.js");
  const www = dirname(require.resolve("blindtally-www/package.json"));
  const child = spawn(process.execPath, [vite, "preview"], {
    cwd: www,
    env: {
      ...process.env,
      NO_COLOR: "1",
      BLINDTALLY_PAGE_PORT: String(await freePort()),
      BLINDTALLY_API_PORT: String(ports.api),
      BLINDTALLY_PROXY_PORT: String(ports.proxy),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "close");
    child.kill("SIGKILL");
    await ended;
  });
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const found = /(http:\/\/127\.0\.0\.1:\d+\/)/.exec(output)?.[1];
        if (found !== undefined) resolve(found);
      });
    }
    child.once("close", () => reject(new Error(`the page's server ended early: ${output}`)));
  });
  return { url, output: () => output };
}
