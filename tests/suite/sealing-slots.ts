// The slots of a sealed file: added, opened and removed, kind by kind.

import type { KeyWrapper, Secret } from "blindtally/sealed";
import { equal, ok, refused, refusedLater } from "./check.js";
import { FLOOR, hexOf, randomKey, rawFile, type SealingCase, type SealingLib } from "./sealing-check.js";
import { madeFor, someKeyStore, somePasskey } from "./sealing-sources.js";

export const slotCases: SealingCase[] = [
  {
    claim: "a file with a slot of every kind opens with each of their secrets, and tells what they are",
    async run(lib) {
      const file = await lib.sealed.KeysetFile.create(lib.main.Keyset.generate());
      const raw = randomKey();
      const [passkey, wrapper] = [somePasskey(), someKeyStore()];
      await file.addSlot({ passphrase: "correct horse", cost: FLOOR, label: "staff" });
      await file.addSlot({ raw, label: "💊" });
      await file.addSlot({ passkey });
      const { slot, shares } = await file.addSlot({ recovery: { threshold: 2, shares: 3 } });
      await file.addSlot({ wrapper });
      const text = file.seal();
      const slots = await lib.sealed.KeysetFile.inspect(text);
      equal(slots, file.slots);
      equal(
        slots.map(({ kind }) => kind),
        ["passphrase", "raw", "passkey", "recovery", "wrapper"],
      );
      equal(
        slots.map(({ label }) => label),
        ["staff", "💊", undefined, undefined, undefined],
      );
      equal(slots[3], slot);
      equal(
        shares?.map((share) => lib.sealed.describeShare(share).setId),
        [slot.id, slot.id, slot.id],
      );
      const secrets: Secret[] = [
        { passphrase: "correct horse" },
        { raw },
        { passkey },
        { shares: shares?.slice(1) as string[] },
        { wrapper },
      ];
      for (const [at, secret] of secrets.entries()) {
        for (const named of [secret, { ...secret, slot: slots[at]?.id as string }]) {
          const opened = await lib.sealed.KeysetFile.open(text, named);
          equal(opened.keyset.primaryKeyId, file.keyset.primaryKeyId);
          opened.dispose();
        }
        const other = slots[(at + 1) % slots.length]?.id as string;
        await refusedLater(lib, lib.sealed.KeysetFile.open(text, { ...secret, slot: other }), "unknown-slot");
      }
    },
  },
  {
    claim: "no secret of a slot opens a file that has no such slot",
    async run(lib) {
      const { file } = await rawFile(lib);
      const text = file.seal();
      const secrets: Secret[] = [
        { passphrase: "x" },
        { passkey: somePasskey() },
        { wrapper: someKeyStore() },
        { raw: randomKey(), slot: "ffffffff" },
        { raw: randomKey(), slot: "no id" },
      ];
      for (const secret of secrets) {
        await refusedLater(lib, lib.sealed.KeysetFile.open(text, secret), "unknown-slot");
      }
      await refusedLater(lib, lib.sealed.KeysetFile.open(text, { raw: randomKey() }), "cannot-open");
    },
  },
  {
    claim: "a passphrase is the same however its characters are composed, and another if a letter differs",
    async run(lib) {
      const file = await lib.sealed.KeysetFile.create(lib.main.Keyset.generate());
      await file.addSlot({ passphrase: "Ångström ﬁsh ①", cost: FLOOR });
      const text = file.seal();
      for (const passphrase of ["A\u030angstro\u0308m \ufb01sh \u2460", "\u212bngström fish 1"]) {
        equal((await lib.sealed.KeysetFile.open(text, { passphrase })).revision, 1);
      }
      for (const passphrase of ["ångström fish 1", "Ångström fish 1 ", " Ångström fish 1"]) {
        await refusedLater(lib, lib.sealed.KeysetFile.open(text, { passphrase }), "cannot-open");
      }
    },
  },
  {
    claim:
      "a passphrase that is empty, too long or not well-formed is refused when it is set and when it is given",
    async run(lib) {
      const { file } = await rawFile(lib);
      await file.addSlot({ passphrase: "n".repeat(1024), cost: FLOOR });
      const text = file.seal();
      const bad = [
        "",
        "n".repeat(1025),
        "é".repeat(513),
        "a\ud800b",
        "\udc00",
        "n".repeat(10_000_000),
        1,
        null,
      ];
      for (const passphrase of bad as string[]) {
        await refusedLater(lib, file.addSlot({ passphrase, cost: FLOOR }), "bad-passphrase");
        await refusedLater(lib, lib.sealed.KeysetFile.open(text, { passphrase }), "bad-passphrase");
      }
      equal((await lib.sealed.KeysetFile.open(text, { passphrase: "n".repeat(1024) })).revision, 1);
    },
  },
  {
    claim: "a raw key of another size, of zero bytes, or that is none is refused with `bad-key`",
    async run(lib) {
      const { file } = await rawFile(lib);
      const text = file.seal();
      for (const raw of [new Uint8Array(31).fill(1), new Uint8Array(33).fill(1), "x".repeat(32), null]) {
        await refusedLater(lib, file.addSlot({ raw: raw as Uint8Array }), "bad-key");
        await refusedLater(lib, lib.sealed.KeysetFile.open(text, { raw: raw as Uint8Array }), "bad-key");
      }
      await refusedLater(lib, file.addSlot({ raw: new Uint8Array(32) }), "bad-key");
    },
  },
  {
    claim: "what the caller gave as raw bytes is left as it is",
    async run(lib) {
      const { file, raw } = await rawFile(lib);
      const before = hexOf(raw);
      await lib.sealed.KeysetFile.open(file.seal(), { raw });
      equal(hexOf(raw), before);
    },
  },
  {
    claim: "what a passkey or a key store gave is wiped",
    async run(lib) {
      const given: Uint8Array[] = [];
      const note = <T extends Uint8Array>(bytes: T): T => {
        given.push(bytes);
        return bytes;
      };
      const [passkey, wrapper] = [somePasskey(note), someKeyStore({ note })];
      const file = await lib.sealed.KeysetFile.create(lib.main.Keyset.generate());
      await file.addSlot({ passkey });
      await file.addSlot({ wrapper });
      const text = file.seal();
      await lib.sealed.KeysetFile.open(text, { passkey });
      await lib.sealed.KeysetFile.open(text, { wrapper });
      equal(given.length, 4);
      ok(
        given.every((bytes) => bytes.every((byte) => byte === 0)),
        "every one is zero",
      );
    },
  },
  {
    claim: "a removed slot opens nothing that is written afterwards, and still opens what was written before",
    async run(lib) {
      const { file, raw } = await rawFile(lib);
      const second = randomKey();
      const { slot } = await file.addSlot({ raw: second });
      const before = file.seal();
      file.removeSlot(slot.id);
      const after = file.seal();
      await refusedLater(lib, lib.sealed.KeysetFile.open(after, { raw: second }), "cannot-open");
      equal((await lib.sealed.KeysetFile.open(after, { raw })).slots.length, 1);
      equal((await lib.sealed.KeysetFile.open(before, { raw: second })).slots.length, 2);
    },
  },
  {
    claim:
      "the last slot cannot be removed, one that is not there neither, and a file without one is not written",
    async run(lib) {
      const { file } = await rawFile(lib);
      const [only] = file.slots;
      refused(lib, () => file.removeSlot(only?.id as string), "last-slot");
      for (const id of ["ffffffff", "x", "", 1, undefined]) {
        refused(lib, () => file.removeSlot(id as string), "unknown-slot");
      }
      equal(file.slots, only ? [only] : []);
      const bare = await lib.sealed.KeysetFile.create(lib.main.Keyset.generate());
      refused(lib, () => bare.seal(), "last-slot");
      equal(bare.revision, 0);
    },
  },
  {
    claim: "a file has 16 slots and no more, and for one too many no passkey is made",
    async run(lib) {
      const file = await lib.sealed.KeysetFile.create(lib.main.Keyset.generate());
      for (let count = 0; count < 16; count += 1) await file.addSlot({ raw: randomKey() });
      let asked = 0;
      const passkey = somePasskey((bytes) => {
        asked += 1;
        return bytes;
      });
      await refusedLater(lib, file.addSlot({ passkey }), "too-many-slots");
      await refusedLater(lib, file.addSlot({ raw: randomKey() }), "too-many-slots");
      equal([file.slots.length, asked], [16, 0]);
    },
  },
  {
    claim: "slots may be added at the same time, and each is there",
    async run(lib) {
      const file = await lib.sealed.KeysetFile.create(lib.main.Keyset.generate());
      const keys = Array.from({ length: 5 }, randomKey);
      const wrapper = someKeyStore();
      await Promise.all([...keys.map((raw) => file.addSlot({ raw })), file.addSlot({ wrapper })]);
      const text = file.seal();
      for (const raw of keys) equal((await lib.sealed.KeysetFile.open(text, { raw })).revision, 1);
      equal((await lib.sealed.KeysetFile.open(text, { wrapper })).slots.length, 6);
    },
  },
  {
    claim: "a file that is locked while a passkey is asked for gets no slot",
    async run(lib) {
      const { file } = await rawFile(lib);
      const passkey = somePasskey((bytes) => {
        file.lock();
        return bytes;
      });
      await refusedLater(lib, file.addSlot({ passkey }), "locked");
    },
  },
  {
    claim: "a label, a split or a kind that cannot stand in a file is refused with `bad-argument`",
    async run(lib) {
      const { file } = await rawFile(lib);
      const raw = randomKey();
      const deceptive = ["a\nb", "\x1b[2J", "\x7f", "\x9b", "safe\u202etxt", "\u2066x", "\0"];
      for (const label of ["", "n".repeat(65), "é".repeat(33), "\ud800", 1, null, ...deceptive]) {
        await refusedLater(lib, file.addSlot({ raw, label: label as string }), "bad-argument");
      }
      for (const [threshold, shares] of [
        [1, 2],
        [3, 2],
        [2, 33],
        [2.5, 3],
        [2, "3"],
        [undefined, 3],
      ]) {
        const recovery = { threshold: threshold as number, shares: shares as number };
        await refusedLater(lib, file.addSlot({ recovery }), "bad-argument");
      }
      for (const slot of [
        undefined,
        null,
        {},
        { label: "x" },
        { raw, passphrase: "x" },
        { recovery: null },
      ]) {
        await refusedLater(lib, file.addSlot(slot as never), "bad-argument");
      }
      for (const name of ["", "A", "a_b", "n".repeat(33), 1]) {
        const wrapper = { ...someKeyStore(), name: name as string };
        await refusedLater(lib, file.addSlot({ wrapper }), "bad-argument");
      }
      await refusedLater(lib, file.addSlot({ wrapper: { name: "x" } as never }), "bad-argument");
      for (const rpId of ["", "Keys.example", "keys example", "n".repeat(254), "é.example", 1, undefined]) {
        const passkey = { ...somePasskey(), create: madeFor(rpId) };
        await refusedLater(lib, file.addSlot({ passkey }), "bad-argument");
      }
      for (const id of [new Uint8Array(), new Uint8Array(1024), "id", [1], null]) {
        const output = randomKey();
        const passkey = { ...somePasskey(), create: madeFor("keys.example", id, output) };
        await refusedLater(lib, file.addSlot({ passkey }), "bad-argument");
        equal(hexOf(output), "00".repeat(32), "what it gave is wiped");
      }
      equal(file.slots.length, 1);
      const longest = { ...somePasskey(), create: madeFor("keys.example", new Uint8Array(1023)) };
      equal((await file.addSlot({ passkey: longest })).slot.kind, "passkey");
    },
  },
  {
    claim: "of several passkeys the one that answers opens its own slot",
    async run(lib) {
      const file = await lib.sealed.KeysetFile.create(lib.main.Keyset.generate());
      const [first, second] = [somePasskey(), somePasskey()];
      await file.addSlot({ passkey: first });
      await file.addSlot({ passkey: second });
      const text = file.seal();
      equal((await lib.sealed.KeysetFile.open(text, { passkey: second })).revision, 1);
      equal((await lib.sealed.KeysetFile.open(text, { passkey: first })).revision, 1);
    },
  },
  {
    claim: "a key store is given the context of the slot, and a slot of another key store is not asked for",
    async run(lib) {
      const contexts: object[] = [];
      const wrapper = someKeyStore({ contexts });
      const other = someKeyStore({ name: "another-store", contexts: [] });
      const file = await lib.sealed.KeysetFile.create(lib.main.Keyset.generate());
      await file.addSlot({ wrapper: other });
      await file.addSlot({ wrapper });
      const text = file.seal();
      await lib.sealed.KeysetFile.open(text, { wrapper });
      const salt = text.split("\n")[2]?.split(" ")[2];
      const context = { blindtally: "keyset", slot: salt };
      equal(contexts, [context, context]);
    },
  },
  {
    claim: "a key store that fails is reported as `key-store`, unless another of its slots opens",
    async run(lib) {
      const file = await lib.sealed.KeysetFile.create(lib.main.Keyset.generate());
      const [mine, foreign] = [someKeyStore(), someKeyStore()];
      await file.addSlot({ wrapper: foreign });
      const onlyForeign = file.seal();
      await file.addSlot({ wrapper: mine });
      const both = file.seal();
      await refusedLater(lib, lib.sealed.KeysetFile.open(onlyForeign, { wrapper: mine }), "key-store");
      equal((await lib.sealed.KeysetFile.open(both, { wrapper: mine })).slots.length, 2);
    },
  },
  {
    claim: "what a key store says when it fails is passed on without anything that could be a key",
    run: (lib) => keyStoreMessages(lib),
  },
];

