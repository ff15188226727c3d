// @ts-check
// What a browser downloads for imports of `blindtally`, as a user's bundler makes it.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { target } from "./paths.mjs";
import { UserError } from "./run.mjs";

/** @typedef {{ raw: number, gzip: number, brotli: number }} Size */
/** @typedef {{ name: string, size: Size }} File */
/**
 * The files that importing the package and `init()` load, and those that are loaded only when something else asks for
 * them, as a worker is.
 * @typedef {{ wasm: File, scripts: File[], later: File[] }} Download
 */

/** What a page imports that encrypts and decrypts, and sends by its own means. */
export const ENCRYPT_AND_DECRYPT = 'export { init, isBlindtallyError, Keyset } from "blindtally";\n';
/** All that the entry exports: its client, and the queue beneath. */
export const EVERYTHING = 'export * from "blindtally";\n';

const FOLDER = join(target, "size");
const ENTRY = join(FOLDER, "entry.js");

/** Bundles a module with Vite, minified, for browsers. The package must be built. @param {string} source @returns {Promise<Download>} */
export async function download(source) {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(ENTRY, source);
  const output = await bundled();
  const chunks = new Map(output.flatMap((file) => (file.type === "chunk" ? [[file.fileName, file]] : [])));
  const names = atOnce(chunks);
  const files = output.map((file) => ({
    name: file.fileName,
    size: sizeOf(Buffer.from(file.type === "chunk" ? file.code : file.source)),
  }));
  const wasm = files.filter(({ name }) => name.endsWith(".wasm"));
  const [core] = wasm;
  if (core === undefined || wasm.length > 1)
    throw new UserError(`The bundle of ${source.trim()} has ${wasm.length} .wasm files, not one.`);
  return {
    wasm: core,
    scripts: files.filter(({ name }) => names.has(name)),
    later: files.filter((file) => file !== core && !names.has(file.name)),
  };
}

/** @param {File[]} files @returns {Size} */
export function sum(files) {
  const add = (/** @type {keyof Size} */ key) => files.reduce((total, { size }) => total + size[key], 0);
  return { raw: add("raw"), gzip: add("gzip"), brotli: add("brotli") };
}

/** Each at its strongest, as a server compresses what does not change. @param {Buffer} bytes @returns {Size} */
function sizeOf(bytes) {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  return {
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }).length,
    brotli: brotliCompressSync(bytes, { params }).length,
  };
}

async function bundled() {
  // Only now: the packages may just have been installed.
  const { build } = await import("vite");
  const environment = process.env.NODE_ENV;
  try {
    const result = await build({
      root: FOLDER,
      configFile: false,
      logLevel: "warn",
      build: {
        write: false,
        // A wasm file as text inside the code would be counted as code.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        rolldownOptions: { input: ENTRY, preserveEntrySignatures: "strict" },
      },
    });
    const outputs = /** @type {import("vite").Rolldown.RolldownOutput[]} */ ([result].flat());
    return outputs.flatMap(({ output }) => [...output]);
  } finally {
    // Vite sets it, and tests that run after this must not inherit it.
    if (environment === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = environment;
  }
}

/** The entry and what it imports statically. @param {Map<string, import("vite").Rolldown.OutputChunk>} chunks */
function atOnce(chunks) {
  /** @type {Set<string>} */
  const found = new Set();
  const visit = (/** @type {string} */ name) => {
    if (found.has(name)) return;
    found.add(name);
    for (const next of chunks.get(name)?.imports ?? []) visit(next);
  };
  for (const { isEntry, fileName } of chunks.values()) if (isEntry) visit(fileName);
  return found;
}
