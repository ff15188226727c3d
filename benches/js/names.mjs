// @ts-check
// Names to encrypt. Each is a string of its own that nothing has looked at yet: an engine remembers the hash of a
// string it has seen, and a cache remembers more.

const ALPHABET = "abcdefghijklmnopqrstuvwxyz._0123";
const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Digits in base 36 at the end of a name that make it distinct. */
const SERIAL = 6;

/** Makes names of which no two are equal. */
export class Names {
  #serial = 0;
  #state;

  /** @param {number} seed */
  constructor(seed) {
    this.#state = seed | 1;
  }

  /** Distinct names of `size` bytes each, unlike all that were made before. @param {number} count @param {number} size */
  distinct(count, size) {
    const scratch = new Uint8Array(size);
    return Array.from({ length: count }, () => {
      for (let at = 0; at < size - SERIAL; at += 1) scratch[at] = ALPHABET.charCodeAt(this.#next() & 31);
      const serial = (this.#serial++).toString(36).padStart(SERIAL, "0");
      encoder.encodeInto(serial, scratch.subarray(size - SERIAL));
      // Decoding gives a flat string; joining two would give a rope that whoever reads it first has to flatten.
      return decoder.decode(scratch);
    });
  }

  /** The places of `names` in a random order, `count` of them. @param {number} count @param {readonly string[]} names */
  places(count, names) {
    return Array.from({ length: count }, () => (this.#next() >>> 0) % names.length);
  }

  #next() {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return this.#state;
  }
}

/** Equal strings that are other objects. @param {readonly string[]} names */
export function rebuilt(names) {
  return names.map((name) => decoder.decode(encoder.encode(name)));
}
