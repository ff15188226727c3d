import { type ErrorCode, isBlindtallyError, type LockReason } from "blindtally";
import type { KeysetFile, SlotInfo } from "blindtally/sealed";
import { Member, type Opening } from "./member.ts";

/** Why a file is locked; `new` is one that has not been unlocked yet. */
export type Lock = "new" | LockReason;

/** How it came that a file is locked. */
export const LOCKED_BY: Readonly<Record<Lock, string>> = {
  new: "It has not been unlocked yet.",
  asked: "You locked it.",
  idle: "It was not used for five minutes.",
  "page-hidden": "The page was left.",
};

/** How long a file stays unlocked without use, in milliseconds. */
export const IDLE_MS = 300_000;

/** A sealed file was to be replaced by another version of it while it has changes that are nowhere else. */
export class UnsavedChanges extends Error {
  override readonly name = "UnsavedChanges";
  readonly code = "unsaved-changes";
}

/** A sealed file as it came. */
export interface FileSource {
  readonly id: string;
  /** What it is called on the page. */
  readonly title: string;
  /** What it was called where it came from. */
  readonly name: string;
  readonly text: string;
  /** What {@link inspect} says of the text. */
  readonly slots: readonly SlotInfo[];
}

/**
 * Reads of a sealed file what can be read without a secret; throws if the text is none. Here the module for sealed
 * files is loaded, and not before.
 */
export async function inspect(text: string): Promise<readonly SlotInfo[]> {
  const { KeysetFile } = await sealed();
  return KeysetFile.inspect(text);
}

/** A keyset that came to this tab as a sealed file, and can be locked and unlocked. */
export class FileMember extends Member {
  /** What the file was called where it came from. */
  readonly fileName: string;
  readonly #onLock: (lock: Lock) => void;
  /** The newest revision: what unlocking opens, and what saving saves. It is sealed, so it may stay when all else goes. */
  #text: string;
  #slots: readonly SlotInfo[];
  /** What a text that was taken while locked has replaced, until it has shown that it opens and is not older. */
  #former: { readonly text: string; readonly slots: readonly SlotInfo[] } | undefined;
  #file: KeysetFile | undefined;
  #lock: Lock | undefined = "new";
  #revision = 0;
  #savedRevision = 0;
  #handedRevision = 0;

  constructor({ id, title, name, text, slots }: FileSource, opening: Opening, onLock: (lock: Lock) => void) {
    super(id, title, opening);
    this.fileName = name;
    this.#text = text;
    this.#slots = slots;
    this.#onLock = onLock;
  }

  /** What can open the file. */
  get slots(): readonly SlotInfo[] {
    return this.#slots;
  }

  /** Why it is locked, if it is. */
  get lockedBecause(): Lock | undefined {
    return this.#lock;
  }

  /** 0 until it has been unlocked once: the revision is inside the seal. */
  get revision(): number {
    return this.#revision;
  }

  /** Whether there are changes that exist in this tab only. */
  get unsaved(): boolean {
    return this.#revision > this.#savedRevision;
  }

  /** Whether the newest revision was handed over to be saved, and nobody has said yet that it was. */
  get handedOver(): boolean {
    return this.unsaved && this.#handedRevision === this.#revision;
  }

  /** When it will lock itself if nothing is done with its keys meanwhile. */
  get locksAt(): Date | undefined {
    return this.locked ? undefined : this.keyset.locksAt;
  }

  async unlock(passphrase: string): Promise<void> {
    const file = await this.#open(passphrase);
    if (!this.unsaved) this.#savedRevision = file.revision;
    this.#former = undefined;
    this.#file = file;
    this.#revision = file.revision;
    this.#lock = undefined;
    this.adopt(file.keyset);
  }

  lock(): void {
    this.#file?.lock();
  }

  /**
   * Takes a text as the next revision of this file, if it is one. Unlocked, that needs no secret; locked, unlocking
   * then opens that text.
   *
   * Throws if the text is an older one, or would replace changes that are in this tab only.
   *
   * @param slots what {@link inspect} says of the text
   */
  takeNext(text: string, slots: readonly SlotInfo[]): boolean {
    if (text === this.#text) {
      // It came from where it was saved.
      this.#savedRevision = this.#revision;
      return true;
    }
    const same = slots.some(({ id }) => this.#slots.some((known) => known.id === id));
    // Two may have made a next revision of the same one: taking theirs would drop the keys made here.
    if (same && this.unsaved) throw new UnsavedChanges();
    if (this.#file === undefined) return same && this.#takeLocked(text, slots);
    try {
      this.adopt(this.#file.reopen(text));
    } catch (error) {
      if (hasCode(error, "cannot-open")) return false;
      throw error;
    }
    this.#text = text;
    this.#slots = this.#file.slots;
    this.#revision = this.#file.revision;
    this.#savedRevision = this.#revision;
    return true;
  }

  /** The file to save. Whether that succeeds is not known here, so it does not count as saved before {@link saved}. */
  handOver(): { readonly name: string; readonly text: string } {
    this.#handedRevision = this.#revision;
    return { name: this.fileName, text: this.#text };
  }

  /** Somebody has seen that what was handed over last is where it belongs. */
  saved(): void {
    this.#savedRevision = Math.max(this.#savedRevision, this.#handedRevision);
  }

  /** Sealed at once, so that a lock, which may come at any time, loses no key. */
  protected override changed(): void {
    if (this.#file === undefined) return;
    this.#text = this.#file.seal();
    this.#revision = this.#file.revision;
  }

  async #open(passphrase: string): Promise<KeysetFile> {
    const { KeysetFile } = await sealed();
    const options = {
      minRevision: this.#revision,
      lockAfterIdle: IDLE_MS,
      onLock: (reason: LockReason) => this.#locked(reason),
    };
    try {
      return await KeysetFile.open(this.#text, { passphrase }, options);
    } catch (error) {
      if (this.#former !== undefined && hasCode(error, "rollback")) {
        this.#text = this.#former.text;
        this.#slots = this.#former.slots;
        this.#former = undefined;
      }
      throw error;
    }
  }

  #takeLocked(text: string, slots: readonly SlotInfo[]): true {
    this.#former ??= { text: this.#text, slots: this.#slots };
    this.#text = text;
    this.#slots = slots;
    return true;
  }

  #locked(reason: Lock): void {
    this.#file = undefined;
    this.#lock = reason;
    this.#onLock(reason);
  }
}

function hasCode(error: unknown, code: ErrorCode): boolean {
  return isBlindtallyError(error) && error.code === code;
}

/** Loaded when first needed: most visitors open no file. */
function sealed(): Promise<typeof import("blindtally/sealed")> {
  return import("blindtally/sealed");
}
