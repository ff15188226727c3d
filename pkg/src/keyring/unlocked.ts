/// <reference lib="esnext.disposable" preserve="true" />

import { DEFAULT_CONTEXT, labelsOf } from "../context.js";
import { type Keyset, keysetOfRecord } from "../keyset.js";
import { AutoLock, type LockOptions } from "../lock.js";
import type { KeyInfo } from "../record.js";
import { type Head, keyIdOf } from "./record.js";
import { type Roots, scopeRecord } from "./scope.js";

/** Makes unlocked keys; for `keyring.ts` only. */
export let createUnlockedKeys: (
  head: Head,
  roots: Roots,
  channel: string,
  options: LockOptions,
) => UnlockedKeys;

/**
 * The keys of an entry, unlocked. The root keys are with the browser, which derives from them and gives them to
 * nobody; this package gets the keys of the contexts that are asked for.
 *
 * They lock themselves after 5 minutes in which neither they nor one of their scopes was used, and when the page is
 * left; see {@link LockOptions}. With them lock all scopes they gave.
 */
export class UnlockedKeys {
  readonly #head: Head;
  #roots: Roots;
  readonly #lock: AutoLock;
  /** The name of the channel by which `lock()` in one tab locks the entry in all of them, until it is disposed of. */
  #channel: string | undefined;
  /** Listens on it while the keys are unlocked. */
  #tabs: BroadcastChannel | undefined;

  private constructor(head: Head, roots: Roots, channel: string, options: LockOptions) {
    this.#head = head;
    this.#roots = roots;
    this.#lock = new AutoLock(() => this.#forget());
    this.#channel = channel;
    this.#tabs = new BroadcastChannel(channel);
    this.#tabs.onmessage = ({ data }) => data === head.name && this.#lock.lock("asked");
    try {
      this.#lock.start(options);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** What may be told of the keys, the primary one first. */
  get keys(): KeyInfo[] {
    return keysOf(this.#head);
  }

  /**
   * A keyset of one context, and of no other. It holds a copy of what is stored: after another `store`, unlock again.
   *
   * @param context One to eight labels of 1 to 64 bytes each; one label may be given as a string. Default
   * `["event"]`.
   * @throws BlindtallyError `locked`, `disposed`, `bad-context`, or `not-initialized` before `init()`.
   */
  async scope(context: string | readonly string[] = DEFAULT_CONTEXT): Promise<Keyset> {
    this.#lock.use();
    const labels = labelsOf(context);
    const record = await scopeRecord(this.#head, this.#roots, labels);
    try {
      // They may have been locked meanwhile, which this finds.
      return keysetOfRecord(record, this.#lock);
    } finally {
      record.fill(0);
    }
  }

  /** Forgets the root keys and wipes every scope, here and in the other tabs that unlocked this entry. */
  lock(): void {
    // Also where these are locked already: other tabs, which count idle time for themselves, may not be.
    if (this.#channel !== undefined) {
      const tabs = new BroadcastChannel(this.#channel);
      tabs.postMessage(this.#head.name);
      tabs.close();
    }
    this.#lock.lock("asked");
  }

  /** Whether the keys are locked. */
  get locked(): boolean {
    return this.#lock.locked;
  }

  /** When they will lock themselves if nothing is used before, if they will. */
  get locksAt(): Date | undefined {
    return this.#lock.locksAt;
  }

  /** Forgets the root keys and wipes every scope and the scopes of those, here. Later use throws `disposed`. */
  dispose(): void {
    this.#channel = undefined;
    this.#lock.dispose(true);
  }

  /** The same, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Ids and statuses; there is nothing else. */
  toJSON(): { readonly keys: KeyInfo[] } {
    return { keys: this.keys };
  }

  #forget(): void {
    this.#roots = [];
    this.#tabs?.close();
    this.#tabs = undefined;
  }

  static {
    createUnlockedKeys = (head, roots, channel, options) => new UnlockedKeys(head, roots, channel, options);
  }
}

/** What may be told of the keys of a head. */
export function keysOf(head: Head): KeyInfo[] {
  return head.keys.map(({ check, status, created }, position) => ({
    id: keyIdOf(check),
    status,
    primary: position === 0,
    created: created === 0 ? undefined : new Date(created * 1000),
  }));
}
