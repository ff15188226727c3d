/// <reference lib="esnext.disposable" preserve="true" />

import { createTokenCache } from "./cache.js";
import { type Cipher, type CipherOptions, createCipher, replaceHandle } from "./cipher.js";
import { DEFAULT_CONTEXT, labelsOf } from "./context.js";
import { BlindtallyError, hexadecimal } from "./errors.js";
import { adopt, callWasm, release } from "./instance.js";
import { AutoLock, type LockOptions } from "./lock.js";
import { type KeyInfo, type KeysetRecord, readRecord } from "./record.js";
import { packLabels } from "./text.js";
import { secondsOf, type Time } from "./time.js";
import { type WasmCipher, WasmKeyset } from "./wasm/blindtally.js";
import { WeakMembers } from "./weak-members.js";

/** What a new keyset begins with. */
export interface GenerateOptions {
  /** When its key is made. Default: now. */
  readonly now?: Time | undefined;
  /** See {@link Keyset.rotateAfterDays}. Default: no policy. */
  readonly rotateAfterDays?: number | undefined;
}

/** The most that a record holds. */
const LONGEST_ROTATION = 65_535;

/** By the number under which the binding knows each. */
const CHANGES = ["promote", "disable", "enable", "destroy"] as const;

/** Makes a keyset of a handle; within the package only. Of a scope, with the labels of its context. */
export let createKeyset: (handle: WasmKeyset, context?: readonly string[], parent?: AutoLock) => Keyset;

/** Reads from a keyset's handle; within the package only. */
export let readKeyset: <T>(keyset: Keyset, read: (handle: WasmKeyset) => T) => T;

/** Changes a keyset's handle and renews its ciphers; within the package only. */
export let changeKeyset: <T>(keyset: Keyset, change: (handle: WasmKeyset) => T) => T;

/** The lock of a keyset: whoever holds more secrets beside it makes a lock of its own below; within the package only. */
export let lockOf: (keyset: Keyset) => AutoLock;

/**
 * Makes a keyset of a record; within the package only. The record is left as it is: wiping it is the caller's.
 *
 * @throws BlindtallyError `bad-keyset`, `duplicate-key` or `key-check`; `locked` or `disposed` if the parent is.
 */
export function keysetOfRecord(record: Uint8Array, parent?: AutoLock): Keyset {
  parent?.check();
  return callWasm(() => createKeyset(WasmKeyset.fromBytes(record), readRecord(record).context, parent));
}

