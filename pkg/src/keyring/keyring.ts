/// <reference lib="esnext.disposable" preserve="true" />

import { BlindtallyError } from "../errors.js";
import { type Keyset, readKeyset } from "../keyset.js";
import { checkedLock, type LockOptions } from "../lock.js";
import type { KeyInfo } from "../record.js";
import { utf8Length } from "../text.js";
import { Database } from "./database.js";
import { makeEntry, openEntry } from "./entry.js";
import { type Head, type Protection, readEntry } from "./record.js";
import { createUnlockedKeys, keysOf, type UnlockedKeys } from "./unlocked.js";
import { checkUnlocks, type NewUnlock, prepareWay, type ReadyWay, type UnlockSecret } from "./ways.js";

export type { LockOptions, LockReason } from "../lock.js";
export type { Passkey } from "../passkey.js";
export type { KeyInfo, KeyStatus } from "../record.js";
export type { PassphraseCost } from "../sealing/passphrase.js";
export type { Protection } from "./record.js";
export type { UnlockedKeys } from "./unlocked.js";
export type { NewUnlock, UnlockSecret } from "./ways.js";

/** What may be told of an entry without unlocking it. Only unlocking shows whether it is true. */
export interface KeyringEntry {
  readonly name: string;
  /** Whether the entry cannot be read: then it can only be removed, or stored anew. */
  readonly damaged: boolean;
  readonly protection: Protection;
  /** The ways to unlock it. */
  readonly unlocks: readonly {
    readonly kind: "passkey" | "passphrase";
    readonly label: string | undefined;
  }[];
  readonly keys: readonly KeyInfo[];
  readonly revision: number;
}

/** How an entry is stored. */
export interface StoreOptions {
  /** The ways to unlock it, 1 to 16; any of them will do. */
  readonly unlock?: readonly NewUnlock[];
  /**
   * In the place of ways to unlock: whoever uses this browser may use the keys. The browser gives scripts none of
   * their bytes, but keeps them on its disk without a secret.
   */
  readonly protection?: "device";
  /** The revision of the keyset, such as that of the file it came in. Default: one more than that of the stored entry. */
  readonly revision?: number;
}

/**
 * The keysets that this browser keeps for this origin, in IndexedDB. Root keys lie there encrypted, and are
 * decrypted by the browser into keys that give no bytes to anybody: this package derives the keys of one context at
 * a time.
 *
 * Browsers delete what a page stored: on demand, when the disk is full, some after days without a visit. So
 * this is never the only copy of a keyset.
 *
 * @example
 * ```ts
 * await init();
 * const keyring = await Keyring.open();
 * await keyring.store("staff", keyset, { unlock: [{ passkey: passkey() }, { passphrase }] });
 * keyset.dispose();
 *
 * const keys = await keyring.unlock("staff", { passkey: passkey() });
 * const events = (await keys.scope("event")).cipher();
 * ```
 */
export class Keyring {
  readonly #database: Database;
  readonly #name: string;

  private constructor(database: Database, name: string) {
    this.#database = database;
    this.#name = name;
  }

  /**
   * Opens the keyring of this origin; the first time, it is made.
   *
   * @param options `database`: the name of the database in IndexedDB, default `blindtally-keyring`.
   * @throws BlindtallyError `storage-unavailable`.
   */
  static async open(options: { readonly database?: string } = {}): Promise<Keyring> {
    const name = checkName(options.database ?? DATABASE);
    if (!globalThis.crypto?.subtle) {
      throw new BlindtallyError("storage-unavailable", "keys are kept only by pages that came over https");
    }
    return new Keyring(await Database.open(name), name);
  }

