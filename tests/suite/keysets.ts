// Keysets: one primary key, ciphers that follow, secrets that go.

import { type Case, equal, firstCipher, firstRoot, ok, refused } from "./check.js";

export const keysetCases: Case[] = [
  {
    claim:
      "a cipher follows its keyset: it encrypts under the new primary key and reads the old one's tokens",
    run(lib) {
      const keyset = lib.main.Keyset.generate();
      const cipher = keyset.cipher();
      const former = keyset.primaryKeyId;
      const old = cipher.encrypt("n");
      const fresh = keyset.generateKey();
      equal(cipher.encrypt("n"), old, "a new key is not primary");
      keyset.promote(fresh);
      equal(keyset.primaryKeyId, fresh);
      ok(cipher.encrypt("n") !== old, "the token changes");
      equal(cipher.decrypt(old), "n");
      keyset.disable(former);
      refused(lib, () => cipher.decrypt(old), "disabled-key");
      keyset.enable(former);
      equal(cipher.decrypt(old), "n");
    },
  },
  {
    claim: "the primary key cannot be disabled and a disabled key cannot be promoted",
    run(lib) {
      const keyset = lib.main.Keyset.generate();
      const other = keyset.generateKey();
      refused(lib, () => keyset.disable(keyset.primaryKeyId), "primary-key");
      keyset.disable(other);
      refused(lib, () => keyset.promote(other), "disabled-key");
      equal(
        keyset.keys.map(({ status, primary }) => [status, primary]),
        [
          ["enabled", true],
          ["disabled", false],
        ],
      );
    },
  },
  {
    claim: "a key that is not here is unknown, whatever is passed as its id",
    run(lib) {
      const keyset = lib.main.Keyset.generate();
      const upper = "0EF13B40";
      for (const id of ["00000000", "", "zz", upper, "x".repeat(1e6), 7, null, undefined, {}, ["00000000"]]) {
        for (const change of ["promote", "disable", "enable", "destroy"] as const) {
          refused(lib, () => keyset[change](id as string), "unknown-key");
        }
      }
    },
  },
  {
    claim: "after dispose the keyset and its ciphers are gone, and disposing again is harmless",
    run(lib) {
      const keyset = lib.main.Keyset.generate();
      const cipher = keyset.cipher();
      const token = cipher.encrypt("n");
      keyset.dispose();
      keyset[Symbol.dispose]();
      for (const use of [
        () => cipher.encrypt("n"),
        () => cipher.decrypt(token),
        () => cipher.encryptAll(["n"]),
        () => cipher.decryptAll([token]),
        () => cipher.decryptResults({ [token]: 1 }),
        () => cipher.tokensFor("n"),
        () => cipher.rewrapAll([token]),
        () => keyset.cipher(),
        () => keyset.scope(),
        () => keyset.keys,
        () => keyset.primaryKeyId,
        () => keyset.generateKey(),
        () => keyset.rotate(),
        () => keyset.rotateIfDue(),
        () => keyset.rotateAfterDays,
        () => {
          keyset.rotateAfterDays = 1;
        },
        () => keyset.destroy("00000000"),
        () => keyset.autoLock({}),
        () => lib.hazard.exportRootKeys(keyset),
        () => lib.hazard.exportKeyset(keyset),
        () => lib.hazard.exportKeysetText(keyset),
        () => lib.hazard.importRootKey(firstRoot(), keyset),
      ]) {
        refused(lib, use, "disposed");
      }
      keyset.lock();
      equal([keyset.locked, keyset.locksAt], [false, undefined], "what is disposed is not to be unlocked");
    },
  },
  {
    claim: "disposing a cipher leaves its keyset and other ciphers alone",
    run(lib) {
      const keyset = lib.main.Keyset.generate();
      const [one, other] = [keyset.cipher(), keyset.cipher()];
      one.dispose();
      one[Symbol.dispose]();
      refused(lib, () => one.encrypt("n"), "disposed");
      keyset.promote(keyset.generateKey());
      refused(lib, () => one.encrypt("n"), "disposed");
      equal(other.decrypt(other.encrypt("n")), "n");
    },
  },
  {
    claim: "root keys go out and in through the hazard door, primary first, as copies",
    run(lib) {
      const { importRootKey, exportRootKeys } = lib.hazard;
      const key = firstRoot();
      const keyset = importRootKey(key);
      key.fill(7);
      const second = Uint8Array.from({ length: 32 }, () => 9);
      equal(importRootKey(second, keyset) === keyset, true);
      equal(
        exportRootKeys(keyset).map((exported) => exported.key),
        [firstRoot(), second],
      );
      const [exported] = exportRootKeys(keyset);
      equal(exported?.id, "0ef13b40");
      exported?.key.fill(0);
      equal(exportRootKeys(keyset)[0]?.key, firstRoot(), "wiping the copy does not touch the keyset");
      refused(lib, () => importRootKey(second, keyset), "duplicate-key");
      equal(keyset.keys.length, 2);
    },
  },
  {
    claim: "what is not 32 bytes is no root key, nor are 32 zeros",
    run(lib) {
      const detached = firstRoot();
      structuredClone(detached.buffer, { transfer: [detached.buffer] });
      const refusals = [
        new Uint8Array(31),
        new Uint8Array(33),
        new Uint8Array(32),
        detached,
        [...firstRoot()],
        "a".repeat(32),
      ];
      const others = [
        new Uint16Array(32).fill(1),
        new DataView(firstRoot().buffer),
        firstRoot().buffer,
        null,
        undefined,
        {},
      ];
      const growing = { length: 32, [Symbol.toStringTag]: "Uint8Array" };
      let reads = 0;
      Object.defineProperty(growing, "length", { get: () => (reads++ < 3 ? 32 : 1 << 20) });
      class Liar extends Uint8Array {
        override get length() {
          return 32;
        }
      }
      const forged = [growing, new Liar(300_000), new Liar(31), new Proxy(firstRoot(), {})];
      for (const key of [...refusals, ...others, ...forged]) {
        refused(lib, () => lib.hazard.importRootKey(key as Uint8Array), "bad-key");
      }
    },
  },
  {
    claim: "what is no keyset is refused where one is asked for, and breaks nothing",
    run(lib) {
      for (const value of [null, 0, "keyset", {}, [], Object.create(lib.main.Keyset.prototype)]) {
        refused(lib, () => lib.hazard.exportRootKeys(value as never), "bad-argument");
        refused(lib, () => lib.hazard.importRootKey(firstRoot(), value as never), "bad-argument");
      }
      for (const options of [undefined, null, {}, { endpoint: "https://example.com" }]) {
        refused(lib, () => lib.main.createClient(options as never), "bad-argument");
      }
      equal(firstCipher(lib).decrypt(firstCipher(lib).encrypt("n")), "n");
    },
  },
  {
    claim: "a keyset and a cipher show ids and labels when serialised, never bytes",
    run(lib) {
      const keyset = lib.hazard.importRootKey(firstRoot(), undefined, { now: 1_700_000_000_000 });
      const keys = [
        { id: "0ef13b40", status: "enabled", primary: true, created: "2023-11-14T22:13:20.000Z" },
      ];
      equal(JSON.parse(JSON.stringify(keyset)), { keys });
      const scope = keyset.scope(["acme", "event"]);
      equal(JSON.parse(JSON.stringify(scope)), { context: ["acme", "event"], keys });
      scope.lock();
      equal(JSON.parse(JSON.stringify(scope)), { context: ["acme", "event"], keys: [] });
      equal(JSON.parse(JSON.stringify(firstCipher(lib))), { context: ["event"] });
      keyset.dispose();
      equal(JSON.parse(JSON.stringify(keyset)), { keys: [] });
    },
  },
  {
    claim: "no error message holds a name, a token's plaintext or a key",
    run(lib) {
      const cipher = firstCipher(lib);
      const name = "medication.missed";
      const acts = [
        () => cipher.encrypt(`${name}\ud800`),
        () => cipher.encrypt(name.repeat(20)),
        () => cipher.decrypt(name),
        () => cipher.encryptAll([name, `${name}\ud800`]),
        () => cipher.decryptAll([name]),
        () => cipher.decryptResults({ [name]: -1 }),
        () => lib.main.Keyset.generate().cipher().decrypt(cipher.encrypt(name)),
        () => lib.main.Keyset.generate().cipher(`${name}\ud800`),
      ];
      for (const act of acts) {
        try {
          act();
          ok(false, "it is refused");
        } catch (error) {
          const shown = `${error} ${(error as Error).stack} ${JSON.stringify(error)} ${String((error as Error).cause)}`;
          ok(lib.main.isBlindtallyError(error), "it is an error of this package");
          ok(!shown.includes(name), "the name is not shown");
        }
      }
    },
  },
];
