// Serves the package and a page of the tests as files, without a bundler, under the policy that the package asks for.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the files of an address lie. */
const root = fileURLToPath(new URL("../../../../", import.meta.url));
const FOLDERS: readonly (readonly [address: string, folder: string])[] = [
  ["/dist/", "pkg/dist/"],
  ["/tests/", "tests/build/"],
  ["/noble/", "node_modules/@noble/"],
];
const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
};

/** A page at `localhost`, as passkeys belong to a domain and an address of numbers is none. */
export async function servePackage(
  t: { after(done: () => unknown): void },
  script = "/tests/keyring/page.js",
): Promise<string> {
  const map = JSON.stringify({ imports: importMap() });
  const page = `<!doctype html><title>Tests</title><script type="importmap">${map}</script>`;
  const html = `${page}<script type="module" src="${script}"></script>`;
  const hash = createHash("sha256").update(map).digest("base64");
  const policy = `default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'sha256-${hash}'`;
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://site").pathname));
    if (path === "/") {
      response.writeHead(200, {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policy,
      });
      response.end(html);
      return;
    }
    const [address, folder] = FOLDERS.find(([address]) => path.startsWith(address)) ?? [];
    const bytes =
      address && folder && (await readFile(join(root, folder, path.slice(address.length))).catch(() => 0));
    if (!bytes) {
      response.writeHead(404).end();
      return;
    }
    response
      .writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" })
      .end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://localhost:${(server.address() as AddressInfo).port}/`;
}

/** The names of the package as its manifest gives them to browsers. */
function importMap(): Record<string, string> {
  const manifest = JSON.parse(readFileSync(join(root, "pkg/package.json"), "utf8"));
  const imports: Record<string, string> = {
    "@noble/hashes/": "/noble/hashes/",
    "@noble/ciphers/": "/noble/ciphers/",
  };
  for (const [name, target] of Object.entries<Target>(manifest.exports)) {
    const file = fileOf(target);
    if (file?.endsWith(".js")) imports[`blindtally${name.slice(1)}`] = file.slice(1);
  }
  return imports;
}

type Target = string | { readonly [condition: string]: Target };

function fileOf(target: Target | undefined): string | undefined {
  return typeof target === "object" ? fileOf(target.default) : target;
}
