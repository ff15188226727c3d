/** What a page is served by: files of a folder, the session's scope, and the analytics API below `/analytics`. */

import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import type { TestContext } from "node:test";

/** What a site serves. */
export interface SiteOptions {
  readonly folder: string;
  /** Sent with every answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What `/session/scope` answers. */
  readonly scope?: string;
  /** Address of the analytics API. */
  readonly api?: string;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
};

/** Serves a site on a free port until the test ends; gives back its address. */
export async function serve(t: TestContext, options: SiteOptions): Promise<string> {
  const server = createServer((request, response) => {
    respond(request, response, options).catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  options: SiteOptions,
): Promise<void> {
  const path = normalize(new URL(request.url ?? "/", "http://site").pathname);
  if (path === "/session/scope" && options.scope) {
    response.writeHead(200, { "content-type": "text/plain" }).end(options.scope);
  } else if (path.startsWith("/analytics/") && options.api) {
    const answer = await fetch(options.api + path.slice("/analytics".length));
    response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
  } else {
    await respondWithFile(
      response,
      join(options.folder, path === "/" ? "index.html" : path),
      options.headers,
    );
  }
}

async function respondWithFile(
  response: ServerResponse,
  file: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", ...headers });
  response.end(bytes);
}
