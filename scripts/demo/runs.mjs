// @ts-check
// The example three times: in clear, through the proxy, through the SDK. Each line is printed from what that part
// really sent or received.

import { createClient, Keyset } from "blindtally";
import { say } from "../lib/log.mjs";
import { Part } from "./part.mjs";

/**
 * @typedef {{ logEvent(name: string): Promise<unknown>, getResults(): Promise<Record<string, number>> }} Client
 */

const TIMES = /** @type {const} */ ([
  ["a", 3],
  ["b", 2],
]);

/** Runs all three. Returns what was wrong, one sentence each. */
export async function runExample() {
  /** @type {string[]} */
  const problems = [];
  const clear = await withParts(async (api) => {
    say("\nIn clear: the client sends names to the analytics API, which reads them.\n");
    return runOnce("plaintext-event", plainClient(api.url), [["Analytics", api]]);
  });
  problems.push(...clear.problems.map((problem) => `In clear: ${problem}`));

  const proxied = await withParts(async (api) => {
    const proxy = await Part.start("proxy", [api.url]);
    try {
      say("\nThrough the secure proxy: the same client, and an API that stores what it cannot read.\n");
      return await runOnce("secret-event", plainClient(proxy.url), [
        ["Proxy", proxy],
        ["Analytics", api],
      ]);
    } finally {
      await proxy.stop();
    }
  });
  problems.push(
    ...[...proxied.problems, ...leaks(proxied)].map((problem) => `Through the proxy: ${problem}`),
  );

  const direct = await withParts(async (api) => {
    say("\nThrough the SDK: the client encrypts by itself, and no proxy is needed.\n");
    const keyset = Keyset.generate();
    // Each event by itself, so that each can be seen to arrive; by default what comes within a second goes together.
    const client = createClient({ endpoint: api.url, keyset, flushAt: 1 });
    try {
      return await runOnce("secret-event", client, [["Analytics", api]]);
    } finally {
      client.dispose();
      keyset.dispose();
    }
  });
  problems.push(...[...direct.problems, ...leaks(direct)].map((problem) => `Through the SDK: ${problem}`));
  return problems;
}

/**
 * One run: five events, then the results.
 * @param {string} prefix of the names
 * @param {Client} client
 * @param {[name: string, part: Part][]} path the services behind the client, in the order in which an event passes them
 */
async function runOnce(prefix, client, path) {
  /** @type {string[]} What the API was given. */
  const stored = [];
  for (const [letter, times] of TIMES) {
    for (let time = 0; time < times; time += 1) {
      const name = `${prefix}-${letter}`;
      line("Client", `Sending event: ${name}`);
      await client.logEvent(name);
      for (const [label, part] of path) {
        const event = await part.received();
        line(label, `Received event: ${event}`);
        if (label === "Analytics") stored.push(event);
      }
    }
  }
  const results = await client.getResults();
  for (const [label, part] of path) {
    const answered = await part.results();
    if (label === "Analytics") line(label, `Sending results:  ${JSON.stringify(answered)}`);
  }
  line("Client", `Results:  ${JSON.stringify(results)}`);

  const problems = TIMES.filter(([letter, times]) => results[`${prefix}-${letter}`] !== times).map(
    ([letter, times]) =>
      `${prefix}-${letter} was sent ${times} times and counted ${results[`${prefix}-${letter}`]}.`,
  );
  if (Object.keys(results).length !== TIMES.length)
    problems.push("there are results of names that were not sent.");
  return { problems, stored };
}

/** @param {{ stored: string[] }} run */
function leaks({ stored }) {
  return stored.some((event) => event.includes("secret-event")) ? ["the analytics API was sent a name."] : [];
}

/** Gives `use` an analytics API of its own. @template T @param {(api: Part) => Promise<T>} use */
async function withParts(use) {
  const api = await Part.start("analytics");
  try {
    return await use(api);
  } finally {
    await api.stop();
  }
}

/** The client of whoever does not encrypt: it cannot tell the proxy from the API. @param {string} endpoint @returns {Client} */
function plainClient(endpoint) {
  return {
    async logEvent(name) {
      const response = await fetch(`${endpoint}/event`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ event: name }),
      });
      if (response.status !== 201) throw new Error(`POST /event was answered ${response.status}.`);
      await response.json();
    },
    async getResults() {
      const response = await fetch(`${endpoint}/results`);
      if (response.status !== 200) throw new Error(`GET /results was answered ${response.status}.`);
      return (await response.json()).results;
    },
  };
}

/** @param {string} part @param {string} text */
function line(part, text) {
  say(`[${part.padEnd(9)}] ${text}`);
}
