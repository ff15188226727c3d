// The one wasm instance: not there, there, or broken by a panic.

import { at, BlindtallyError, type ErrorCode, isBlindtallyError } from "./errors.js";
import * as glue from "./wasm/blindtally.js";

/** Where the wasm file comes from: its address, a response, its bytes, or a compiled module. */
export type WasmSource = URL | string | Response | PromiseLike<Response> | BufferSource | WebAssembly.Module;

/** What the binding exports. */
export type Glue = typeof glue;

let ready = false;
let broken = false;
let pending: Promise<void> | undefined;
let loadLazily: (() => BufferSource) | undefined;

/** Names a loader that is called at first use, where loading can be synchronous. */
export function provideLazily(load: () => BufferSource): void {
  loadLazily = load;
}

/** Instantiates once. A failure is not remembered: the next call tries again. */
export function initFrom(source: () => WasmSource): Promise<void> {
  if (ready) return Promise.resolve();
  pending ??= instantiate(source).finally(() => {
    pending = undefined;
  });
  return pending;
}

/** The same, at once. */
export function initSync(load: () => BufferSource | WebAssembly.Module): void {
  if (ready) return;
  try {
    const loaded = load();
    start(loaded instanceof WebAssembly.Module ? loaded : new WebAssembly.Module(loaded));
  } catch (cause) {
    throw unavailable(cause);
  }
}

/**
 * Calls into wasm and turns what it throws into errors of this package. `offset` is where a part of a batch
 * begins in the whole.
 */
export function callWasm<T>(call: (wasm: Glue) => T, offset = 0): T {
  if (!ready) {
    if (!loadLazily)
      throw new BlindtallyError("not-initialized", "call `await init()` once before anything else");
    initSync(loadLazily);
  }
  if (broken) throw internal();
  try {
    return call(glue);
  } catch (thrown) {
    throw translate(thrown, offset);
  }
}

async function instantiate(source: () => WasmSource): Promise<void> {
  try {
    start(await compile(await source()));
  } catch (cause) {
    throw unavailable(cause);
  }
}

/** Compiled apart from the glue: once the glue has seen another program's module, it takes no second one. */
async function compile(source: Awaited<WasmSource>): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  const response = typeof source === "string" || source instanceof URL ? await fetch(source) : source;
  if (!(response instanceof Response)) return WebAssembly.compile(response);
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const streamed =
    response.headers.get("content-type") === "application/wasm" && WebAssembly.compileStreaming;
  return streamed
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

function start(module: WebAssembly.Module): void {
  const ours = WebAssembly.Module.exports(module).some(({ name }) => name === "wasmcipher_encrypt");
  if (!ours) throw new TypeError("this is the wasm file of another program, or of another version");
  glue.initSync({ module });
  ready = true;
}

function translate(thrown: unknown, offset: number): unknown {
  if (isBlindtallyError(thrown)) return thrown;
  // A trap leaves the instance in an unknown state. It is not used again.
  if (thrown instanceof WebAssembly.RuntimeError) {
    broken = true;
    return internal(thrown);
  }
  const { code, message, index } = thrown as { code?: ErrorCode; message: string; index?: number };
  if (code === undefined) return internal(thrown);
  if (index === undefined) return new BlindtallyError(code, message);
  return new BlindtallyError(code, at(message, index + offset), { index: index + offset });
}

function internal(cause?: unknown): BlindtallyError {
  const message = "the wasm instance failed and cannot be used again; reload, and please report this";
  return new BlindtallyError("internal", message, { cause });
}

function unavailable(cause: unknown): BlindtallyError {
  const message =
    "the wasm file could not be loaded or compiled; check its address, that it is served, and that a " +
    "Content-Security-Policy allows 'wasm-unsafe-eval'";
  return new BlindtallyError("wasm-unavailable", message, { cause });
}
