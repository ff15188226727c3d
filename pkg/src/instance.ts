// The one wasm instance: not there, there, or broken by a panic.

import { BlindtallyError, isBlindtallyError, refusal, type Thrown } from "./errors.js";
// By name, not as a namespace: a bundler can then leave out the other ways of loading.
import { initSync as startGlue } from "./wasm/blindtally.js";
import { WeakMembers } from "./weak-members.js";

/** Where the wasm file comes from: its address, a response, its bytes, or a compiled module. */
export type WasmSource = URL | string | Response | PromiseLike<Response> | BufferSource | WebAssembly.Module;

let ready = false;
let broken = false;
let compiled: WebAssembly.Module | undefined;
let memory: WebAssembly.Memory | undefined;
let bytes = new Uint8Array();
let pending: Promise<void> | undefined;
let loadLazily: (() => BufferSource) | undefined;
/** What the last attempt failed with, until one succeeds. */
let unavailable: BlindtallyError | undefined;

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
    throw failed(cause);
  }
}

/**
 * Calls into wasm and turns what it throws into errors of this package. `offset` is where a part of a batch
 * begins in the whole.
 */
export function callWasm<T>(call: () => T, offset = 0): T {
  if (!ready) {
    if (!loadLazily)
      throw unavailable
        ? failed(unavailable.cause)
        : new BlindtallyError("not-initialized", "call `await init()` once before anything else");
    initSync(loadLazily);
  }
  checkSound();
  try {
    return call();
  } catch (thrown) {
    throw translate(thrown, offset);
  }
}

/** Throws if what was made in the instance can no longer be relied on. */
export function checkSound(): void {
  if (broken) throw internal();
}

/** The compiled file, of which another thread makes an instance of its own. */
export function compiledModule(): WebAssembly.Module {
  return callWasm(() => compiled as WebAssembly.Module);
}

/** All of wasm memory. Growing it replaces the view, so it is asked for each time. */
export function memoryBytes(): Uint8Array {
  // A view of memory that has grown has no length.
  if (bytes.length === 0 && memory) bytes = new Uint8Array(memory.buffer);
  return bytes;
}

/** Notes a handle that points into the instance. */
export function adopt<H extends Handle>(handle: H): H {
  handles.add(handle);
  return handle;
}

/** Frees a handle, which wipes what it points at. Never throws. */
export function release(handle: Handle | undefined): void {
  if (!handle || broken) return;
  try {
    handle.free();
  } catch (cause) {
    breakDown(cause);
  }
}

interface Handle {
  free(): void;
  /** In the glue, though not in its types: gives the handle up without freeing what it points at. */
  __destroy_into_raw?(): number;
}

const handles = new WeakMembers<Handle>();

async function instantiate(source: () => WasmSource): Promise<void> {
  try {
    start(await compile(await source()));
  } catch (cause) {
    throw failed(cause);
  }
}

/** Compiled apart from the glue: once the glue has seen another program's module, it takes no second one. */
export async function compile(source: Awaited<WasmSource>): Promise<WebAssembly.Module> {
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

/**
 * Synchronous, and so safe against a load that another entry finishes meanwhile: the glue's own asynchronous
 * `init` would then put a second instance in the place of the one that handles point into.
 */
function start(module: WebAssembly.Module): void {
  const ours = WebAssembly.Module.exports(module).some(({ name }) => name === "wasmcipher_encrypt");
  if (!ours) throw new TypeError("this is the wasm file of another program, or of another version");
  memory = startGlue({ module }).memory;
  compiled = module;
  ready = true;
}

function translate(thrown: unknown, offset: number): unknown {
  if (isBlindtallyError(thrown)) return thrown;
  // What the binding did not throw is a trap, or a stack that ended in the middle of a call.
  if (!Array.isArray(thrown)) return breakDown(thrown);
  const [code, keyId, index] = thrown as unknown as Thrown;
  return refusal([code, keyId, index === undefined ? undefined : index + offset]);
}

/**
 * Ends the use of an instance that is in an unknown state. It can wipe nothing any more, so all of its memory
 * is; and the finalizers of its handles, which would call into it, are taken away.
 */
function breakDown(cause: unknown): BlindtallyError {
  broken = true;
  for (const handle of handles) handle.__destroy_into_raw?.();
  if (memory) new Uint8Array(memory.buffer).fill(0);
  return internal(cause);
}

function internal(cause?: unknown): BlindtallyError {
  const message = "the wasm instance failed and cannot be used again; reload, and please report this";
  return new BlindtallyError("internal", message, { cause });
}

/** Until an attempt succeeds, every use says why it cannot be, and not that `init()` was forgotten. */
function failed(cause: unknown): BlindtallyError {
  const message =
    "the wasm file could not be loaded or compiled; check its address, that it is served, and that a " +
    "Content-Security-Policy allows 'wasm-unsafe-eval'";
  unavailable = new BlindtallyError("wasm-unavailable", message, { cause });
  return unavailable;
}
