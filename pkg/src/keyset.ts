/// <reference lib="esnext.disposable" preserve="true" />

import { createTokenCache } from "./cache.js";
import { type Cipher, type CipherOptions, createCipher, replaceHandle } from "./cipher.js";
import { BlindtallyError, hexadecimal } from "./errors.js";
import { adopt, callWasm, release } from "./instance.js";
import { packLabels, utf8Length } from "./text.js";
import { type WasmCipher, WasmKeyset } from "./wasm/blindtally.js";

/** Whether a key may be used: tokens of a disabled one are reported as `disabled-key`. */
export type KeyStatus = "enabled" | "disabled";

/** What may be told of a key. */
export interface KeyInfo {
  /** Its id, eight hexadecimal digits; it stands in every token made under it. */
  readonly id: string;
  /** Its status. */
  readonly status: KeyStatus;
  /** Whether it is the one that encrypts. */
  readonly primary: boolean;
}

const DEFAULT_CONTEXT = ["event"];

/** By the number under which the binding knows each. */
const CHANGES = ["promote", "disable", "enable"] as const;

/** Makes a keyset of a handle; for `hazard.ts` only. */
export let createKeyset: (handle: WasmKeyset) => Keyset;

/** Reads from a keyset's handle; for `hazard.ts` only. */
export let readKeyset: <T>(keyset: Keyset, read: (handle: WasmKeyset) => T) => T;

/** Changes a keyset's handle and renews its ciphers; for `hazard.ts` only. */
export let changeKeyset: <T>(keyset: Keyset, change: (handle: WasmKeyset) => T) => T;

/**
 * A set of root keys, kept in wasm memory. Exactly one of them is primary and encrypts; every enabled one
 * decrypts. Key bytes go in and out through `blindtally/hazard` alone.
 *
 * @example
 * ```ts
 * const keyset = Keyset.generate();
 * const events = keyset.cipher();
 * const token = events.encrypt("secret-event-a");
 * keyset.dispose();
 * ```
 */
export class Keyset {
  #handle: WasmKeyset | undefined;
  /** Ciphers still in use. Weak: a forgotten one is freed by the engine, and its wasm memory with it. */
  readonly #ciphers = new Set<WeakRef<Cipher>>();
  readonly #forgotten = new FinalizationRegistry<WeakRef<Cipher>>((ref) => this.#ciphers.delete(ref));

  private constructor(handle: WasmKeyset) {
    this.#handle = adopt(handle);
  }

  /**
   * A keyset with one random key.
   *
   * @throws BlindtallyError `random-unavailable` where the platform has no secure random source.
   */
  static generate(): Keyset {
    return callWasm(() => new Keyset(WasmKeyset.generate()));
  }

  /** The id of the primary key. */
  get primaryKeyId(): string {
    return (this.keys[0] as KeyInfo).id;
  }

