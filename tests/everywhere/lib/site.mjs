// @ts-check
// A web server as a user has one: files of a folder on loopback, with header fields of the user's choice.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

/**
 * @typedef {object} SiteOptions
 * @property {string} [policy] Content-Security-Policy of every answer
 * @property {(request: import("node:http").IncomingMessage, body: string) => string | null} [answer]
 *   answers a request with this JSON; `null` leaves it to the folder
 */
/** @typedef {{ url: string, wasmRequests: readonly string[] }} Site */

/** The policy that the package asks for; nothing else has to be allowed. */
export const STRICT_POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
/** The same, and WebAssembly is forbidden. */
export const NO_WASM_POLICY = "default-src 'self'; script-src 'self'";

/** @type {Readonly<Record<string, string>>} */
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/**
 * Serves a folder on a free port until the target is over.
 * @param {import("./target.mjs").Context} context @param {string} folder @param {SiteOptions} [options] @returns {Promise<Site>}
 */
export async function serve(context, folder, options = {}) {
  /** @type {string[]} */
  const wasmRequests = [];
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://site").pathname));
    if (path.endsWith(".wasm")) wasmRequests.push(path);
    const policy = options.policy === undefined ? {} : { "content-security-policy": options.policy };
    const said = options.answer?.(request, await bodyOf(request)) ?? null;
    if (said !== null) {
      response.writeHead(200, { ...policy, "content-type": "application/json" }).end(said);
      return;
    }
    const file = path.endsWith("/") ? `${path}index.html` : path;
    try {
      const bytes = await readFile(join(folder, file));
      response.writeHead(200, {
        ...policy,
        "content-type": TYPES[extname(file)] ?? "application/octet-stream",
      });
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  context.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}/`, wasmRequests };
}

/** @param {import("node:http").IncomingMessage} request */
async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
