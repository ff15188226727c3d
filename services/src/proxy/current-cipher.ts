import {
  type Cipher,
  createEventCipher,
  type EventCipher,
  type Keyset,
  type PropertyPolicies,
} from "blindtally";

/** A keyset, or a function that gives the one to use now. */
export type KeysetSource = Keyset | (() => Keyset);

/** What is encrypted, and for what. */
export interface CipherOptions {
  readonly context: string | readonly string[] | undefined;
  readonly properties: PropertyPolicies | undefined;
}

/** What one keyset encrypts and decrypts with. */
export interface Ciphers {
  /** For names. */
  readonly names: Cipher;
  /** For properties, and for counts by a property. */
  readonly events: EventCipher;
}

/**
 * The ciphers of the keys of this moment. A request asks for them each time it has something to encrypt or decrypt, and
 * is done with them before anything else can happen; so keys can be exchanged under requests that are waiting for the
 * upstream.
 */
export class CurrentCipher {
  readonly #source: () => Keyset;
  readonly #options: CipherOptions;
  #keyset: Keyset;
  #ciphers: Ciphers;

  /** Throws what `createEventCipher` does: a context or a policy that cannot be is found at once. */
  constructor(source: KeysetSource, options: CipherOptions) {
    this.#source = typeof source === "function" ? source : () => source;
    this.#options = options;
    this.#keyset = this.#source();
    this.#ciphers = ciphersOf(this.#keyset, options);
  }

  get(): Ciphers {
    const keyset = this.#source();
    if (keyset !== this.#keyset) {
      const ciphers = ciphersOf(keyset, this.#options);
      this.dispose();
      this.#keyset = keyset;
      this.#ciphers = ciphers;
    }
    return this.#ciphers;
  }

  dispose(): void {
    this.#ciphers.names.dispose();
    this.#ciphers.events.dispose();
  }
}

function ciphersOf(keyset: Keyset, { context, properties }: CipherOptions): Ciphers {
  const names = keyset.cipher(context);
  try {
    return { names, events: createEventCipher(keyset, { context, properties }) };
  } catch (error) {
    names.dispose();
    throw error;
  }
}
