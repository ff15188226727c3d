import type { Cipher, Keyset } from "blindtally";

/** A keyset, or a function that gives the one to use now. */
export type KeysetSource = Keyset | (() => Keyset);

/**
 * The cipher of the keys of this moment. A request asks for it each time it has something to encrypt or decrypt, and is
 * done with it before anything else can happen; so keys can be exchanged under requests that are waiting for the
 * upstream.
 */
export class CurrentCipher {
  readonly #source: () => Keyset;
  readonly #context: string | readonly string[] | undefined;
  #keyset: Keyset;
  #cipher: Cipher;

  /** Throws what `keyset.cipher` does: a context that cannot be is found at once. */
  constructor(source: KeysetSource, context: string | readonly string[] | undefined) {
    this.#source = typeof source === "function" ? source : () => source;
    this.#context = context;
    this.#keyset = this.#source();
    this.#cipher = this.#keyset.cipher(context);
  }

  get(): Cipher {
    const keyset = this.#source();
    if (keyset !== this.#keyset) {
      const cipher = keyset.cipher(this.#context);
      this.#cipher.dispose();
      this.#keyset = keyset;
      this.#cipher = cipher;
    }
    return this.#cipher;
  }

  dispose(): void {
    this.#cipher.dispose();
  }
}