async function keyStoreMessages(lib: SealingLib): Promise<void> {
  const kek = randomKey();
  const base64 = btoa(String.fromCharCode(...kek));
  const told = async (reason: unknown) => {
    const wrapper: KeyWrapper = {
      name: "loud-store",
      generate: () => Promise.reject(reason),
      unwrap: () => Promise.reject(reason),
    };
    const { file } = await rawFile(lib);
    const error = await file.addSlot({ wrapper }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!lib.main.isBlindtallyError(error))
      throw new Error(`want an error of the package, got ${String(error)}`);
    equal(error.code, "key-store");
    return `${error.message} ${String((error.cause as Error | undefined)?.message)}`;
  };
  for (const secret of [hexOf(kek), base64, [...kek].join(), [...kek].join(", ")]) {
    const message = await told(
      Object.assign(new Error(`no key for ${secret}, sorry`), { name: "DeniedException" }),
    );
    ok(!message.includes(secret), "the key is not in the message");
    ok(message.includes("DeniedException: no key for (left out)"), message);
    ok(message.includes("loud-store"), message);
  }
  const arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  ok((await told(new Error(`no such key ${arn}`))).includes(arn), "the name of a key is passed on");
  ok(
    (await told("a text with a key in it")).includes("it gave no reason"),
    "what is no error is not repeated",
  );
  ok((await told(undefined)).includes("it gave no reason"), "nor is nothing");
  ok(
    (await told(new Error("x".repeat(30).concat(" ").repeat(40)))).length < 800,
    "long messages are cut off",
  );
}
