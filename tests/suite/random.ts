// Random names, keys and contexts from a seed, so that a failure can be repeated.

/** A source of random things. */
export interface Random {
  readonly below: (limit: number) => number;
  readonly bytes: (length: number) => Uint8Array;
  readonly name: () => string;
  readonly context: () => string[];
}

/** One character of each width in UTF-8, and some that have caused trouble elsewhere. */
const CHARACTERS = [
  ...'abcdefghijklmnopqrstuvwxyz0123456789._-: \0\n"\\/',
  "é",
  "ü",
  "\u0301",
  "€",
  "\ufeff",
  "日",
  "💊",
];

/** A generator (xorshift32; Marsaglia 2003) that gives the same sequence for the same seed. */
export function randomFrom(seed: number): Random {
  let state = seed | 1;
  const below = (limit: number) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  const text = (most: number) => {
    let text = "";
    let room = 1 + below(most);
    for (;;) {
      const character = CHARACTERS[below(CHARACTERS.length)] as string;
      room -= new TextEncoder().encode(character).length;
      if (room < 0 && text !== "") return text;
      text += character;
      if (room <= 0) return text;
    }
  };
  return {
    below,
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
    name: () => text(236),
    context: () => Array.from({ length: 1 + below(8) }, () => text(60)),
  };
}
