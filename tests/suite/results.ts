// Result maps: nothing is lost, nothing is wrong by a count.

import { type Case, equal, firstCipher, firstRoot, refused, unreadableRow } from "./check.js";

const LARGEST = Number.MAX_SAFE_INTEGER;

export const resultCases: Case[] = [
  {
    claim: "a count that is not a whole number from 0 to 2^53 - 1 is refused with its position",
    run(lib) {
      const cipher = firstCipher(lib);
      const [a, b] = [cipher.encrypt("a"), cipher.encrypt("b")];
      const refusals: unknown[] = [
        NaN,
        Infinity,
        -Infinity,
        -1,
        0.5,
        2 ** 53,
        2 ** 64,
        "3",
        3n,
        null,
        undefined,
        {},
        [1],
      ];
      for (const count of refusals) {
        const map = new Map([
          [a, 1],
          [b, count as number],
        ]);
        refused(lib, () => cipher.decryptResults(map), "bad-count", 1);
        refused(lib, () => cipher.decryptResults(Object.fromEntries(map)), "bad-count", 1);
      }
      equal(
        [...cipher.decryptResults({ [a]: 0, [b]: LARGEST }).counts],
        [
          ["a", 0],
          ["b", LARGEST],
        ],
      );
      equal([...cipher.decryptResults({ [a]: -0 }).counts], [["a", 0]]);
    },
  },
  {
    claim: "a bad count in a row that cannot be read is refused as well",
    run: (lib) => refused(lib, () => firstCipher(lib).decryptResults({ "in clear": -1 }), "bad-count", 0),
  },
  {
    claim: "counts of one name under an old and a new key add up, and a sum above 2^53 - 1 is refused",
    run(lib) {
      const keyset = lib.hazard.importRootKey(firstRoot());
      const cipher = keyset.cipher();
      const old = cipher.encrypt("n");
      keyset.promote(keyset.generateKey());
      const fresh = cipher.encrypt("n");
      equal([...cipher.decryptResults({ [old]: 3, [fresh]: 2 }).counts], [["n", 5]]);
      equal([...cipher.decryptResults({ [old]: LARGEST, [fresh]: 0 }).counts], [["n", LARGEST]]);
      refused(lib, () => cipher.decryptResults({ [old]: LARGEST, [fresh]: 1 }), "count-overflow", 1);
    },
  },
  {
    claim: "what cannot be read is returned beside the counts as it came, with its reason",
    run(lib) {
      const keyset = lib.hazard.importRootKey(firstRoot());
      const cipher = keyset.cipher();
      const former = keyset.primaryKeyId;
      const disabled = cipher.encrypt("disabled");
      keyset.promote(keyset.generateKey());
      keyset.disable(former);
      const token = cipher.encrypt("readable");
      const foreign = lib.main.Keyset.generate().cipher().encrypt("foreign");
      const altered = token.slice(0, 40) + (token[40] === "A" ? "B" : "A") + token.slice(41);
      const huge = "x".repeat(100_000);
      const rows = [
        ["clear", 1],
        [disabled, 2],
        [token, 4],
        [foreign, 8],
        [altered, 16],
        [huge, 32],
      ] as const;
      const { counts, unreadable } = cipher.decryptResults(new Map(rows));
      equal([...counts], [["readable", 4]]);
      equal(unreadable, [
        { token: "clear", count: 1, code: "not-a-token" },
        unreadableRow(disabled, 2, "disabled-key"),
        unreadableRow(foreign, 8, "unknown-key"),
        { token: altered, count: 16, code: "bad-token" },
        { token: huge, count: 32, code: "not-a-token" },
      ]);
    },
  },
  {
    claim: "an empty map gives empty results, and ten thousand rows give ten thousand names",
    run(lib) {
      const cipher = firstCipher(lib);
      equal(cipher.decryptResults({}), { counts: [], unreadable: [] });
      const names = Array.from({ length: 10_000 }, (_, index) => `event-${index}`);
      const tokens = cipher.encryptAll(names);
      const { counts } = cipher.decryptResults(new Map(tokens.map((token, index) => [token, index])));
      equal(
        [...counts],
        names.map((name, index) => [name, index]),
      );
    },
  },
  {
    claim: "what is no result map is refused",
    run(lib) {
      const cipher = firstCipher(lib);
      for (const value of [null, undefined, 1, "text", Promise.resolve(new Map()), new Date(), () => {}]) {
        refused(lib, () => cipher.decryptResults(value as never), "bad-argument");
      }
      for (const rows of [["a"], new Set(["a"]), [undefined], [{ a: 1 }]]) {
        refused(lib, () => cipher.decryptResults(rows as never), "bad-argument", 0);
      }
      refused(lib, () => cipher.decryptResults([[1, 1]] as never), "not-a-token", 0);
      refused(lib, () => cipher.decryptResults({}, { onProgress: 5 as never }), "bad-argument");
    },
  },
];