  /** Every key, the primary one first. */
  get keys(): KeyInfo[] {
    const bytes = callWasm(() => this.#live().keys());
    const ids = new DataView(bytes.buffer);
    return Array.from({ length: bytes.length / 5 }, (_, position) => ({
      id: hexadecimal(ids.getUint32(5 * position)),
      status: bytes[5 * position + 4] === 1 ? "enabled" : "disabled",
      primary: position === 0,
    }));
  }

  /** Adds a random key, enabled but not primary, and returns its id. */
  generateKey(): string {
    return hexadecimal(this.#change((handle) => handle.generateKey()));
  }

  /**
   * Makes an enabled key the primary one. The former primary key stays enabled, so its tokens stay readable.
   *
   * @throws BlindtallyError `unknown-key` or `disabled-key`.
   */
  promote(keyId: string): void {
    this.#changeKey(keyId, "promote");
  }

  /**
   * Disables a key: its tokens are reported as `disabled-key`.
   *
   * @throws BlindtallyError `primary-key` for the primary key, `unknown-key` for one that is not here.
   */
  disable(keyId: string): void {
    this.#changeKey(keyId, "disable");
  }

  /**
   * Enables a disabled key again.
   *
   * @throws BlindtallyError `unknown-key` for one that is not here.
   */
  enable(keyId: string): void {
    this.#changeKey(keyId, "enable");
  }

  /**
   * A cipher for one context: a tenant, an environment, a field. Tokens of one context mean nothing in another.
   *
   * @param context One to eight labels of 1 to 64 bytes each; one label may be given as a string. Default
   * `["event"]`.
   * @throws BlindtallyError `bad-context`, or `bad-argument` for a cache size that is none.
   */
  cipher(context: string | readonly string[] = DEFAULT_CONTEXT, options?: CipherOptions): Cipher {
    const labels = labelsOf(context);
    const cache = createTokenCache(options?.cacheSize);
    const cipher = createCipher(labels, this.#derive(labels), cache, () => this.#deriveKeys(labels));
    const ref = new WeakRef(cipher);
    this.#ciphers.add(ref);
    this.#forgotten.register(cipher, ref);
    return cipher;
  }

  /** Wipes the root keys and the derived keys of every cipher. Later use of either throws `disposed`. */
  dispose(): void {
    const handle = this.#handle;
    this.#handle = undefined;
    release(handle);
    for (const ref of this.#ciphers) ref.deref()?.dispose();
    this.#ciphers.clear();
  }

  /** The same, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Ids and statuses, never key bytes. */
  toJSON(): { readonly keys: KeyInfo[] } {
    return { keys: this.#handle ? this.keys : [] };
  }

  #changeKey(keyId: string, change: (typeof CHANGES)[number]): void {
    if (typeof keyId !== "string" || !/^[0-9a-f]{8}$/.test(keyId)) {
      throw new BlindtallyError("unknown-key", "no key of this keyset has this id");
    }
    this.#change((handle) => handle.changeKey(Number.parseInt(keyId, 16), CHANGES.indexOf(change)));
  }

  #change<T>(change: (handle: WasmKeyset) => T): T {
    const changed = callWasm(() => change(this.#live()));
    for (const ref of this.#ciphers) {
      const cipher = ref.deref();
      if (cipher) replaceHandle(cipher, (labels) => this.#derive(labels));
    }
    return changed;
  }

  #derive(labels: readonly string[]): WasmCipher {
    const packed = packLabels(labels);
    return callWasm(() => adopt(this.#live().cipher(packed, labels.length)));
  }

  #deriveKeys(labels: readonly string[]): Uint8Array {
    const packed = packLabels(labels);
    return callWasm(() => this.#live().deriveKeys(packed, labels.length));
  }

  #live(): WasmKeyset {
    if (this.#handle) return this.#handle;
    throw new BlindtallyError("disposed", "this keyset was disposed; make or import it again");
  }

  static {
    createKeyset = (handle) => new Keyset(handle);
    readKeyset = (keyset, read) => callWasm(() => read(checked(keyset).#live()));
    changeKeyset = (keyset, change) => checked(keyset).#change(change);
    const checked = (value: Keyset): Keyset => {
      if (typeof value === "object" && value !== null && #handle in value) return value;
      throw new BlindtallyError("bad-argument", "this is not a Keyset of this copy of the package");
    };
  }
}

function labelsOf(context: string | readonly string[]): readonly string[] {
  const labels: unknown[] =
    typeof context === "string" ? [context] : Array.isArray(context) ? [...context] : [];
  const valid = labels.every(
    (label) => typeof label === "string" && label.length <= 64 && utf8Length(label) > 0,
  );
  if (valid && labels.length <= 8) return Object.freeze(labels as string[]);
  const message = "a context has 1 to 8 labels of 1 to 64 bytes of well-formed UTF-8 each";
  throw new BlindtallyError("bad-context", message);
}
