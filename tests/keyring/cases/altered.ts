// Entries that were altered behind the keyring's back, by somebody who can write to the database: none opens.

import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { Keyset } from "blindtally";
import { importRootKey } from "blindtally/hazard";
import type { Keyring } from "blindtally/keyring";
import { equal, ok } from "../../suite/check.js";
import {
  type Claim,
  COST,
  ownPasskey,
  putRaw,
  type RawEntry,
  random,
  raw,
  rawEntry,
  rejects,
  sampleKeyset,
  withKeyring,
} from "./bench.js";

/** Stores a keyset of two keys under both kinds of protection; unlocks by `open`. */
async function twoEntries(keyring: Keyring) {
  const passkey = ownPasskey();
  const keyset = importRootKey(random(32));
  importRootKey(random(32), keyset);
  await keyring.store("staff", keyset, { unlock: [{ passkey, label: "laptop" }] });
  await keyring.store("device", keyset, { protection: "device" });
  const open = {
    staff: () => keyring.unlock("staff", { passkey }),
    device: () => keyring.unlock("device"),
  };
  for (const unlock of Object.values(open)) (await unlock()).dispose();
  return { passkey, keyset, open };
}

export const alteredCases: Claim[] = [
  {
    claim: "no entry opens of which any one character or byte was altered, whichever way it is protected",
    run: () =>
      withKeyring(async (keyring, database) => {
        const { open } = await twoEntries(keyring);
        for (const name of ["staff", "device"] as const) {
          const good = await rawEntry(database, name);
          let tried = 0;
          for (const altered of alterations(good)) {
            await putRaw(database, altered);
            await rejects(open[name](), "cannot-open");
            tried += 1;
          }
          const bytes = name === "staff" ? 2 * (12 + 32 + 16) : 0;
          equal(tried, good.head.length + good.seal.length + bytes, "every one was tried");
          await putRaw(database, good);
          (await open[name]()).dispose();
        }
      }),
  },
  {
    claim: "no entry opens whose parts were left out, added, exchanged, or put under another name",
    run: () =>
      withKeyring(async (keyring, database) => {
        const { open, passkey, keyset } = await twoEntries(keyring);
        await keyring.store("other", keyset, { unlock: [{ passkey }] });
        const [good, other] = [await rawEntry(database, "staff"), await rawEntry(database, "other")];
        const [first, second] = good.roots;
        const device = await rawEntry(database, "device");
        const altered: object[] = [
          { ...good, roots: [first] },
          { ...good, roots: [second, first] },
          { ...good, roots: [first, second, second] },
          { ...good, roots: [first, other.roots[1]] },
          { ...good, roots: device.roots },
          { ...good, roots: "none" },
          { ...good, head: other.head },
          { ...good, head: other.head, roots: other.roots, seal: other.seal },
          { ...good, head: ` ${good.head}` },
          { ...good, head: good.head.replace('"label":"laptop"', '"label":"laptop","more":1') },
          { ...good, head: "null" },
          { ...good, head: 7 },
          { ...good, seal: undefined },
          { name: "staff" },
          { name: "staff", head: good.head.replace('"protection":"unlock"', '"protection":"device"') },
        ];
        for (const entry of altered) {
          await putRaw(database, entry);
          await rejects(open.staff(), "cannot-open");
        }
        const [listed] = (await keyring.list()).filter(({ name }) => name === "staff");
        equal(listed?.damaged, true, "the last one is told to be damaged");
        await keyring.store("staff", keyset, { unlock: [{ passkey }] });
        (await open.staff()).dispose();
        await putRaw(database, { name: "staff" });
        await keyring.remove("staff");
        await rejects(open.staff(), "unknown-keyset");
      }),
  },
  {
    claim: "a way to unlock, taken into another entry, opens nothing there, and a lowered cost neither",
    run: () =>
      withKeyring(async (keyring, database) => {
        const passphrase = "correct horse";
        for (const name of ["mine", "yours"]) {
          await keyring.store(name, Keyset.generate(), {
            unlock: [{ passphrase, cost: { ...COST, passes: 3 } }],
          });
        }
        const [mine, yours] = [await rawEntry(database, "mine"), await rawEntry(database, "yours")];
        const [head, foreign] = [JSON.parse(mine.head), JSON.parse(yours.head)];
        const [way, foreignWay] = [head.unlocks[0], foreign.unlocks[0]];
        for (const unlocks of [
          [foreignWay],
          [foreignWay, way],
          [{ ...way, wrapped: foreignWay.wrapped }],
          [{ ...way, salt: foreignWay.salt }],
          [{ ...way, check: foreignWay.check }],
          [{ ...way, passes: 2 }],
          [{ ...way, label: "mine" }],
        ]) {
          await putRaw(database, { ...mine, head: JSON.stringify({ ...head, unlocks }) });
          await rejects(keyring.unlock("mine", { passphrase }), "cannot-open");
        }
        const costly = { ...way, memoryKiB: 262_144, passes: 16 };
        for (const unlocks of [[{ ...way, memoryKiB: 1 }], [costly, { ...way, passes: 2 }]]) {
          await putRaw(database, { ...mine, head: JSON.stringify({ ...head, unlocks }) });
          await rejects(keyring.unlock("mine", { passphrase }), "bad-parameters");
        }
      }),
  },
  {
    claim:
      "an entry that somebody with the primary key altered and sealed again is still found out by each layer below the seal",
    run: () =>
      withKeyring(async (keyring, database) => {
        const root = random(32);
        const passkey = ownPasskey();
        await keyring.store("staff", importRootKey(root), { unlock: [{ passkey }] });
        const good = await rawEntry(database, "staff");
        const head = JSON.parse(good.head);
        const [way] = head.unlocks;
        const put = (name: string, change: object) => {
          const text = JSON.stringify({ ...head, ...change });
          return putRaw(database, { ...good, name, head: text, seal: sealOf(root, text) });
        };
        const other = toBase64url(random(32));
        await put("staff", {});
        (await keyring.unlock("staff", { passkey })).dispose();
        for (const [name, change] of [
          // AES-GCM would open this one: only the commitment of the way to its key is wrong.
          ["staff", { unlocks: [{ ...way, check: other }] }],
          ["staff", { unlocks: [{ ...way, label: "laptop" }] }],
          ["staff", { keys: [{ ...head.keys[0], check: other }] }],
          ["other", { name: "other" }],
        ] as const) {
          await put(name, change);
          await rejects(keyring.unlock(name, { passkey }), "cannot-open");
        }
        await put("staff", { revision: 2 });
        (await keyring.unlock("staff", { passkey })).dispose();
      }),
  },
  {
    claim: "a disabled key is not enabled again by writing so, as its root key is not stored",
    run: () =>
      withKeyring(async (keyring, database) => {
        const passkey = ownPasskey();
        const { keyset } = sampleKeyset();
        await keyring.store("staff", keyset, { unlock: [{ passkey }] });
        const good = await rawEntry(database, "staff");
        equal(good.roots.length, 3, "only enabled keys are stored");
        const head = good.head.replace('"status":"disabled"', '"status":"enabled"');
        for (const roots of [good.roots, [...good.roots, good.roots[0]]]) {
          await putRaw(database, { ...good, head, roots });
          await rejects(keyring.unlock("staff", { passkey }), "cannot-open");
        }
      }),
  },
  {
    claim:
      "a key put into an entry of the protection device is found out: cannot-open, or key-check for all but the primary",
    run: () =>
      withKeyring(async (keyring, database) => {
        const { open } = await twoEntries(keyring);
        const good = await rawEntry(database, "device");
        const [primary, second] = good.roots as CryptoKey[];
        const foreign = await crypto.subtle.importKey("raw", random(32), "HKDF", false, ["deriveBits"]);
        const open_ = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt"]);
        for (const [roots, code] of [
          [[foreign, second], "cannot-open"],
          [[second, primary], "cannot-open"],
          [[primary, foreign], "key-check"],
          [[primary, open_], "cannot-open"],
          [[primary, random(60)], "cannot-open"],
        ] as const) {
          await putRaw(database, { ...good, roots });
          await rejects(open.device(), code);
        }
      }),
  },
  {
    claim: "a database with damaged entries still opens those that are whole",
    run: () =>
      withKeyring(async (keyring, database) => {
        const { open } = await twoEntries(keyring);
        await raw(database, (store) => store.put({ name: "broken", head: "{" }));
        equal(
          (await keyring.list()).map(({ name, damaged }) => [name, damaged]),
          [
            ["broken", true],
            ["device", false],
            ["staff", false],
          ],
        );
        const unlocked = await open.staff();
        ok(!unlocked.locked, "it opens");
        unlocked.dispose();
      }),
  },
];

