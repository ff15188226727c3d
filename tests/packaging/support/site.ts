// A web server as a user has one: files of a folder, with header fields of the user's choice.

import { readFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import type { TestContext } from "node:test";

/** What a site serves, and how. */
export interface SiteOptions {
  readonly folder: string;
  /** Content-Security-Policy of every answer. */
  readonly policy?: string;
  /** Content-Type of a .wasm, if not the right one. */
  readonly wasmType?: string;
  /** How many requests for a .wasm are answered with 404 before the file is there. */
  readonly wasmLate?: number;
}

/** A running site. */
export interface Site {
  readonly url: string;
  /** Paths of the requests for a .wasm so far. */
  readonly wasmRequests: readonly string[];
}

/** The policy that the package asks for; nothing else has to be allowed. */
export const STRICT_POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
};

/** Serves a folder on a free port until the test ends. */
export async function serve(t: TestContext, options: SiteOptions): Promise<Site> {
  const wasmRequests: string[] = [];
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://site").pathname));
    const isWasm = path.endsWith(".wasm");
    if (isWasm) wasmRequests.push(path);
    if (isWasm && wasmRequests.length <= (options.wasmLate ?? 0)) response.writeHead(404).end();
    else void respond(response, path === "/" ? "/index.html" : path, options);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, wasmRequests };
}

async function respond(response: ServerResponse, path: string, options: SiteOptions): Promise<void> {
  const type = path.endsWith(".wasm") ? options.wasmType : undefined;
  try {
    const bytes = await readFile(join(options.folder, path));
    response.writeHead(200, {
      "content-type": type ?? TYPES[extname(path)] ?? "application/octet-stream",
      ...(options.policy === undefined ? {} : { "content-security-policy": options.policy }),
    });
    response.end(bytes);
  } catch {
    response.writeHead(404).end();
  }
}
