// Text on its way into wasm and out: every length and width of characters, wherever in a batch it stands.

import { type Case, equal, firstCipher, firstRoot, ok, refused, unreadableRow } from "./check.js";
import { oracle } from "./oracle.js";

/** Texts in one crossing. */
const CHUNK = 512;
/** A character of each width in UTF-8. */
const WIDTHS = [
  ["n", 1],
  ["é", 2],
  ["€", 3],
  ["💊", 4],
] as const;
/** One of each kind of what is no name. */
const BAD_NAMES = [
  "",
  "n".repeat(240),
  "€".repeat(239),
  "\ud83d",
  "n\ude00",
  "é".repeat(120),
  7,
  null,
] as const;

/** Names of so many bytes: of one width of character, filled up with ASCII behind and in front. */
function namesOf(bytes: number): string[] {
  return WIDTHS.flatMap(([character, width]) => {
    const wide = character.repeat(Math.floor(bytes / width));
    const rest = "m".repeat(bytes % width);
    return [wide + rest, rest + wide];
  });
}

/** So many names, each another one. */
const numbered = (count: number, prefix = "event-") => Array.from({ length: count }, (_, at) => prefix + at);

export const textCases: Case[] = [
  {
    claim:
      "names of every length from 1 to 239 bytes, in characters of 1 to 4, agree with another implementation",
    run(lib) {
      const cipher = firstCipher(lib);
      const other = oracle(firstRoot(), ["event"]);
      const names = Array.from({ length: 239 }, (_, index) => namesOf(index + 1)).flat();
      const tokens = names.map(other.encrypt);
      names.forEach((name, index) => {
        equal(cipher.encrypt(name), tokens[index], name);
        equal(cipher.decrypt(tokens[index] as string), name);
      });
      equal(cipher.encryptAll(names), tokens, "in a batch");
      equal(cipher.decryptAll(tokens), names, "in a batch");
    },
  },
  {
    claim: "what is too long in bytes is refused even where it is short enough in characters",
    run(lib) {
      const cipher = firstCipher(lib);
      const fits = [`${"n".repeat(237)}é`, `é${"n".repeat(237)}`, "€".repeat(79), `${"💊".repeat(59)}é`];
      // The last three have 351, 352 and 353 bytes: about the size of what wasm reads a single text from.
      const tooLong = [
        `${"n".repeat(238)}é`,
        `é${"n".repeat(238)}`,
        `${"€".repeat(79)}nnn`,
        "€".repeat(80),
        "€".repeat(239),
        "💊".repeat(119),
        "€".repeat(117),
        `${"€".repeat(117)}n`,
        `${"€".repeat(117)}é`,
      ];
      for (const name of tooLong) {
        refused(lib, () => cipher.encrypt(name), "bad-name");
        refused(lib, () => cipher.encryptAll([...fits, name]), "bad-name", fits.length);
        for (const shorter of fits) equal(cipher.decrypt(cipher.encrypt(shorter)), shorter);
      }
      equal(cipher.decryptAll(cipher.encryptAll(fits)), fits);
    },
  },
  {
    claim: "halves of a surrogate pair at the end of one name and the start of the next do not become one",
    run(lib) {
      const cipher = firstCipher(lib);
      refused(lib, () => cipher.encryptAll(["a\ud83d", "\ude00b"]), "bad-name", 0);
      refused(lib, () => cipher.encryptAll(["ok", "é", "a\ud83d", "\ude00b"]), "bad-name", 2);
      refused(lib, () => cipher.encryptAll(["💊", "\ude00\ud83d", "\ude00"]), "bad-name", 1);
      const names = numbered(CHUNK + 1);
      names[CHUNK] = "\ude00";
      refused(lib, () => cipher.encryptAll(names), "bad-name", CHUNK);
      names[CHUNK - 1] = "\ud83d";
      refused(lib, () => cipher.encryptAll(names), "bad-name", CHUNK - 1);
    },
  },
  {
    claim: "of several bad names, each for another reason, the first is reported",
    run(lib) {
      const cipher = firstCipher(lib);
      for (const one of BAD_NAMES) {
        for (const other of BAD_NAMES) {
          const names = ["a", "é", one, "b", other, "c"] as string[];
          refused(lib, () => cipher.encryptAll(names), "bad-name", 2);
          refused(lib, () => cipher.encryptAll(names.slice(3)), "bad-name", 1);
        }
        const many = numbered(2 * CHUNK) as unknown[];
        many[CHUNK + 5] = one;
        many[CHUNK + 6] = "";
        refused(lib, () => cipher.encryptAll(many as string[]), "bad-name", CHUNK + 5);
      }
      equal(cipher.decryptAll(cipher.encryptAll(["still", "hère"])), ["still", "hère"]);
    },
  },
  {
    claim: "batches around and at multiples of one crossing give each name its token, from any iterable",
    run(lib) {
      const cipher = firstCipher(lib);
      const single = lib.hazard.importRootKey(firstRoot()).cipher("event", { cacheSize: 0 });
      for (const count of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK]) {
        // ASCII alone and not: each has a way of its own.
        for (const prefix of ["event-", "événement-"]) {
          const names = numbered(count, prefix);
          const tokens = cipher.encryptAll(new Set(names).values());
          equal(tokens.length, count);
          for (const at of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, count - 1]) {
            const name = names[at];
            if (name !== undefined) equal(tokens[at], single.encrypt(name), `${at} of ${count}`);
          }
          ok(cipher.decryptAll(tokens.values()).join() === names.join(), `${count} names come back in order`);
        }
      }
    },
  },
  {
    claim: "a token with a character that no token has is refused, and its neighbours are not",
    run(lib) {
      const cipher = firstCipher(lib);
      const good = cipher.encrypt("good");
      const foreign = ["é", "€", "💊", "\ud83d", "\ude00", "\u0100", "\u212a", "\0"];
      const rows = foreign.flatMap((character) => [
        character,
        `bt1_${character}`,
        character + good,
        good + character,
        good.slice(0, 3) + character + good.slice(4),
        good.slice(0, 40) + character + good.slice(41),
        good.slice(0, -1) + character,
        `bt1_${character.repeat(400)}`,
        `bt1_A${character.repeat(400)}`,
      ]);
      // The end of one row and the start of the next are a pair.
      rows.push(`${good.slice(0, -1)}\ud83d`, `\ude00${good}`);
      const codeOf = (row: string) => (row.startsWith("bt1_") ? "bad-token" : "not-a-token");
      for (const row of rows) {
        refused(lib, () => cipher.decrypt(row), codeOf(row));
        refused(lib, () => cipher.decryptAll([good, row, good]), codeOf(row), 1);
      }
      const between = rows.flatMap((row, index) => [
        [row, index] as const,
        [cipher.encrypt(`between-${index}-ü`), index] as const,
      ]);
      const { counts, unreadable } = cipher.decryptResults(between);
      equal(
        [...counts],
        rows.map((_, index) => [`between-${index}-ü`, index]),
      );
      equal(
        unreadable.map(({ token, count, code }) => [token, count, code]),
        rows.map((row, index) => [row, index, codeOf(row)]),
      );
    },
  },
  {
    claim: "every length of what is no token is refused, up to and beyond the longest token",
    run(lib) {
      const cipher = firstCipher(lib);
      const good = cipher.encrypt("good");
      const longest = cipher.encrypt("n".repeat(239));
      const lengths = [74, 116, 180, 244, 351];
      const rows = Array.from({ length: 360 }, (_, length) => {
        const zeros = `bt1_${"A".repeat(length)}`;
        return [
          ["x".repeat(length), "not-a-token"],
          [zeros, lengths.includes(zeros.length) ? "unknown-key" : "bad-token"],
          [longest.slice(0, Math.min(length, 350)), length < 4 ? "not-a-token" : "bad-token"],
        ] as const;
      });
      for (const [row, code] of rows.flat()) {
        refused(lib, () => cipher.decrypt(row), code);
        equal(
          cipher.decryptResults([
            [row, 1],
            [good, 2],
          ]),
          {
            counts: [["good", 2]],
            unreadable: [unreadableRow(row, 1, code)],
          },
        );
      }
    },
  },
  {
    claim: "single calls work before and after batches that make wasm memory grow",
    run(lib) {
      const cipher = lib.main.Keyset.generate().cipher("event", { cacheSize: 0 });
      const tokens = ["first", "zweitens-ü"].map((name) => cipher.encrypt(name));
      const long = numbered(CHUNK, "n".repeat(230));
      for (const length of [CHUNK, 2 * CHUNK]) {
        const names = Array.from({ length }, (_, index) => long[index % CHUNK] as string);
        const sealed = cipher.encryptAll(names);
        equal(cipher.encrypt("first"), tokens[0]);
        equal(cipher.decryptAll(sealed).length, length);
        equal(cipher.decrypt(tokens[1] as string), "zweitens-ü");
        refused(lib, () => cipher.encrypt("\ud800"), "bad-name");
        equal(cipher.encrypt("zweitens-ü"), tokens[1]);
      }
    },
  },
];
