import {
  type Client,
  createClient,
  type DebugEvent,
  type Drop,
  type KeyInfo,
  Keyset,
  type Results,
} from "blindtally";

/** What a client of this page needs beside its keys. */
export interface Opening {
  readonly endpoint: URL;
  readonly fetch: typeof globalThis.fetch;
  /** Hears what the client does, by itself too. */
  readonly onDebug: (event: DebugEvent) => void;
  readonly onDrop: (drop: Drop) => void;
}

/** A keyset is asked for something while it is locked. */
export class LockedMember extends Error {
  override readonly name = "LockedMember";
  readonly code = "locked";
}

const MOST_KEYS = 12;

/** One keyset of this tab with the client that speaks for it. */
export class Member {
  /** What tells it from the others, for the page itself. */
  readonly id: string;
  /** What it is called on the page. */
  readonly title: string;
  readonly #opening: Opening;
  #keyset: Keyset | undefined;
  #client: Client | undefined;

  /** One with a fresh key. */
  static generate(id: string, title: string, opening: Opening): Member {
    const member = new Member(id, title, opening);
    member.adopt(Keyset.generate());
    return member;
  }

  protected constructor(id: string, title: string, opening: Opening) {
    this.id = id;
    this.title = title;
    this.#opening = opening;
  }

  /** Whether there are no keys to work with: not yet, or not any more. */
  get locked(): boolean {
    return this.#keyset === undefined || this.#keyset.locked;
  }

  /** Throws while locked. */
  get client(): Client {
    if (this.locked || this.#client === undefined) throw new LockedMember();
    return this.#client;
  }

  /** Events that were encrypted here and are not with the API yet. A lock does not keep them from being sent. */
  get waiting(): number {
    return this.#client?.stats.waiting ?? 0;
  }

  /** Sends what waits; needs no key. Rejects if it still waits afterwards. */
  async flush(): Promise<void> {
    await this.#client?.flush();
  }

  get keys(): readonly KeyInfo[] {
    return this.locked ? [] : this.keyset.keys;
  }

  get full(): boolean {
    return this.keys.length >= MOST_KEYS;
  }

  /** Whether its keys can change here: those of a scope cannot. */
  get changeable(): boolean {
    return !this.locked && this.keyset.context === undefined;
  }

  /** After how many days the primary key is to be replaced, if somebody decided that. */
  get rotateAfterDays(): number | undefined {
    return this.locked ? undefined : this.keyset.rotateAfterDays;
  }

  /** The context of a scope, which is all that it can read. */
  get context(): readonly string[] | undefined {
    return this.locked ? undefined : this.keyset.context;
  }

  generateKey(): string {
    return this.#change((keyset) => keyset.generateKey());
  }

  /** A fresh key that is primary at once; the id. */
  rotate(): string {
    return this.#change((keyset) => keyset.rotate());
  }

  promote(id: string): void {
    this.#change((keyset) => keyset.promote(id));
  }

  disable(id: string): void {
    this.#change((keyset) => keyset.disable(id));
  }

  enable(id: string): void {
    this.#change((keyset) => keyset.enable(id));
  }

  destroy(id: string): void {
    this.#change((keyset) => keyset.destroy(id));
  }

  /** Opens an answer that is already here, so that a change of keys shows without a request. */
  open(rows: ReadonlyMap<string, number>): Results {
    const cipher = this.keyset.cipher();
    try {
      return cipher.decryptResults(rows);
    } finally {
      cipher.dispose();
    }
  }

  protected get keyset(): Keyset {
    if (this.#keyset === undefined || this.#keyset.locked) throw new LockedMember();
    return this.#keyset;
  }

  /** Goes over to other keys; the former ones are not disposed of. */
  protected adopt(keyset: Keyset): void {
    this.#client?.dispose();
    this.#keyset = keyset;
    this.#client = createClient({ ...this.#opening, keyset });
  }

  /** Called after every change of the keys. */
  protected changed(): void {}

  #change<T>(change: (keyset: Keyset) => T): T {
    const result = change(this.keyset);
    this.changed();
    return result;
  }
}
