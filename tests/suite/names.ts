// Names: what is one, and that it comes back byte for byte.

import { type Case, equal, firstCipher, ok, refused } from "./check.js";

const LONE = ["\ud800", "a\udfff", "\ud83d", "\udc8a\ud83d", "ok\ud800ok"];

export const nameCases: Case[] = [
  {
    claim: "a name with a lone surrogate is refused before it can merge with another",
    run(lib) {
      const cipher = firstCipher(lib);
      for (const name of LONE) {
        refused(lib, () => cipher.encrypt(name), "bad-name");
        refused(lib, () => cipher.encryptAll(["a", "b", name]), "bad-name", 2);
      }
      equal(cipher.decrypt(cipher.encrypt("\ufffd")), "\ufffd", "the replacement character is a name");
    },
  },
  {
    claim: "NUL, byte order mark, line feed, quotes and surrogate pairs come back as they were",
    run(lib) {
      const cipher = firstCipher(lib);
      const names = [
        "\0",
        "a\0",
        "\ufeff",
        "\ufeffbom",
        "a\nb",
        "\r\n",
        "\"'<b>",
        "💊",
        "\u{10ffff}",
        " ",
        "\x80",
      ];
      for (const name of names) equal(cipher.decrypt(cipher.encrypt(name)), name);
      equal(cipher.decryptAll(cipher.encryptAll(names)), names);
      equal(
        [...cipher.decryptResults(new Map(names.map((name) => [cipher.encrypt(name), 1]))).counts.keys()],
        names,
      );
    },
  },
  {
    claim: "composed and decomposed accents are two names",
    run(lib) {
      const cipher = firstCipher(lib);
      const [nfc, nfd] = ["caf\u00e9", "cafe\u0301"];
      ok(cipher.encrypt(nfc) !== cipher.encrypt(nfd), "their tokens differ");
      equal(cipher.decryptAll(cipher.encryptAll([nfc, nfd])), [nfc, nfd]);
    },
  },
  {
    claim: "1 and 239 bytes are a name, 0 and 240 are not, in characters of 1 to 4 bytes",
    run(lib) {
      const cipher = firstCipher(lib);
      const fits = [
        "n",
        "n".repeat(239),
        `n${"é".repeat(119)}`,
        `nn${"€".repeat(79)}`,
        `nnn${"💊".repeat(59)}`,
      ];
      for (const name of fits) equal(cipher.decrypt(cipher.encrypt(name)), name);
      const tooLong = ["n".repeat(240), "é".repeat(120), "€".repeat(80), "💊".repeat(60)];
      for (const name of ["", ...tooLong]) refused(lib, () => cipher.encrypt(name), "bad-name");
    },
  },
  {
    claim: "every bucket edge gives a token of the length of its bucket",
    run(lib) {
      const cipher = firstCipher(lib);
      const edges = [1, 31, 32, 63, 64, 111, 112, 159, 160, 239];
      const lengths = edges.map((length) => cipher.encrypt("n".repeat(length)).length);
      equal(lengths, [74, 74, 116, 116, 180, 180, 244, 244, 351, 351]);
    },
  },
  {
    claim: "a token sent as a name is just a name",
    run(lib) {
      const cipher = firstCipher(lib);
      const inner = cipher.encrypt("secret-event-a");
      equal(cipher.decrypt(cipher.encrypt(inner)), inner);
    },
  },
  {
    claim: "names that are members of every object are names",
    run(lib) {
      const cipher = firstCipher(lib);
      const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "encrypt", "length"];
      const map = JSON.parse(`{${names.map((name) => `${JSON.stringify(cipher.encrypt(name))}:2`).join()}}`);
      equal(
        [...cipher.decryptResults(map).counts],
        names.map((name) => [name, 2]),
      );
      // As keys in clear they are rows like any other.
      const clear = JSON.parse('{"__proto__":1,"constructor":2}');
      equal(cipher.decryptResults(clear).unreadable, [
        { token: "__proto__", count: 1, code: "not-a-token" },
        { token: "constructor", count: 2, code: "not-a-token" },
      ]);
    },
  },
  {
    claim: "a context has 1 to 8 labels of 1 to 64 bytes",
    run(lib) {
      const keyset = lib.main.Keyset.generate();
      for (const context of ["l", "l".repeat(64), Array(8).fill("l"), ["ü".repeat(32)]])
        keyset.cipher(context);
      const refusals = ["", "l".repeat(65), "ü".repeat(33), [], Array(9).fill("l"), ["a", ""], ["\ud800"]];
      for (const context of refusals) refused(lib, () => keyset.cipher(context), "bad-context");
      equal(
        keyset.cipher("event").encrypt("n"),
        keyset.cipher().encrypt("n"),
        "the default is the label event",
      );
      ok(
        keyset.cipher(["a-b", "c"]).encrypt("n") !== keyset.cipher(["a", "b-c"]).encrypt("n"),
        "labels are apart",
      );
    },
  },
];
