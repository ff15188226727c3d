// Storing and unlocking: what comes out is what went in, by each of the ways and by no other.

import { Keyset } from "blindtally";
import { importRootKey } from "blindtally/hazard";
import { Keyring } from "blindtally/keyring";
import { equal, ok } from "../../suite/check.js";
import {
  type Claim,
  COST,
  ownPasskey,
  recordOf,
  rejects,
  sampleKeyset,
  settled,
  withKeyring,
} from "./bench.js";

/** Of every length, as the two sides have a hash function each. */
const CONTEXTS = [
  ...[undefined, "event", ["acme", "production", "event"], ["a-b", "c"], ["\u{feff}", "💊"]],
  ...Array.from({ length: 64 }, (_, length) => "x".repeat(length + 1)),
  Array.from({ length: 8 }, (_, label) => String(label).repeat(64)),
];

export const storedCases: Claim[] = [
  {
    claim: "a scope of unlocked keys is byte for byte the scope of the keyset that was stored",
    run: () =>
      withKeyring(async (keyring) => {
        const { keyset } = sampleKeyset();
        const passkey = ownPasskey();
        await keyring.store("staff", keyset, { unlock: [{ passkey }] });
        await keyring.store("device", keyset, { protection: "device" });
        for (const unlocked of [await keyring.unlock("staff", { passkey }), await keyring.unlock("device")]) {
          equal(unlocked.keys, keyset.keys, "keys");
          for (const context of CONTEXTS) {
            const scope = await unlocked.scope(context);
            equal(scope.context, keyset.scope(context).context, "context");
            equal(recordOf(scope), recordOf(keyset.scope(context)), String(context));
          }
          unlocked.dispose();
        }
        keyset.dispose();
      }),
  },
  {
    claim: "tokens made before storing are read by a scope, and its tokens by the keyset",
    run: () =>
      withKeyring(async (keyring) => {
        const keyset = Keyset.generate();
        const before = keyset.cipher().encrypt("medication.missed");
        await keyring.store("staff", keyset, { protection: "device" });
        const events = (await (await keyring.unlock("staff")).scope()).cipher();
        equal(events.decrypt(before), "medication.missed");
        equal(keyset.cipher().decrypt(events.encrypt("page.viewed")), "page.viewed");
      }),
  },
  {
    claim: "each of several ways opens an entry, and no secret of another entry does",
    run: () =>
      withKeyring(async (keyring) => {
        const [first, second, foreign] = [ownPasskey(), ownPasskey(), ownPasskey()];
        const [right, wrong] = ["correct horse", "correct hors"];
        const unlock = [
          { passkey: first, label: "laptop" },
          { passphrase: right, cost: COST },
          { passkey: second },
        ];
        await keyring.store("staff", Keyset.generate(), { unlock });
        for (const secret of [{ passkey: first }, { passkey: second }, { passphrase: right }]) {
          const unlocked = await keyring.unlock("staff", secret);
          ok(!unlocked.locked, "it is unlocked");
          unlocked.dispose();
        }
        await rejects(keyring.unlock("staff", { passkey: foreign }), "cannot-open");
        await rejects(keyring.unlock("staff", { passphrase: wrong }), "cannot-open");
        const [entry] = await keyring.list();
        equal(entry?.unlocks, [
          { kind: "passkey", label: "laptop" },
          { kind: "passphrase", label: undefined },
          { kind: "passkey", label: undefined },
        ]);
      }),
  },
  {
    claim:
      "a passphrase is the same in whatever way its characters are composed, and is refused if it is none",
    run: () =>
      withKeyring(async (keyring) => {
        await keyring.store("staff", Keyset.generate(), {
          unlock: [{ passphrase: "caf\u{e9} \u{fb01}", cost: COST }],
        });
        (await keyring.unlock("staff", { passphrase: "cafe\u{301} fi" })).dispose();
        for (const passphrase of ["", "\ud800", "x".repeat(1025)]) {
          await rejects(keyring.unlock("staff", { passphrase }), "bad-passphrase");
          await rejects(
            keyring.store("other", Keyset.generate(), { unlock: [{ passphrase, cost: COST }] }),
            "bad-passphrase",
          );
        }
        for (const cost of [{ memoryKiB: 19_455 }, { passes: 1 }, { lanes: 5 }, { memoryKiB: 262_145 }]) {
          const unlock = [{ passphrase: "correct horse", cost }];
          await rejects(keyring.store("other", Keyset.generate(), { unlock }), "bad-parameters");
        }
        const slow = { passphrase: "correct horse", cost: { memoryKiB: 262_144, passes: 16 } };
        const both = { unlock: [slow, { ...slow, cost: COST }] };
        await rejects(keyring.store("other", Keyset.generate(), both), "bad-parameters");
        equal((await keyring.list()).length, 1, "nothing was stored that was refused");
      }),
  },
  {
    claim: "what cannot be asked is refused with a code of its own",
    run: () =>
      withKeyring(async (keyring) => {
        const passkey = ownPasskey();
        const keyset = Keyset.generate();
        await keyring.store("staff", keyset, { unlock: [{ passkey }] });
        await keyring.store("device", keyset, { protection: "device" });
        await rejects(keyring.unlock("nobody", { passkey }), "unknown-keyset");
        await rejects(keyring.remove("nobody"), "unknown-keyset");
        await rejects(keyring.unlock("staff"), "bad-argument");
        await rejects(keyring.unlock("staff", { passkey, passphrase: "x" } as never), "bad-argument");
        await rejects(keyring.unlock("staff", { passphrase: "correct horse" }), "unknown-slot");
        await rejects(keyring.unlock("device", { passkey }), "bad-argument");
        for (const name of ["", "x".repeat(65), "💊".repeat(17), "\ud800", 7 as never]) {
          await rejects(keyring.unlock(name), "bad-argument");
          await rejects(keyring.store(name, keyset, { protection: "device" }), "bad-argument");
          await rejects(Keyring.open({ database: name }), "bad-argument");
        }
        const bad = [
          {},
          { unlock: [] },
          { unlock: [{}] },
          { unlock: [{ passkey: {} }] },
          { unlock: [{ passkey }], protection: "device" },
          { unlock: [{ passkey, label: "" }] },
          { unlock: [{ passkey, label: "x".repeat(65) }] },
          { unlock: [{ passkey, label: "laptop\u{202e}" }] },
          { protection: "none" },
          { protection: "device", revision: 0 },
          { protection: "device", revision: 1.5 },
        ];
        for (const options of bad) {
          await rejects(keyring.store("other", keyset, options as never), "bad-argument");
        }
        const many = Array.from({ length: 17 }, () => ({ passkey }));
        await rejects(keyring.store("other", keyset, { unlock: many }), "too-many-slots");
        await rejects(keyring.store("other", keyset.scope(), { protection: "device" }), "scoped-keyset");
        await rejects(keyring.store("other", {} as never, { protection: "device" }), "bad-argument");
        for (const context of [[], "", "x".repeat(65), "💊".repeat(17), Array(9).fill("x")]) {
          await rejects((await keyring.unlock("device")).scope(context as never), "bad-context");
        }
        const gone = Keyset.generate();
        gone.dispose();
        await rejects(keyring.store("other", gone, { protection: "device" }), "disposed");
        equal((await keyring.list()).length, 2);
      }),
  },
  {
    claim: "a lower revision is not stored over a higher one, and of two tabs that store at once one is told",
    run: () =>
      withKeyring(async (keyring, database) => {
        const keyset = importRootKey(crypto.getRandomValues(new Uint8Array(32)));
        const store = (revision?: number) =>
          keyring.store("staff", keyset, {
            protection: "device",
            ...(revision === undefined ? {} : { revision }),
          });
        const stored = async () => (await keyring.list())[0]?.revision;
        await store();
        equal(await stored(), 1);
        await store(7);
        await rejects(store(6), "rollback");
        await store(7);
        await store();
        equal(await stored(), 8);

        const other = await Keyring.open({ database });
        const passkeys = [ownPasskey(), ownPasskey()];
        const both = await Promise.allSettled(
          [keyring, other].map((tab, position) =>
            tab.store("staff", keyset, { unlock: [{ passkey: passkeys[position] as never }] }),
          ),
        );
        other.close();
        const codes = both.map((one) => (one.status === "rejected" ? one.reason.code : "stored")).sort();
        equal(codes, ["conflict", "stored"]);
        equal(await stored(), 9);
        await keyring.remove("staff");
        equal(await keyring.list(), []);
      }),
  },
  {
    claim:
      "storage that cannot be used is storage-unavailable: deleted, of a newer version, of another program",
    run: () =>
      withKeyring(async (keyring, database) => {
        const open = Keyring.open({ database });
        await (await open).store("staff", Keyset.generate(), { protection: "device" });
        // Deleting asks all connections to close, and ours do so: it is not blocked.
        await settled(indexedDB.deleteDatabase(database));
        await rejects(keyring.list(), "storage-unavailable");
        (await open).close();

        const newer = indexedDB.open(database, 2);
        newer.onupgradeneeded = () => newer.result.createObjectStore("entries", { keyPath: "name" });
        (await settled(newer)).close();
        await rejects(Keyring.open({ database }), "storage-unavailable");

        const other = `${database}-other`;
        const connection = await settled(indexedDB.open(other, 1));
        const foreign = await Keyring.open({ database: other });
        await rejects(foreign.list(), "storage-unavailable");
        foreign.close();
        connection.close();
        await settled(indexedDB.deleteDatabase(other));
      }),
  },
];
