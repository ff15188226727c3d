/// <reference lib="esnext.disposable" preserve="true" />

import { BlindtallyError } from "../errors.js";
import { callWasm } from "../instance.js";
import { type Keyset, keysetOfRecord, lockOf, readKeyset } from "../keyset.js";
import { AutoLock, checkedLock, type LockOptions } from "../lock.js";
import { generateSalt, WasmSealedFile } from "../wasm/sealing.js";
import { adoptSealed, callSealing, initSealing, releaseSealed } from "./instance.js";
import { type NewSlot, prepareSlot } from "./new-slot.js";
import { lastRevision, sealingError } from "./refusals.js";
import { openWith, type Secret } from "./secret.js";
import { describeShare } from "./share.js";
import { describeSlot, readHeads, type SlotInfo } from "./slot.js";

/** How a sealed file is begun. */
export interface CreateOptions {
  /** The revision after which it goes on counting, if it is to take the place of another file. Default: 0. */
  readonly after?: number | undefined;
}

/** How a sealed file is opened. */
export interface OpenOptions extends LockOptions {
  /** A revision that was seen before: an older file is refused with `rollback`. */
  readonly minRevision?: number | undefined;
}

/**
 * A sealed keyset file: a keyset, and the slots whose secrets open it. It is text, kept wherever text is kept.
 *
 * Secrets and keys lie in wasm memory and are wiped there. A passphrase and the text of a share are strings, which
 * JavaScript cannot wipe: they stay in its memory until the engine reuses it.
 *
 * @example
 * ```ts
 * const file = await KeysetFile.create(Keyset.generate());
 * await file.addSlot({ passphrase });
 * const { shares } = await file.addSlot({ recovery: { threshold: 2, shares: 3 } });
 * const text = file.seal();
 * file.dispose();
 *
 * const again = await KeysetFile.open(text, { passphrase });
 * again.keyset.cipher().encrypt("secret-event-a");
 * ```
 */
export class KeysetFile {
  #handle: WasmSealedFile | undefined;
  #keyset: Keyset;
  /** Below that of the keyset: the key of the file is wiped when the keyset locks. */
  readonly #lock: AutoLock;

  private constructor(handle: WasmSealedFile, keyset: Keyset) {
    this.#keyset = keyset;
    this.#lock = new AutoLock(() => this.#wipe(), lockOf(keyset));
    this.#handle = handle;
  }

  /**
   * A new file for a keyset, which is then the file's: locking either locks both, and disposing of the file disposes
   * of the keyset. It has no slot yet.
   *
   * @throws BlindtallyError `disposed` or `locked` for a keyset that is, `wasm-unavailable`, `bad-argument`.
   */
  static async create(keyset: Keyset, options: CreateOptions = {}): Promise<KeysetFile> {
    const after = revisionOf(options.after, "after");
    lockOf(keyset).check();
    await initSealing();
    return new KeysetFile(
      callSealing(() => adoptSealed(WasmSealedFile.create(after))),
      keyset,
    );
  }

  /**
   * Opens a file. A passphrase takes Argon2id's time, half a second or so, in which the thread does nothing else.
   *
   * @throws BlindtallyError `cannot-open` for a wrong secret or an altered file, which look alike; `bad-keyset-file`
   * for other text; `rollback`, `unknown-slot`, `bad-parameters`, `bad-passphrase`; for shares `bad-share`,
   * `mixed-shares`, `duplicate-share` and `too-few-shares`; `key-store`; `passkey-unavailable` and `passkey-refused`;
   * `bad-argument`.
   */
  static async open(text: string, secret: Secret, options: OpenOptions = {}): Promise<KeysetFile> {
    // The core is asked first: without it, the user would have been prompted for nothing.
    callWasm(() => undefined);
    const lock = checkedLock(options);
    const minRevision = revisionOf(options.minRevision, "minRevision");
    const handle = await parsed(text);
    let keyset: Keyset | undefined;
    try {
      keyset = keysetOf(await openWith(handle, secret, minRevision));
      const file = new KeysetFile(handle, keyset);
      keyset.autoLock(lock);
      return file;
    } catch (error) {
      keyset?.dispose();
      releaseSealed(handle);
      throw error;
    }
  }

  /** The slots of a file, which anyone can read who has it. */
  static async inspect(text: string): Promise<SlotInfo[]> {
    const handle = await parsed(text);
    try {
      return slotsOf(handle);
    } finally {
      releaseSealed(handle);
    }
  }

  /**
   * Shows that shares open a file, and gives out nothing of what is inside: for an exercise, before it is needed.
   *
   * @throws BlindtallyError as `open` does.
   */
  static async rehearse(
    text: string,
    shares: readonly string[],
  ): Promise<{ readonly slot: string; readonly revision: number }> {
    const handle = await parsed(text);
    try {
      (await openWith(handle, { shares }, 0)).fill(0);
      return {
        slot: describeShare(shares[0] as string).setId,
        revision: callSealing(() => handle.revision),
      };
    } finally {
      releaseSealed(handle);
    }
  }

  /** The keyset. After {@link KeysetFile.reopen} it is another one. */
  get keyset(): Keyset {
    return this.#keyset;
  }

  /** How often the file was written, what is opened included; 0 before the first time. */
  get revision(): number {
    const handle = this.#live();
    return callSealing(() => handle.revision);
  }

