import { type Client, createClient, type KeyInfo, Keyset, type Results } from "blindtally";

/** The keysets of this tab. They live in its memory and nowhere else: a reload is the end of them. */
export class Keyring {
  readonly #members: Member[] = [];
  readonly #endpoint: URL;
  readonly #fetch: typeof globalThis.fetch;
  #active: Member;

  constructor(endpoint: URL, fetch: typeof globalThis.fetch) {
    this.#endpoint = endpoint;
    this.#fetch = fetch;
    this.#active = this.#add();
  }

  get active(): Member {
    return this.#active;
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  /** Adds a keyset that shares no key with the others and puts it to use. */
  addKeyset(): void {
    if (this.#members.length < MOST_KEYSETS) this.#active = this.#add();
  }

  use(letter: string): void {
    this.#active = this.#members.find((member) => member.letter === letter) ?? this.#active;
  }

  get full(): boolean {
    return this.#members.length >= MOST_KEYSETS;
  }

  #add(): Member {
    const letter = String.fromCharCode("A".charCodeAt(0) + this.#members.length);
    const member = new Member(letter, this.#endpoint, this.#fetch);
    this.#members.push(member);
    return member;
  }
}

const MOST_KEYSETS = 4;
const MOST_KEYS = 6;

/** One keyset with the client that speaks for it. */
export class Member {
  readonly letter: string;
  readonly client: Client;
  readonly #keyset: Keyset;

  constructor(letter: string, endpoint: URL, fetch: typeof globalThis.fetch) {
    this.letter = letter;
    this.#keyset = Keyset.generate();
    this.client = createClient({ endpoint, keyset: this.#keyset, fetch });
  }

  get keys(): readonly KeyInfo[] {
    return this.#keyset.keys;
  }

  get full(): boolean {
    return this.keys.length >= MOST_KEYS;
  }

  generateKey(): string {
    return this.#keyset.generateKey();
  }

  promote(id: string): void {
    this.#keyset.promote(id);
  }

  disable(id: string): void {
    this.#keyset.disable(id);
  }

  enable(id: string): void {
    this.#keyset.enable(id);
  }

  /** Opens an answer that is already here, so that a change of keys shows without a request. */
  open(rows: ReadonlyMap<string, number>): Results {
    const cipher = this.#keyset.cipher();
    try {
      return cipher.decryptResults(rows);
    } finally {
      cipher.dispose();
    }
  }
}
