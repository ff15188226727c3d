// Whatever JavaScript can pass: a clear error, and an instance that still works afterwards.

import { type Case, equal, firstCipher, ok, refused } from "./check.js";

const THROWN = new Error("thrown by the caller's own object");
const thrower = () => {
  throw THROWN;
};
const WRONG = [
  undefined,
  null,
  0,
  NaN,
  1n,
  true,
  Symbol("s"),
  {},
  [],
  () => {},
  new Uint8Array(4),
  new String("text"),
];

export const hostileCases: Case[] = [
  {
    claim: "values of a wrong type are refused with the code of what they should have been",
    run(lib) {
      const cipher = firstCipher(lib);
      const keyset = lib.main.Keyset.generate();
      for (const value of WRONG as never[]) {
        refused(lib, () => cipher.encrypt(value), "bad-name");
        refused(lib, () => cipher.decrypt(value), "not-a-token");
        refused(lib, () => cipher.encryptAll(["n", value]), "bad-name", 1);
        refused(lib, () => cipher.decryptAll([cipher.encrypt("n"), value]), "not-a-token", 1);
        refused(lib, () => cipher.tokensFor(value), "bad-name");
        refused(lib, () => cipher.rewrapAll([cipher.encrypt("n"), value]), "not-a-token", 1);
        if (value !== undefined) refused(lib, () => keyset.cipher([value]), "bad-context");
        if (value !== undefined) refused(lib, () => keyset.scope([value]), "bad-context");
      }
      for (const value of [undefined, null, 0, "text", {}, () => {}] as never[]) {
        refused(lib, () => cipher.encryptAll(value), "bad-argument");
        refused(lib, () => cipher.decryptAll(value), "bad-argument");
        refused(lib, () => cipher.rewrapAll(value), "bad-argument");
      }
      stillWorks(lib);
    },
  },
  {
    claim: "a text of a hundred megabytes is refused without a copy of it in wasm memory",
    run(lib) {
      const cipher = firstCipher(lib);
      const huge = "n".repeat(100_000_000);
      refused(lib, () => cipher.encrypt(huge), "bad-name");
      refused(lib, () => cipher.encryptAll([huge]), "bad-name", 0);
      refused(lib, () => cipher.decrypt(huge), "not-a-token");
      refused(lib, () => cipher.decrypt(`bt1_${huge}`), "bad-token");
      refused(lib, () => cipher.tokensFor(huge), "bad-name");
      refused(lib, () => cipher.rewrapAll([`bt1_${huge}`]), "bad-token", 0);
      equal(cipher.decryptResults({ [huge]: 1 }).unreadable.length, 1);
      refused(lib, () => lib.main.Keyset.generate().cipher(huge), "bad-context");
      stillWorks(lib);
    },
  },
  {
    claim:
      "what a caller's proxy, getter or iterator throws comes out as it is, and the instance still works",
    run(lib) {
      const cipher = firstCipher(lib);
      const proxy = new Proxy({}, { ownKeys: thrower, get: thrower, has: thrower });
      const getter = Object.defineProperty({}, cipher.encrypt("n"), { get: thrower, enumerable: true });
      const iterator = { [Symbol.iterator]: thrower };
      for (const act of [
        () => cipher.decryptResults(proxy),
        () => cipher.decryptResults(getter),
        () => cipher.encryptAll(iterator as never),
        () => cipher.decryptAll(iterator as never),
      ]) {
        let caught: unknown;
        try {
          act();
        } catch (error) {
          caught = error;
        }
        ok(caught === THROWN, "the caller's own error comes out");
      }
      stillWorks(lib);
    },
  },
  {
    claim: "an array that changes while it is read cannot make a batch inconsistent",
    run(lib) {
      const cipher = firstCipher(lib);
      const names = ["a", "b", "c"];
      Object.defineProperty(names, 1, {
        get() {
          names.length = 2;
          return "b";
        },
        configurable: true,
      });
      const tokens = cipher.encryptAll(names);
      equal(cipher.decryptAll(tokens).slice(0, 2), ["a", "b"]);
      stillWorks(lib);
    },
  },
  {
    claim: "names that dispose the cipher while they are read are refused, and nothing breaks",
    run(lib) {
      const cipher = firstCipher(lib);
      const names = {
        *[Symbol.iterator]() {
          yield "a";
          cipher.dispose();
          yield "b";
        },
      };
      refused(lib, () => cipher.encryptAll(names), "disposed");
      refused(lib, () => cipher.encryptAll([]), "disposed");
      refused(lib, () => cipher.decryptAll([]), "disposed");
      refused(lib, () => cipher.decryptResults([]), "disposed");
      stillWorks(lib);
    },
  },
  {
    claim: "a batch larger than one crossing keeps its order, and an error in it its position",
    run(lib) {
      const cipher = firstCipher(lib);
      const names = Array.from({ length: 9_001 }, (_, index) => `event ${index} \n`);
      const tokens = cipher.encryptAll(names);
      equal(tokens.length, names.length);
      equal(tokens[8_999], cipher.encrypt("event 8999 \n"));
      equal(cipher.decryptAll(tokens), names);
      const broken = [...names.slice(0, 9_000), ""];
      refused(lib, () => cipher.encryptAll(broken), "bad-name", 9_000);
      refused(lib, () => cipher.decryptAll([...tokens, "clear"]), "not-a-token", 9_001);
      equal(cipher.encryptAll([]), []);
      equal(cipher.decryptAll(new Set()), []);
    },
  },
];

function stillWorks(lib: Parameters<Case["run"]>[0]): void {
  const cipher = firstCipher(lib);
  equal(cipher.decrypt(cipher.encrypt("still here")), "still here");
}
