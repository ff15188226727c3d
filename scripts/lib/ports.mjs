// @ts-check
// The three ports of the example: which they are, and whether they are free.

import { createServer } from "node:net";
import { UserError } from "./run.mjs";

/** Nothing here is for other machines to reach. */
export const HOST = "127.0.0.1";

/** @typedef {"api" | "proxy" | "page"} Part */
/** @typedef {Record<Part, number>} Ports */

/** @type {readonly { part: Part, what: string, option: string, variable: string, port: number }[]} */
export const PORTS = [
  { part: "api", what: "the analytics API", option: "api-port", variable: "BLINDTALLY_API_PORT", port: 9000 },
  {
    part: "proxy",
    what: "the secure proxy",
    option: "proxy-port",
    variable: "BLINDTALLY_PROXY_PORT",
    port: 9999,
  },
  { part: "page", what: "the page", option: "page-port", variable: "BLINDTALLY_PAGE_PORT", port: 8080 },
];

/**
 * The ports as options, else the environment, else the defaults say.
 * @param {Readonly<Record<string, unknown>>} options
 * @returns {Ports}
 */
export function choosePorts(options) {
  const ports = { api: 0, proxy: 0, page: 0 };
  for (const { part, option, variable, port } of PORTS) {
    const text = options[option] ?? (process.env[variable] || undefined);
    ports[part] =
      text === undefined ? port : parsePort(String(text), options[option] ? `--${option}` : variable);
  }
  if (new Set(Object.values(ports)).size < PORTS.length) {
    throw new UserError(`Each part needs a port of its own; given were ${Object.values(ports).join(", ")}.`);
  }
  return ports;
}

/** The environment in which the services and the page find each other. @param {Ports} ports */
export function portEnvironment(ports) {
  return Object.fromEntries(PORTS.map(({ part, variable }) => [variable, String(ports[part])]));
}

/** Throws a sentence for every port that cannot be had. @param {Ports} ports */
export async function requireFree(ports) {
  const problems = [];
  for (const { part, what, option, variable } of PORTS) {
    const obstacle = await whyNotFree(ports[part]);
    if (obstacle === null) continue;
    problems.push(
      `Port ${ports[part]}, for ${what}, ${obstacle}. End what uses it, or choose another: ` +
        `npm start -- --${option} N, or ${variable}=N npm start.`,
    );
  }
  if (problems.length > 0) throw new UserError(problems.join("\n"));
}

/** @param {number} port @returns {Promise<string | null>} */
function whyNotFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (/** @type {NodeJS.ErrnoException} */ error) =>
      resolve(error.code === "EADDRINUSE" ? "is taken" : `cannot be used (${error.code})`),
    );
    server.listen(port, HOST, () => server.close(() => resolve(null)));
  });
}

/** @param {string} text @param {string} source */
function parsePort(text, source) {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new UserError(`${source} must be a port from 1 to 65535, not "${text}".`);
}
