// @ts-check
// The example as it stays: the analytics API with its file, the proxy with its keyset, and the page.

import { createWriteStream, mkdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { inRoot, logs, root } from "../lib/paths.mjs";
import { HOST, portEnvironment } from "../lib/ports.mjs";
import { start, UserError } from "../lib/run.mjs";

/** @typedef {import("../lib/ports.mjs").Ports} Ports */
/** @typedef {import("../lib/log.mjs").Step} Step */
/** @typedef {import("./keyset.mjs").ChosenKeyset} ChosenKeyset */

const DEADLINE_MS = 30_000;
const ANALYTICS = "services/dist/analytics/main.js";
const PROXY = "services/dist/proxy/main.js";
const DATABASE = inRoot("var/analytics.duckdb");

/** The database file that the options name, or the example's own. @param {Readonly<Record<string, unknown>>} options */
export function givenDatabase({ database }) {
  if (typeof database !== "string") return DATABASE;
  // npm runs this in the project's folder, wherever it was called.
  return resolve(process.env.INIT_CWD ?? process.cwd(), database);
}

/**
 * Starts all three and waits until each answers. `ended` resolves with a sentence when one of them ends.
 * @param {Ports} ports @param {ChosenKeyset} chosen @param {string} database @param {Step} step
 */
export async function startSystem(ports, { keyset, passphraseFile }, database, step) {
  mkdirSync(dirname(database), { recursive: true });
  const env = portEnvironment(ports);
  const api = `http://${HOST}:${ports.api}`;
  const parts = [
    service("analytics API", "analytics", [ANALYTICS, "--database", database], {
      env,
      ready: `${api}/healthz`,
    }),
    service("secure proxy", "proxy", proxyArguments(api, keyset, passphraseFile), {
      env,
      ready: `http://${HOST}:${ports.proxy}/healthz`,
    }),
    service("page", "page", [inRoot("node_modules/vite/bin/vite.js"), "preview"], {
      env,
      cwd: inRoot("www"),
      ready: `http://${HOST}:${ports.page}/`,
    }),
  ];
  const ended = Promise.race(parts.map((part) => part.ended));
  for (const part of parts) {
    step.note(`waiting for the ${part.what}`);
    await part.ready();
  }
  return { ended };
}

/** @param {string} api @param {string} keyset @param {string} passphraseFile */
function proxyArguments(api, keyset, passphraseFile) {
  return [PROXY, "--upstream", api, "--keyset", keyset, "--passphrase-file", passphraseFile];
}

/**
 * @param {string} what @param {string} log @param {string[]} args
 * @param {{ env: Record<string, string>, cwd?: string, ready: string }} options
 */
function service(what, log, args, { ready, ...options }) {
  mkdirSync(logs, { recursive: true });
  const file = join(logs, `${log}.log`);
  const output = createWriteStream(file);
  const child = start(process.execPath, args, options);
  let tail = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.pipe(output, { end: false });
    stream?.on("data", (chunk) => {
      tail = `${tail}${chunk}`.slice(-2_000);
    });
  }
  let over = false;
  /** @type {Promise<string>} */
  const ended = new Promise((resolve) => {
    child.once("close", (code, signal) => {
      over = true;
      output.end();
      resolve(
        `The ${what} ended (${signal ?? code}):\n${tail.trimEnd()}\nAll of it: ${relative(root, file)}`,
      );
    });
  });
  return {
    what,
    ended,
    /** Waits until the service answers a request. */
    async ready() {
      const deadline = Date.now() + DEADLINE_MS;
      while (!(await answers(ready))) {
        if (over) throw new UserError(await ended);
        if (Date.now() > deadline)
          throw new UserError(`The ${what} did not answer within ${DEADLINE_MS / 1000} s.\n${tail}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}

/** @param {string} url */
async function answers(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