  /** The slots that the next {@link KeysetFile.seal} writes. */
  get slots(): SlotInfo[] {
    return slotsOf(this.#live());
  }

  /**
   * Adds a slot. A passkey or a key store is asked first; the file changes at once when all is there, so that calls
   * may overlap.
   *
   * @returns the slot, and the shares of a recovery slot: they are nowhere else.
   * @throws BlindtallyError `too-many-slots`, `bad-passphrase`, `bad-argument`, `key-store`, `passkey-unavailable` or
   * `passkey-refused`; `bad-parameters` for a passphrase that costs too much or too little, alone or with the others.
   */
  addSlot(
    slot: Extract<NewSlot, { readonly recovery: unknown }>,
  ): Promise<{ slot: SlotInfo; shares: string[] }>;
  addSlot(slot: NewSlot): Promise<{ slot: SlotInfo; shares?: string[] }>;
  async addSlot(slot: NewSlot): Promise<{ slot: SlotInfo; shares?: string[] }> {
    // Before a passkey is made that would open nothing.
    if (this.slots.length >= MAX_SLOTS) throw sealingError("too-many-slots");
    const { head, secret } = await prepareSlot(slot, callSealing(generateSalt));
    try {
      const handle = this.#used();
      const shares = callSealing(() => handle.addSlot(bytesOf(head), secret));
      const [added] = readHeads(head).map(describeSlot) as [SlotInfo];
      return shares === "" ? { slot: added } : { slot: added, shares: shares.split("\n") };
    } finally {
      secret.fill(0);
    }
  }

  /**
   * Leaves a slot out of what is written from now on. **Copies of the file that were made before still open with its
   * secret**, and whoever opened one of them has the key of this file: to shut somebody out, make a new file and
   * rotate.
   *
   * @throws BlindtallyError `unknown-slot`, or `last-slot` for the only one.
   */
  removeSlot(id: string): void {
    const handle = this.#used();
    if (typeof id !== "string" || !/^[0-9a-f]{8}$/.test(id)) throw sealingError("unknown-slot");
    callSealing(() => handle.removeSlot(Number.parseInt(id, 16)));
  }

  /**
   * The text of the next revision: the keyset as it is now, and the slots.
   *
   * @throws BlindtallyError `last-slot` if there is none; `bad-keyset` if this revision is the highest there is.
   */
  seal(): string {
    const handle = this.#live();
    if (this.revision === Number.MAX_SAFE_INTEGER) throw lastRevision();
    const record = readKeyset(this.#keyset, (keys) => keys.toBytes(WITH_SECRETS));
    try {
      return callSealing(() => handle.seal(record));
    } finally {
      record.fill(0);
    }
  }

  /**
   * Takes over another revision of this file, which needs no secret. The keyset is then a new one, which locks itself
   * as the former did; the former is disposed of with all that was changed in it since it was sealed. Scopes taken from
   * it stay as they are, and lock with this file.
   *
   * @throws BlindtallyError `rollback` for a revision before the one that was opened or sealed last; `cannot-open` for
   * another file; `bad-keyset-file`.
   */
  reopen(text: string): Keyset {
    const handle = this.#live();
    const bytes = bytesOf(text);
    const fresh = keysetOf(callSealing(() => handle.reopen(bytes)));
    const former = this.#keyset;
    this.#keyset = fresh;
    lockOf(former).replaceBy(lockOf(fresh));
    former.dispose();
    return fresh;
  }

  /** Locks the keyset, and forgets the key of the file. Later use throws `locked`. */
  lock(): void {
    this.#keyset.lock();
  }

  /** Wipes the keyset and the key of the file. Later use throws `disposed`. */
  dispose(): void {
    this.#lock.dispose();
    this.#keyset.dispose();
  }

  /** The same, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #wipe(): void {
    const handle = this.#handle;
    this.#handle = undefined;
    releaseSealed(handle);
  }

  #used(): WasmSealedFile {
    this.#lock.use();
    return this.#live();
  }

  #live(): WasmSealedFile {
    this.#lock.check();
    return this.#handle as WasmSealedFile;
  }
}

const MAX_SLOTS = 16;
const MAX_TEXT = 262_144;
const WITH_SECRETS = 1;

async function parsed(text: string): Promise<WasmSealedFile> {
  const bytes = bytesOf(text);
  await initSealing();
  return callSealing(() => adoptSealed(WasmSealedFile.parse(bytes)));
}

/** What is too long, or no text, need not cross to be refused. */
function bytesOf(text: unknown): Uint8Array {
  if (typeof text !== "string" || text.length > MAX_TEXT) throw sealingError("bad-keyset-file");
  return new TextEncoder().encode(text);
}

/** The keyset of a record, which is wiped. */
function keysetOf(record: Uint8Array): Keyset {
  try {
    return keysetOfRecord(record);
  } finally {
    record.fill(0);
  }
}

function slotsOf(handle: WasmSealedFile): SlotInfo[] {
  return readHeads(callSealing(() => handle.slots())).map(describeSlot);
}

function revisionOf(revision: number | undefined, option: string): number {
  if (revision === undefined) return 0;
  if (Number.isSafeInteger(revision) && revision >= 0) return revision;
  throw new BlindtallyError("bad-argument", `\`${option}\` is a whole number from 0 to 9007199254740991`);
}
