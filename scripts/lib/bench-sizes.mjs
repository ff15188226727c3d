// @ts-check
// What a page downloads for the package, and for the peers.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { download, ENCRYPT_AND_DECRYPT, EVERYTHING, sum } from "./download.mjs";
import { target } from "./paths.mjs";

/** @typedef {{ raw: number, gzip: number, brotli: number }} Size */
/** @typedef {{ label: string, size: Size }} Row */

/** @returns {Promise<Row[]>} */
export async function sizes() {
  const small = await download(ENCRYPT_AND_DECRYPT);
  const { wasm, scripts, later } = await download(EVERYTHING);
  return [
    { label: "blindtally, to encrypt and decrypt", size: sum([small.wasm, ...small.scripts]) },
    { label: "blindtally, with its client", size: sum([wasm, ...scripts]) },
    { label: "of both the .wasm", size: wasm.size },
    ...later.map(({ name, size }) => ({
      label: `only on request: ${name.replace(/^.*\/|-[\w-]{8}(?=\.\w+$)/g, "")}`,
      size,
    })),
    {
      label: "@noble/ciphers, gcmsiv alone",
      size: await bundled("noble", 'export { gcmsiv } from "@noble/ciphers/aes.js";'),
    },
    {
      label: "libsodium-wrappers",
      size: await bundled("sodium", 'export { default } from "libsodium-wrappers";'),
    },
  ];
}

/** @param {string} name @param {string} source @returns {Promise<Size>} */
async function bundled(name, source) {
  // Only now: the packages may just have been installed.
  const { build } = await import("vite");
  const root = join(target, "bench-sizes");
  const input = join(root, `${name}.js`);
  mkdirSync(root, { recursive: true });
  writeFileSync(input, source);
  const result = await build({
    root,
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      modulePreload: { polyfill: false },
      rolldownOptions: { input, preserveEntrySignatures: "strict" },
    },
  });
  const outputs = /** @type {import("vite").Rolldown.RolldownOutput[]} */ ([result].flat());
  const code = Buffer.concat(
    outputs
      .flatMap(({ output }) => output)
      .map((file) => Buffer.from(file.type === "chunk" ? file.code : file.source)),
  );
  return {
    raw: code.length,
    gzip: gzipSync(code, { level: 9 }).length,
    brotli: brotliCompressSync(code).length,
  };
}
