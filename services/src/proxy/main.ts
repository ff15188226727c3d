#!/usr/bin/env node
import { isBlindtallyError } from "blindtally";
import type { FastifyInstance } from "fastify";
import { type GivenOptions, helpText, type OptionSpecs, parseOptions, UsageError } from "../shared/cli.js";
import { readServiceOptions, serviceOptions } from "../shared/service-options.js";
import { listen, type RunningService, runCommand } from "../shared/service-process.js";
import { hostnameOf } from "./hosts.js";
import { KEY_OPTIONS, openKeys, type ProxyKeys, withKeyFile } from "./key-options.js";
import { generateKeyFile } from "./keyfile.js";
import { readPolicies } from "./policies.js";
import { createProxy } from "./server.js";
import { UpstreamUrlError } from "./upstream.js";

const DEFAULT_PORT = 9999;
const PORT_VARIABLE = "BLINDTALLY_PROXY_PORT";

const OPTIONS: OptionSpecs = {
  upstream: { value: "<url>", help: "the analytics API: https, or http to this machine (required)" },
  ...KEY_OPTIONS,
  "generate-key-file": {
    value: "<file>",
    help: "make a key file with a fresh key, print the key's id, and end",
  },
  context: {
    value: "<label>",
    repeatable: true,
    help: "what the tokens belong to; repeatable, up to eight labels (default event, or what a scope is of)",
  },
  property: {
    value: "<field>=<policy>",
    repeatable: true,
    help: "what is sent of a property: deterministic, randomized, clear or drop; repeatable (default drop)",
  },
  "allow-host": {
    value: "<name>",
    repeatable: true,
    help: "host name clients reach the proxy by, beside localhost; repeatable",
  },
  ...serviceOptions(DEFAULT_PORT, PORT_VARIABLE),
};

const INTRODUCTION = `Usage: blindtally-proxy --upstream <url> --keyset <file> --passphrase-file <file> [options]
       blindtally-proxy --generate-key-file <file>

Answers like the analytics API, with names and properties encrypted on the way in and results decrypted on the
way out.`;

await runCommand("blindtally-proxy", async (args): Promise<RunningService | undefined> => {
  const options = parseOptions(args, OPTIONS);
  if (options.flag("help")) {
    process.stdout.write(helpText(INTRODUCTION, OPTIONS));
    return undefined;
  }
  const newKeyFile = options.value("generate-key-file");
  if (newKeyFile !== undefined) {
    const id = await withKeyFile("make", () => generateKeyFile(newKeyFile));
    process.stdout.write(`Made the key file. The id of its key is ${id}.\n`);
    return undefined;
  }
  return startProxy(options);
});

async function startProxy(options: GivenOptions): Promise<RunningService> {
  const { host, port, allowOrigins } = readServiceOptions(options, DEFAULT_PORT, PORT_VARIABLE);
  const upstream = options.value("upstream");
  if (upstream === undefined) throw new UsageError("--upstream <url> is missing.");
  const properties = readPolicies(options.values("property"));
  const allowHosts = options.values("allow-host").map(readHost);
  let reload = (): void => {};
  // Before the keys are opened, which may take a second: without a handler the signal would end the process.
  process.on("SIGHUP", () => reload());
  const keys = await openKeys(options);
  reload = () => keys.reload();
  try {
    const app = createFrom(
      () =>
        createProxy({
          upstream,
          keyset: () => keys.keyset,
          allowHosts,
          allowOrigins,
          log: true,
          properties,
          ...contextFrom(options.values("context")),
        }),
      Object.keys(properties).length > 0,
    );
    keys.follow(app.log);
    await listen(app, host, port);
    return closing(app, keys);
  } catch (error) {
    await keys.close();
    throw error;
  }
}

function closing(app: FastifyInstance, keys: ProxyKeys): RunningService {
  return {
    async close() {
      await app.close();
      await keys.close();
    },
  };
}

function createFrom(create: () => FastifyInstance, hasProperties: boolean): FastifyInstance {
  try {
    return create();
  } catch (error) {
    if (error instanceof UpstreamUrlError) throw new UsageError(`--upstream is refused: ${error.message}.`);
    if (isBlindtallyError(error) && error.code === "bad-context") {
      const most = hasProperties ? ", at most six with --property" : "";
      throw new UsageError(`--context takes one to eight labels of 1 to 64 bytes each${most}.`);
    }
    if (isBlindtallyError(error) && error.code === "out-of-scope") {
      throw new UsageError(
        hasProperties
          ? "The keyset is a scope: it has the keys of one context, and none to encrypt a --property."
          : "--context contradicts the keyset, which is a scope of one other context.",
      );
    }
    throw error;
  }
}

function contextFrom(labels: readonly string[]): { context?: readonly string[] } {
  return labels.length === 0 ? {} : { context: labels };
}

function readHost(text: string): string {
  const hostname = hostnameOf(text);
  if (hostname === text.toLowerCase()) return hostname;
  throw new UsageError("--allow-host must be a host name such as proxy.example, without a scheme or a port.");
}
