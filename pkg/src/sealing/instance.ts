// The instance of the second wasm file: Argon2id, sealing and secret sharing, which most pages never load. Its memory
// is its own: a trap here costs no keyset, and one there no sealed file.

import { BlindtallyError, isBlindtallyError } from "../errors.js";
import { compile, type WasmSource } from "../instance.js";
import { initSync as startGlue } from "../wasm/sealing.js";
import { WeakMembers } from "../weak-members.js";
import { sealingRefusal, type Thrown } from "./refusals.js";
import { sealingSource } from "./source.js";

let memory: WebAssembly.Memory | undefined;
let broken = false;
let pending: Promise<void> | undefined;

/**
 * Loads the second wasm file, which seals and opens. Everything that needs it loads it at first use, so this is for
 * places that cannot serve it beside the code, or that want it early. Calling it again does nothing; after a failure
 * it tries again.
 *
 * @param source Where `blindtally/sealing.wasm` is, if not beside the code.
 * @throws BlindtallyError `wasm-unavailable`.
 */
export function initSealing(source?: WasmSource): Promise<void> {
  if (memory) return Promise.resolve();
  pending ??= instantiate(source).finally(() => {
    pending = undefined;
  });
  return pending;
}

/** Calls into the module, which is loaded, and turns what it throws into errors of this package. */
export function callSealing<T>(call: () => T): T {
  if (broken) throw internal();
  try {
    return call();
  } catch (thrown) {
    if (isBlindtallyError(thrown)) throw thrown;
    // What the binding did not throw is a trap, or a stack that ended in the middle of a call.
    throw Array.isArray(thrown) ? sealingRefusal(thrown as unknown as Thrown) : breakDown(thrown);
  }
}

/** Notes a handle that points into the instance. */
export function adoptSealed<H extends Handle>(handle: H): H {
  handles.add(handle);
  return handle;
}

/** Frees a handle, which wipes what it points at. Never throws. */
export function releaseSealed(handle: Handle | undefined): void {
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

async function instantiate(source: WasmSource | undefined): Promise<void> {
  try {
    const module = await compile(await (source ?? sealingSource()));
    const ours = WebAssembly.Module.exports(module).some(({ name }) => name === "wasmsealedfile_seal");
    if (!ours) throw new TypeError("this is the wasm file of another program, or of another version");
    memory = startGlue({ module }).memory;
  } catch (cause) {
    const message =
      "the wasm file `blindtally/sealing.wasm` could not be loaded or compiled; check its address, that it is " +
      "served, and that a Content-Security-Policy allows 'wasm-unsafe-eval'";
    throw new BlindtallyError("wasm-unavailable", message, { cause });
  }
}

/** Ends the use of an instance that is in an unknown state, and wipes all of its memory: it can wipe nothing itself. */
function breakDown(cause: unknown): BlindtallyError {
  broken = true;
  for (const handle of handles) handle.__destroy_into_raw?.();
  if (memory) new Uint8Array(memory.buffer).fill(0);
  return internal(cause);
}

function internal(cause?: unknown): BlindtallyError {
  const message = "the sealing module failed and cannot be used again; reload, and please report this";
  return new BlindtallyError("internal", message, { cause });
}