/** As the head of pkg/src/keyring/record.ts says. */
function sealOf(root: Uint8Array, head: string): Uint8Array {
  const text = new TextEncoder();
  const words = text.encode("blindtally keyring head\0");
  const info = Uint8Array.of(...words, ...sha256(text.encode(head)));
  return Uint8Array.from(hkdf(sha256, root, undefined, info, 32));
}

function toBase64url(bytes: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The entry with each of its characters and bytes altered, one at a time. */
function* alterations(good: RawEntry): Generator<object> {
  for (let at = 0; at < good.head.length; at += 1) {
    const other = String.fromCharCode(good.head.charCodeAt(at) ^ 1);
    yield { ...good, head: good.head.slice(0, at) + other + good.head.slice(at + 1) };
  }
  for (const seal of flipped(good.seal)) yield { ...good, seal };
  for (const [position, root] of good.roots.entries()) {
    if (!(root instanceof Uint8Array)) continue;
    for (const bytes of flipped(root)) {
      yield { ...good, roots: good.roots.map((other, at) => (at === position ? bytes : other)) };
    }
  }
}

function* flipped(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1) {
    const copy = Uint8Array.from(bytes);
    copy[at] = (bytes[at] as number) ^ (1 << (at % 8));
    yield copy;
  }
}
