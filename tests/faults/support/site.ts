// The page of a row and the package's modules as they are, on a free port: no bundler comes between.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const TYPES: Readonly<Record<string, string>> = { ".js": "text/javascript", ".wasm": "application/wasm" };
const BUILD = fileURLToPath(new URL("../", import.meta.url));
const PACKAGE = dirname(fileURLToPath(import.meta.resolve("blindtally/package.json")));
const ENTRIES = "/package/dist/esm";
const IMPORTS = {
  blindtally: `${ENTRIES}/entry/browser.js`,
  "blindtally/hazard": `${ENTRIES}/hazard.js`,
};
const PAGE = `<!doctype html><title>Faults</title><link rel="icon" href="data:,">
<script type="importmap">${JSON.stringify({ imports: IMPORTS })}</script>
<script type="module" src="/faults/page/page.js"></script>`;

/** A running site. */
export interface Site {
  readonly origin: string;
  close(): void;
}

export async function openSite(): Promise<Site> {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://site").pathname);
    if (path === "/") return response.setHeader("content-type", "text/html; charset=utf-8").end(PAGE);
    const file = path.startsWith("/package/dist/")
      ? join(PACKAGE, path.slice("/package/".length))
      : path.startsWith("/faults/")
        ? join(BUILD, path.slice("/faults/".length))
        : undefined;
    try {
      const bytes = await readFile(file ?? "");
      return response.setHeader("content-type", TYPES[extname(path)] ?? "text/plain").end(bytes);
    } catch {
      return response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