/**
 * A set of keys, kept in wasm memory. Exactly one of them is primary and encrypts; every enabled one decrypts. Key
 * bytes go in and out through `blindtally/hazard` alone.
 *
 * It holds root keys, or, as a *scope*, the keys of one context that were derived from them: enough to encrypt and
 * decrypt there, and for nothing else.
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
  /** Of a scope, the labels of its context. */
  readonly context: readonly string[] | undefined;
  #handle: WasmKeyset | undefined;
  /** Ciphers still in use. Weak: a forgotten one is freed by the engine, and its wasm memory with it. */
  readonly #ciphers = new WeakMembers<Cipher>();
  readonly #lock: AutoLock;

  private constructor(handle: WasmKeyset, context?: readonly string[], parent?: AutoLock) {
    this.context = context;
    this.#lock = new AutoLock(() => this.#wipe(), parent);
    this.#handle = adopt(handle);
  }

  /**
   * A keyset with one random key.
   *
   * @throws BlindtallyError `random-unavailable` where the platform has no secure random source, `bad-argument`.
   */
  static generate(options?: GenerateOptions): Keyset {
    const now = secondsOf(options?.now);
    const days = checkedRotation(options?.rotateAfterDays);
    return callWasm(() => {
      const handle = WasmKeyset.generate(now);
      if (days) handle.setRotation(days);
      return new Keyset(handle);
    });
  }

  /** The id of the primary key. */
  get primaryKeyId(): string {
    return (this.keys[0] as KeyInfo).id;
  }

  /** Every key, the primary one first. */
  get keys(): KeyInfo[] {
    return this.#described().keys.map(({ info }) => info);
  }

  /**
   * After how many days the primary key is to be replaced: what {@link Keyset.rotateIfDue} goes by, 1 to 65535.
   * `undefined` for no policy.
   *
   * @throws BlindtallyError `bad-argument`, or `scoped-keyset` where a scope's is set.
   */
  get rotateAfterDays(): number | undefined {
    return this.#described().rotateAfterDays;
  }

  set rotateAfterDays(days: number | undefined) {
    const checked = checkedRotation(days);
    callWasm(() => this.#used().setRotation(checked));
  }

  /**
   * Adds a random key, enabled but not primary, and returns its id.
   *
   * @throws BlindtallyError `too-many-keys` for one beyond 1000, `scoped-keyset`, `random-unavailable`.
   */
  generateKey(options?: Pick<GenerateOptions, "now">): string {
    const now = secondsOf(options?.now);
    return hexadecimal(this.#change((handle) => handle.generateKey(now)));
  }

  /**
   * Makes an enabled key the primary one. The former primary key stays enabled, so its tokens stay readable.
   *
   * @throws BlindtallyError `unknown-key`, `disabled-key`, `destroyed-key` or `scoped-keyset`.
   */
  promote(keyId: string): void {
    this.#changeKey(keyId, "promote");
  }

  /**
   * Disables a key: its tokens are reported as `disabled-key`.
   *
   * @throws BlindtallyError `primary-key` for the primary key, `unknown-key` for one that is not here,
   * `destroyed-key` or `scoped-keyset`.
   */
  disable(keyId: string): void {
    this.#changeKey(keyId, "disable");
  }

  /**
   * Enables a disabled key again.
   *
   * @throws BlindtallyError `unknown-key` for one that is not here, `destroyed-key` or `scoped-keyset`.
   */
  enable(keyId: string): void {
    this.#changeKey(keyId, "enable");
  }

  /**
   * Wipes a key for good. Its id stays, so that its tokens are reported as `destroyed-key`. Nothing undoes this,
   * but copies that were exported or sealed before still have the key.
   *
   * @throws BlindtallyError `primary-key` for the primary key, `unknown-key` for one that is not here, or
   * `scoped-keyset`.
   */
  destroy(keyId: string): void {
    this.#changeKey(keyId, "destroy");
  }

  /**
   * Adds a random key and makes it the primary one; returns its id. Tokens of the former stay readable.
   *
   * @throws BlindtallyError as {@link Keyset.generateKey}.
   */
  rotate(now?: Time): string {
    const time = secondsOf(now);
    return hexadecimal(
      this.#change((handle) => {
        const id = handle.generateKey(time);
        handle.changeKey(id, CHANGES.indexOf("promote"));
        return id;
      }),
    );
  }

  /**
   * Rotates if the primary key is older than {@link Keyset.rotateAfterDays} says, or of unknown age; returns the id
   * of the new primary key, and `undefined` if nothing was due or there is no policy.
   *
   * @throws BlindtallyError as {@link Keyset.generateKey}.
   */
  rotateIfDue(now?: Time): string | undefined {
    const time = secondsOf(now);
    const id = callWasm(() => this.#used().rotateIfDue(time));
    if (id === undefined) return undefined;
    this.#renewCiphers();
    return hexadecimal(id);
  }

  /**
   * A keyset for one context and no other: what a page or a service gets that must not read the rest. It is a copy
   * of the keys as they are now, which stays as it is. Locking this keyset locks it too; disposing does not.
   *
   * @param context As for {@link Keyset.cipher}.
   * @throws BlindtallyError `bad-context`, or `out-of-scope` for another context than that of this scope.
   */
  scope(context: string | readonly string[] = this.context ?? DEFAULT_CONTEXT): Keyset {
    const labels = labelsOf(context);
    const packed = packLabels(labels);
    return callWasm(() => new Keyset(this.#used().scope(packed, labels.length), labels, this.#lock));
  }

  /**
   * A cipher for one context: a tenant, an environment, a field. Tokens of one context mean nothing in another.
   *
   * @param context One to eight labels of 1 to 64 bytes each; one label may be given as a string. Default
   * `["event"]`, and for a scope its own.
   * @throws BlindtallyError `bad-context`, `out-of-scope` for another context than that of a scope, or
   * `bad-argument` for a cache size that is none.
   */
  cipher(
    context: string | readonly string[] = this.context ?? DEFAULT_CONTEXT,
    options?: CipherOptions,
  ): Cipher {
    const labels = labelsOf(context);
    const cache = createTokenCache(options?.cacheSize);
    this.#lock.use();
    const scopeRecord = () => this.#scopeRecord(labels);
    const cipher = createCipher(labels, this.#derive(labels), cache, this.#lock, scopeRecord);
    this.#ciphers.add(cipher);
    return cipher;
  }

  /**
   * Wipes the keys, those of every cipher and of every scope taken from this keyset, as {@link Keyset.dispose} does.
   * Later use throws `locked`: whoever keeps the keys has to unlock them again.
   */
  lock(): void {
    this.#lock.lock();
  }

  /**
   * Locks by itself from now on: when neither this keyset nor any of its ciphers and scopes was used for a time, and
   * when the page is left. Encrypting, decrypting, reading results and changing keys are uses; looking at `keys` is
   * none. Replaces what was asked for before.
   *
   * @throws BlindtallyError `bad-argument`.
   */
  autoLock(options: LockOptions): void {
    this.#lock.start(options);
  }

  /** Whether it was locked. */
  get locked(): boolean {
    return this.#lock.locked;
  }

  /** When it will lock if it is not used before; `undefined` if it will not. */
  get locksAt(): Date | undefined {
    return this.#lock.locksAt;
  }

  /**
   * Wipes the keys, and those of every cipher. Later use of either throws `disposed`. Scopes stay, and lock themselves
   * as they would have with this keyset.
   */
  dispose(): void {
    this.#lock.dispose();
  }

  /** The same, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** What may be told of the keys, never key bytes. */
  toJSON(): { readonly context?: readonly string[]; readonly keys: KeyInfo[] } {
    const keys = this.#handle && !this.locked ? this.keys : [];
    return this.context ? { context: this.context, keys } : { keys };
  }

  #changeKey(keyId: string, change: (typeof CHANGES)[number]): void {
    if (typeof keyId !== "string" || !/^[0-9a-f]{8}$/.test(keyId)) {
      throw new BlindtallyError("unknown-key", "no key of this keyset has this id");
    }
    this.#change((handle) => handle.changeKey(Number.parseInt(keyId, 16), CHANGES.indexOf(change)));
  }

  #change<T>(change: (handle: WasmKeyset) => T): T {
    const changed = callWasm(() => change(this.#used()));
    this.#renewCiphers();
    return changed;
  }

  #renewCiphers(): void {
    for (const cipher of this.#ciphers) replaceHandle(cipher, (labels) => this.#derive(labels));
  }

  #derive(labels: readonly string[]): WasmCipher {
    const packed = packLabels(labels);
    return callWasm(() => adopt(this.#live().cipher(packed, labels.length)));
  }

  /** The keys of one context, for another thread. */
  #scopeRecord(labels: readonly string[]): Uint8Array {
    const packed = packLabels(labels);
    return callWasm(() => {
      const scope = adopt(this.#live().scope(packed, labels.length));
      const record = scope.toBytes(1);
      release(scope);
      return record;
    });
  }

  #described(): KeysetRecord {
    this.#lock.check();
    return readRecord(callWasm(() => this.#live().toBytes(0)));
  }

  #used(): WasmKeyset {
    this.#lock.use();
    return this.#live();
  }

  #live(): WasmKeyset {
    this.#lock.check();
    return this.#handle as WasmKeyset;
  }

  #wipe(): void {
    const handle = this.#handle;
    this.#handle = undefined;
    release(handle);
    for (const cipher of this.#ciphers) cipher.dispose();
    this.#ciphers.clear();
  }

  static {
    createKeyset = (handle, context, parent) => new Keyset(handle, context, parent);
    readKeyset = (keyset, read) => callWasm(() => read(checked(keyset).#used()));
    changeKeyset = (keyset, change) => checked(keyset).#change(change);
    lockOf = (keyset) => checked(keyset).#lock;
    const checked = (value: Keyset): Keyset => {
      if (typeof value === "object" && value !== null && #handle in value) return value;
      throw new BlindtallyError("bad-argument", "this is not a Keyset of this copy of the package");
    };
  }
}

/** As the binding takes it: 0 for no policy. */
function checkedRotation(days: number | undefined): number {
  if (days === undefined) return 0;
  if (Number.isInteger(days) && days >= 1 && days <= LONGEST_ROTATION) return days;
  throw new BlindtallyError("bad-argument", "`rotateAfterDays` is a whole number of days from 1 to 65535");
}