  /** What is stored, by name. */
  async list(): Promise<KeyringEntry[]> {
    return (await this.#database.all()).map(describe);
  }

  /**
   * Stores a keyset under a name, in the place of what is stored there: the ways to unlock it are those given now, and
   * no others. A new passkey is made for each way that is one.
   *
   * @param keyset A keyset with root keys. It stays yours: dispose it if it is not used further.
   * @throws BlindtallyError `rollback` if a higher revision is stored, `conflict` if another tab stored one
   * meanwhile, `scoped-keyset` for a scope, `bad-passphrase`, `bad-parameters`, `bad-key` for a
   * passkey that gives no 32 random bytes, `bad-argument`, `passkey-refused`, `passkey-unavailable`,
   * `storage-unavailable`. Then nothing was stored.
   */
  async store(name: string, keyset: Keyset, options: StoreOptions): Promise<void> {
    checkName(name);
    const { unlock, protection } = options;
    if ((protection !== undefined && protection !== "device") || (protection && unlock)) {
      throw new BlindtallyError("bad-argument", 'pass either ways to unlock or the protection "device"');
    }
    if (!protection) checkUnlocks(unlock ?? []);
    if (readKeyset(keyset, () => keyset.context)) {
      throw new BlindtallyError("scoped-keyset", "a keyring keeps root keys, and a scope has none");
    }
    const { revision, check } = nextRevision(await this.#database.read(name), options.revision);
    const ways: ReadyWay[] = [];
    // One prompt after the other.
    for (const way of unlock ?? []) ways.push(await prepareWay(way));
    const entry = await makeEntry(keyset, name, revision, protection ?? "unlock", ways);
    await this.#database.write(entry, check);
  }

  /**
   * Unlocks an entry.
   *
   * @param secret What opens one of its ways; nothing for the protection "device".
   * @throws BlindtallyError `unknown-keyset`; `cannot-open` for a wrong secret and for an altered entry alike;
   * `unknown-slot` if it has no way of this kind; `passkey-refused`, `passkey-unavailable`, `bad-passphrase`,
   * `bad-parameters` if its passphrases together take too long to be tried, `bad-key` for a passkey that gives no 32
   * random bytes; `key-check`, `bad-argument`, `storage-unavailable`.
   */
  async unlock(name: string, secret?: UnlockSecret, options: LockOptions = {}): Promise<UnlockedKeys> {
    const lock = checkedLock(options);
    const stored = await this.#database.read(checkName(name));
    if (stored === undefined) throw unknownKeyset();
    const { entry, head } = readEntry(stored, name);
    return createUnlockedKeys(head, await openEntry(entry, head, secret), this.#name, lock);
  }

  /**
   * Removes an entry. Keys that are unlocked stay so until they are locked; passkeys stay with their authenticator.
   *
   * @throws BlindtallyError `unknown-keyset`, `storage-unavailable`.
   */
  async remove(name: string): Promise<void> {
    if ((await this.#database.read(checkName(name))) === undefined) throw unknownKeyset();
    await this.#database.remove(name);
  }

  /** Closes the database. Unlocked keys stay unlocked. */
  close(): void {
    this.#database.close();
  }

  /** The same, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

const DATABASE = "blindtally-keyring";

function describe(stored: unknown): KeyringEntry {
  const { name } = stored as { readonly name: string };
  const head = headOf(stored);
  if (!head) return { name, damaged: true, protection: "unlock", unlocks: [], keys: [], revision: 0 };
  const { protection, revision } = head;
  const unlocks = head.unlocks.map(({ kind, label }) => ({ kind, label: label || undefined }));
  return { name, damaged: false, protection, unlocks, keys: keysOf(head), revision };
}

function headOf(stored: unknown): Head | undefined {
  try {
    return readEntry(stored, (stored as { readonly name: string }).name).head;
  } catch {
    return undefined;
  }
}

/** The revision to write, and what is asked of the entry that it takes the place of, now and again when it is written. */
function nextRevision(stored: unknown, asked: number | undefined) {
  const before = headOf(stored)?.revision ?? 0;
  if (asked === undefined) {
    const check = (found: unknown) => {
      if ((headOf(found)?.revision ?? 0) === before) return;
      throw new BlindtallyError("conflict", "another tab stored a keyset of this name meanwhile; look again");
    };
    return { revision: before + 1, check };
  }
  if (!Number.isSafeInteger(asked) || asked < 1) {
    throw new BlindtallyError("bad-argument", "a revision is a whole number from 1");
  }
  const check = (found: unknown) => {
    if ((headOf(found)?.revision ?? 0) <= asked) return;
    throw new BlindtallyError("rollback", "a later revision of this keyset is stored");
  };
  check(stored);
  return { revision: asked, check };
}

function checkName(name: string): string {
  const length = typeof name === "string" && name.length <= 64 ? utf8Length(name) : 0;
  if (length >= 1 && length <= 64) return name;
  throw new BlindtallyError("bad-argument", "a name in the keyring has 1 to 64 bytes of well-formed UTF-8");
}

function unknownKeyset(): BlindtallyError {
  return new BlindtallyError("unknown-keyset", "no keyset is stored under this name");
}
