// Randomized tokens: what they show, what they follow, and what is no text of one.

import { type Case, equal, firstCipher, firstRoot, ok, refused } from "./check.js";
import { withRandomValues } from "./nonces.js";

const BUCKETS = [
  [1, 31, 90],
  [32, 63, 132],
  [64, 111, 196],
  [112, 159, 260],
  [160, 239, 367],
] as const;

export const randomizedCases: Case[] = [
  {
    claim: "every length from 1 to 239 bytes comes back, in a token of one of five lengths",
    run(lib) {
      const cipher = firstCipher(lib);
      for (const [from, to, characters] of BUCKETS) {
        for (let length = from; length <= to; length += 1) {
          const token = cipher.encryptRandomized("n".repeat(length));
          equal(token.length, characters, `${length} bytes`);
          equal(cipher.decryptRandomized(token), "n".repeat(length));
        }
      }
    },
  },
  {
    claim: "one text gives other tokens each time, whatever the cipher remembers, and none is remembered",
    run(lib) {
      const cipher = firstCipher(lib);
      const deterministic = cipher.encrypt("repeated");
      const tokens = Array.from({ length: 2000 }, () => cipher.encryptRandomized("repeated"));
      equal(new Set(tokens).size, tokens.length);
      // Behind the key id they begin with their nonces.
      equal(new Set(tokens.map((token) => token.slice(10, 26))).size, tokens.length);
      for (const token of tokens) equal(cipher.decryptRandomized(token), "repeated");
      equal(cipher.encrypt("repeated"), deterministic, "the other format is as it was");
    },
  },
  {
    claim: "texts of every kind come back as they were",
    run(lib) {
      const cipher = firstCipher(lib);
      const texts = [
        "\0",
        "a\0",
        "\ufeff",
        "\ufeffbom",
        "a\nb",
        "\"'<b>",
        "💊",
        "\u{10ffff}",
        " ",
        "\x80",
        "__proto__",
      ];
      texts.push(
        "caf\u00e9",
        "cafe\u0301",
        "\ufffd",
        "日".repeat(79),
        cipher.encrypt("n"),
        cipher.encryptRandomized("n"),
      );
      for (const text of texts) equal(cipher.decryptRandomized(cipher.encryptRandomized(text)), text);
    },
  },
  {
    claim: "what is no text, or no token, is refused, and the instance goes on",
    run(lib) {
      const cipher = firstCipher(lib);
      const token = cipher.encryptRandomized("n");
      for (const text of [
        "\ud800",
        "a\udfff",
        "\ud83d",
        "\udc8a\ud83d",
        "",
        "n".repeat(240),
        "é".repeat(120),
      ]) {
        refused(lib, () => cipher.encryptRandomized(text), "bad-name");
      }
      for (const value of [
        undefined,
        null,
        7,
        7n,
        true,
        Symbol("s"),
        {},
        [],
        new String("text"),
      ] as never[]) {
        refused(lib, () => cipher.encryptRandomized(value), "bad-name");
        refused(lib, () => cipher.decryptRandomized(value), "not-a-token");
      }
      for (const text of [
        `${token}A`,
        `br1_${"A".repeat(363)}`,
        `br1_${"A".repeat(364)}`,
        `br1_${"A".repeat(100_000)}`,
      ]) {
        refused(lib, () => cipher.decryptRandomized(text), text.length === 367 ? "unknown-key" : "bad-token");
      }
      for (const text of ["n".repeat(100_000), "💊", "br1", "Br1_", "\ud800"]) {
        refused(lib, () => cipher.decryptRandomized(text), "not-a-token");
      }
      equal(cipher.decryptRandomized(token), "n");
    },
  },
  {
    claim: "every character of a token matters",
    run(lib) {
      const cipher = firstCipher(lib);
      const token = cipher.encryptRandomized("secret-event-a");
      for (let at = 0; at < token.length; at += 1) {
        const other = token[at] === "B" ? "C" : "B";
        const altered = token.slice(0, at) + other + token.slice(at + 1);
        // The first 32 bits behind the prefix are the key id; six characters hold 36 bits.
        const codes = at < 4 ? ["not-a-token"] : at < 9 ? ["unknown-key"] : ["bad-token", "unknown-key"];
        const code = codeOf(lib.main.isBlindtallyError, () => cipher.decryptRandomized(altered));
        ok(codes.includes(code), `at ${at}: ${code}`);
        if (at > 9) equal(code, "bad-token", `at ${at}`);
      }
    },
  },
  {
    claim:
      "without random bytes nothing is encrypted, the other format goes on, and afterwards so does this one",
    run(lib) {
      const cipher = firstCipher(lib);
      const fail = () => {
        throw new Error("no random bytes");
      };
      withRandomValues(fail, () => {
        refused(lib, () => cipher.encryptRandomized("n"), "random-unavailable");
        refused(lib, () => cipher.encryptRandomized(""), "bad-name");
        equal(cipher.decrypt(cipher.encrypt("n")), "n");
      });
      equal(cipher.decryptRandomized(cipher.encryptRandomized("n")), "n");
    },
  },
  {
    claim: "a cipher follows its keyset here too: promoted, disabled, destroyed, locked and disposed",
    run(lib) {
      const keyset = lib.hazard.importRootKey(firstRoot());
      const cipher = keyset.cipher("event");
      const first = keyset.primaryKeyId;
      const old = cipher.encryptRandomized("n");
      keyset.rotate();
      const fresh = cipher.encryptRandomized("n");
      ok(fresh.slice(4, 9) !== old.slice(4, 9), "the key id is another");
      equal([cipher.decryptRandomized(old), cipher.decryptRandomized(fresh)], ["n", "n"]);
      keyset.disable(first);
      refused(lib, () => cipher.decryptRandomized(old), "disabled-key");
      keyset.enable(first);
      equal(cipher.decryptRandomized(old), "n");
      keyset.destroy(first);
      refused(lib, () => cipher.decryptRandomized(old), "destroyed-key");
      refused(lib, () => firstCipher(lib).decryptRandomized(fresh), "unknown-key");
      keyset.lock();
      refused(lib, () => cipher.encryptRandomized("n"), "locked");
      refused(lib, () => cipher.decryptRandomized(fresh), "locked");
      const disposed = firstCipher(lib);
      disposed.dispose();
      refused(lib, () => disposed.encryptRandomized("n"), "disposed");
      refused(lib, () => disposed.decryptRandomized(fresh), "disposed");
    },
  },
  {
    claim: "a scope reads and writes what its keyset does, and nobody reads it in another context",
    run(lib) {
      const keyset = lib.main.Keyset.generate();
      const [whole, scope] = [keyset.cipher(["acme", "event"]), keyset.scope(["acme", "event"]).cipher()];
      equal(scope.decryptRandomized(whole.encryptRandomized("n")), "n");
      const token = scope.encryptRandomized("n");
      equal(whole.decryptRandomized(token), "n");
      for (const context of [["acme"], ["event"], ["acme", "event", "event"], ["acm", "eevent"]]) {
        refused(lib, () => keyset.cipher(context).decryptRandomized(token), "bad-token");
      }
    },
  },
];

function codeOf(isError: (value: unknown) => value is { code: string }, act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (isError(error)) return error.code;
    throw error;
  }
  return "none";
}
