// @ts-check
// Servers beside a consumer: the analytics API that its client talks to, and those of development tools.

import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { plain } from "../../../scripts/lib/log.mjs";
import { inRoot } from "../../../scripts/lib/paths.mjs";
import { start, stop } from "../../../scripts/lib/run.mjs";
import { STRICT_POLICY } from "../lib/site.mjs";

/** @typedef {import("../lib/target.mjs").Context} Context */

/** What a page asks for whose API has another origin. */
export const API_POLICY = `${STRICT_POLICY}; connect-src 'self' http://127.0.0.1:*`;

const LISTENING_MS = 60_000;
const TAIL_LINES = 30;

/**
 * Starts a server, waits until it prints its address, and ends it with the target.
 * @param {Context} context @param {string} command @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined> }} [options]
 * @returns {Promise<{ url: string, output: readonly string[] }>} the origin, and all that it has printed
 */
export async function startServer(context, command, args, options = {}) {
  const child = start(command, args, options);
  context.defer(() => stop(child));
  /** @type {string[]} */
  const output = [];
  const url = await new Promise((resolve, reject) => {
    const fail = (/** @type {string} */ why) =>
      reject(new Error([`${command} ${args.join(" ")} ${why}`, ...output.slice(-TAIL_LINES)].join("\n  ")));
    const timer = setTimeout(() => fail(`did not listen in ${LISTENING_MS / 1000} s`), LISTENING_MS);
    child.once("error", (error) => fail(error.message));
    child.once("close", (code) => {
      clearTimeout(timer);
      fail(`ended (${code})`);
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on("line", (line) => {
        output.push(plain(line));
        const found = /http:\/\/127\.0\.0\.1:[1-9]\d*/.exec(plain(line));
        if (!found) return;
        clearTimeout(timer);
        resolve(found[0]);
      });
    }
  });
  return { url, output };
}

/**
 * Starts the analytics API with an empty store, for pages of one origin.
 * @param {Context} context @param {string} origin
 */
export async function startApi(context, origin) {
  const main = inRoot("services/dist/analytics/main.js");
  const args = [main, "--memory", "--port", "0", "--allow-origin", origin];
  return (await startServer(context, process.execPath, args)).url;
}

/** How often an API has got each event. Fails if one is no token. @param {string} api @returns {Promise<number[]>} */
export async function countsOfTokens(api) {
  const { results } = await (await fetch(`${api}/results`)).json();
  for (const event of Object.keys(results)) assert.match(event, /^bt1_/);
  return Object.values(results);
}
