// A sealed file as its user has it: made, opened, changed, locked.

import { equal, ok, refused, refusedLater } from "./check.js";
import { TestClock } from "./clock.js";
import { FLOOR, rawFile, type SealingCase } from "./sealing-check.js";
import { somePasskey } from "./sealing-sources.js";

const MINUTE = 60_000;

export const sealedFileCases: SealingCase[] = [
  {
    claim: "a keyset comes out of a sealed file as it went in: keys, statuses, times and policy",
    async run(lib) {
      const { file, raw } = await rawFile(lib);
      const { keyset } = file;
      const token = keyset.cipher().encrypt("before");
      const first = keyset.primaryKeyId;
      keyset.rotateAfterDays = 90;
      keyset.rotate();
      const disabled = keyset.generateKey();
      keyset.disable(disabled);
      keyset.destroy(keyset.generateKey());
      const again = await lib.sealed.KeysetFile.open(file.seal(), { raw });
      equal(again.keyset.keys, keyset.keys);
      equal(again.keyset.keys.map(({ status }) => status).sort(), [
        "destroyed",
        "disabled",
        "enabled",
        "enabled",
      ]);
      equal(again.keyset.rotateAfterDays, 90);
      equal(again.keyset.cipher().decrypt(token), "before");
      ok(again.keyset.primaryKeyId !== first, "it was rotated");
    },
  },
  {
    claim: "a scope is sealed like a keyset, and what comes out is that scope",
    async run(lib) {
      const whole = lib.main.Keyset.generate();
      const file = await lib.sealed.KeysetFile.create(whole.scope(["acme", "clicks"]));
      const raw = crypto.getRandomValues(new Uint8Array(32));
      await file.addSlot({ raw });
      const { keyset } = await lib.sealed.KeysetFile.open(file.seal(), { raw });
      equal(keyset.context, ["acme", "clicks"]);
      equal(keyset.cipher().encrypt("x"), whole.cipher(["acme", "clicks"]).encrypt("x"));
      refused(lib, () => keyset.cipher("event"), "out-of-scope");
    },
  },
  {
    claim: "the revision grows by one with every sealing, and no two texts are the same",
    async run(lib) {
      const { file, raw } = await rawFile(lib);
      equal(file.revision, 0);
      const texts = [file.seal(), file.seal(), file.seal()];
      equal(file.revision, 3);
      equal(new Set(texts).size, 3);
      for (const [at, text] of texts.entries()) {
        const opened = await lib.sealed.KeysetFile.open(text, { raw });
        equal(opened.revision, at + 1);
      }
    },
  },
  {
    claim: "a file that takes the place of another goes on counting after it",
    async run(lib) {
      const file = await lib.sealed.KeysetFile.create(lib.main.Keyset.generate(), { after: 41 });
      const raw = crypto.getRandomValues(new Uint8Array(32));
      await file.addSlot({ raw });
      const opened = await lib.sealed.KeysetFile.open(file.seal(), { raw }, { minRevision: 42 });
      equal(opened.revision, 42);
      for (const after of [-1, 1.5, Number.NaN, 2 ** 53]) {
        const made = lib.sealed.KeysetFile.create(lib.main.Keyset.generate(), { after });
        await refusedLater(lib, made, "bad-argument");
      }
    },
  },
  {
    claim: "a file of the highest revision is not written again, and the refusal says so",
    async run(lib) {
      const after = Number.MAX_SAFE_INTEGER - 1;
      const file = await lib.sealed.KeysetFile.create(lib.main.Keyset.generate(), { after });
      const raw = crypto.getRandomValues(new Uint8Array(32));
      await file.addSlot({ raw });
      const opened = await lib.sealed.KeysetFile.open(file.seal(), { raw });
      for (const last of [file, opened]) {
        equal(last.revision, Number.MAX_SAFE_INTEGER);
        refused(lib, () => last.seal(), "bad-keyset");
        ok(/highest revision/.test(messageOf(() => last.seal())), "the words are of the revision");
        equal(last.revision, Number.MAX_SAFE_INTEGER);
      }
      equal(opened.keyset.cipher().decrypt(file.keyset.cipher().encrypt("x")), "x");
    },
  },
  {
    claim: "a file older than one that was seen is refused with `rollback`, the same one opens",
    async run(lib) {
      const { file, raw } = await rawFile(lib);
      const [first, second] = [file.seal(), file.seal()];
      const { KeysetFile } = lib.sealed;
      await refusedLater(lib, KeysetFile.open(first, { raw }, { minRevision: 2 }), "rollback");
      equal((await KeysetFile.open(second, { raw }, { minRevision: 2 })).revision, 2);
      for (const minRevision of [-1, 0.5, "2"]) {
        const options = { minRevision: minRevision as number };
        await refusedLater(lib, KeysetFile.open(second, { raw }, options), "bad-argument");
      }
    },
  },
  {
    claim:
      "reopening takes over a newer revision without the secret, and disposes of the keyset that was there",
    async run(lib) {
      const { file, raw } = await rawFile(lib);
      const other = await lib.sealed.KeysetFile.open(file.seal(), { raw });
      const former = other.keyset;
      const cipher = former.cipher();
      file.keyset.rotate();
      const fresh = other.reopen(file.seal());
      ok(fresh === other.keyset && fresh !== former, "the keyset is another one");
      equal([fresh.primaryKeyId, other.revision], [file.keyset.primaryKeyId, 2]);
      refused(lib, () => former.cipher(), "disposed");
      refused(lib, () => cipher.encrypt("x"), "disposed");
      equal(fresh.cipher().decrypt(file.keyset.cipher().encrypt("x")), "x");
    },
  },
  {
    claim: "reopening refuses an older revision, another file and other text, and changes nothing then",
    async run(lib) {
      const { file, raw } = await rawFile(lib);
      const [first, second] = [file.seal(), file.seal()];
      const opened = await lib.sealed.KeysetFile.open(second, { raw });
      const { keyset } = opened;
      refused(lib, () => opened.reopen(first), "rollback");
      const stranger = (await rawFile(lib)).file.seal();
      refused(lib, () => opened.reopen(stranger), "cannot-open");
      refused(lib, () => opened.reopen("blindtally-keyset 1\n"), "bad-keyset-file");
      ok(opened.keyset === keyset, "the keyset is the same");
      equal(keyset.cipher().decrypt(keyset.cipher().encrypt("x")), "x");
      equal(opened.revision, 2);
    },
  },
  {
    claim: "locking a file or its keyset locks both: nothing of either works, and it can be disposed of",
    async run(lib) {
      const locks = [
        (file: Awaited<ReturnType<typeof rawFile>>["file"]) => file.lock(),
        (file: Awaited<ReturnType<typeof rawFile>>["file"]) => file.keyset.lock(),
      ];
      for (const lock of locks) {
        const { file, raw } = await rawFile(lib);
        const text = file.seal();
        lock(file);
        ok(file.keyset.locked, "the keyset is locked");
        for (const act of [
          () => file.seal(),
          () => file.slots,
          () => file.revision,
          () => file.reopen(text),
          () => file.removeSlot("00000000"),
          () => file.keyset.cipher(),
        ]) {
          refused(lib, act, "locked");
        }
        await refusedLater(lib, file.addSlot({ raw }), "locked");
        file.dispose();
        refused(lib, () => file.seal(), "locked");
      }
    },
  },
  {
    claim: "a file that locks itself says so once, for the keyset of now alone",
    async run(lib) {
      const { file, raw } = await rawFile(lib);
      const reasons: string[] = [];
      const options = { lockAfterIdle: 60_000, onLock: (reason: string) => void reasons.push(reason) };
      const opened = await lib.sealed.KeysetFile.open(file.seal(), { raw }, options);
      ok(opened.keyset.locksAt !== undefined, "the keyset locks itself");
      const former = opened.keyset;
      const fresh = opened.reopen(file.seal());
      ok(fresh.locksAt !== undefined, "so does the one after it");
      former.lock();
      equal([opened.revision, opened.keyset.locked], [2, false]);
      opened.lock();
      opened.lock();
      await Promise.resolve();
      equal(reasons, ["asked"]);
      refused(lib, () => opened.seal(), "locked");
    },
  },
  {
    claim: "scopes taken before a reopening lock with the file and by its idle time, and their use counts",
    async run(lib) {
      for (const how of ["asked", "idle", "late"] as const) {
        const { file, raw } = await rawFile(lib);
        const clock = new TestClock();
        const options = clock.options({ lockAfterIdle: MINUTE, lockOnPageHide: false });
        const opened = await lib.sealed.KeysetFile.open(file.seal(), { raw }, options);
        const scope = opened.keyset.scope("acme");
        const [cipher, below] = [scope.cipher(), scope.scope().cipher()];
        opened.reopen(file.seal());
        opened.reopen(file.seal());
        clock.pass(MINUTE - 1);
        equal(cipher.decrypt(below.encrypt("n")), "n");
        clock.pass(MINUTE - 1);
        equal([opened.keyset.locked, scope.locksAt], [false, opened.keyset.locksAt]);
        if (how === "asked") opened.lock();
        else if (how === "idle") clock.pass(1);
        else clock.hold(1);
        for (const one of [cipher, below]) refused(lib, () => one.encrypt("n"), "locked");
        equal([scope.locked, opened.keyset.locked, clock.timers], [true, true, 0]);
        refused(lib, () => opened.seal(), "locked");
      }
    },
  },
  {
    claim: "the keyset after a reopening locks itself as was asked for last, however the file came to be",
    async run(lib) {
      const clock = new TestClock();
      const { file, raw } = await rawFile(lib);
      const text = file.seal();
      const opened = await lib.sealed.KeysetFile.open(
        text,
        { raw },
        { lockAfterIdle: false, lockOnPageHide: false },
      );
      equal(opened.reopen(text).locksAt, undefined);
      for (const one of [file, opened]) {
        one.keyset.autoLock(clock.options({ lockAfterIdle: MINUTE, lockOnPageHide: false }));
        for (let time = 0; time < 2; time += 1)
          equal(one.reopen(text).locksAt?.getTime(), clock.now + MINUTE);
      }
      equal(clock.timers, 2, "one for each file");
      clock.pass(MINUTE);
      equal([file.keyset.locked, opened.keyset.locked, clock.timers], [true, true, 0]);
    },
  },
  {
    claim: "a sealed scope still locks with the keyset it was taken from after a reopening",
    async run(lib) {
      const whole = lib.main.Keyset.generate();
      const file = await lib.sealed.KeysetFile.create(whole.scope("acme"));
      await file.addSlot({ raw: crypto.getRandomValues(new Uint8Array(32)) });
      const scope = file.reopen(file.seal());
      whole.lock();
      equal(scope.locked, true);
      refused(lib, () => file.seal(), "locked");
    },
  },
  {
    claim: "when a file is disposed of no timer is left, unless a scope that was taken from it needs one",
    async run(lib) {
      const { file } = await rawFile(lib);
      const clock = new TestClock();
      file.keyset.autoLock(clock.options({ lockAfterIdle: MINUTE, lockOnPageHide: false }));
      const scope = file.reopen(file.seal()).scope();
      file.dispose();
      equal([clock.timers, scope.locksAt?.getTime()], [1, clock.now + MINUTE]);
      scope.dispose();
      equal(clock.timers, 0);
    },
  },
  {
    claim: "wrong options of locking are refused before a passkey is asked for or a passphrase is tried",
    async run(lib) {
      const { file } = await rawFile(lib);
      let asked = 0;
      const passkey = somePasskey((bytes) => {
        asked += 1;
        return bytes;
      });
      await file.addSlot({ passkey });
      await file.addSlot({ passphrase: "correct horse", cost: FLOOR });
      const text = file.seal();
      for (const options of [{ lockAfterIdle: -1 }, { lockOnPageHide: 1 }, { onLock: "f" }] as never[]) {
        for (const secret of [{ passkey }, { passphrase: "not the one" }])
          await refusedLater(lib, lib.sealed.KeysetFile.open(text, secret, options), "bad-argument");
      }
      equal(asked, 1, "when it was added");
    },
  },
  {
    claim: "disposing of a file disposes of its keyset, and may be done again",
    async run(lib) {
      const { file } = await rawFile(lib);
      const { keyset } = file;
      file.dispose();
      file.dispose();
      refused(lib, () => keyset.cipher(), "disposed");
      refused(lib, () => file.seal(), "disposed");
      refused(lib, () => file.slots, "disposed");
    },
  },
  {
    claim: "a keyset that was disposed of or locked gets no file, and what is none neither",
    async run(lib) {
      const { KeysetFile } = lib.sealed;
      const disposed = lib.main.Keyset.generate();
      disposed.dispose();
      await refusedLater(lib, KeysetFile.create(disposed), "disposed");
      const locked = lib.main.Keyset.generate();
      locked.lock();
      await refusedLater(lib, KeysetFile.create(locked), "locked");
      await refusedLater(lib, KeysetFile.create({} as never), "bad-argument");
    },
  },
  {
    claim: "what is no text is no sealed file, and what is no secret is a wrong argument",
    async run(lib) {
      const { KeysetFile } = lib.sealed;
      const { file, raw } = await rawFile(lib);
      for (const text of [undefined, 1, {}, null, "é", "x".repeat(262_145), "\ud800"]) {
        await refusedLater(lib, KeysetFile.open(text as string, { raw }), "bad-keyset-file");
        await refusedLater(lib, KeysetFile.inspect(text as string), "bad-keyset-file");
      }
      const text = file.seal();
      for (const secret of [undefined, null, {}, "x", { raw, passphrase: "x" }, { shares: "x" }]) {
        await refusedLater(lib, KeysetFile.open(text, secret as never), "bad-argument");
      }
    },
  },
  {
    claim: "a CR LF in the place of a line's end is no sealed file: nothing is mended silently",
    async run(lib) {
      const { file, raw } = await rawFile(lib);
      const text = file.seal().replaceAll("\n", "\r\n");
      await refusedLater(lib, lib.sealed.KeysetFile.open(text, { raw }), "bad-keyset-file");
    },
  },
];

function messageOf(act: () => unknown): string {
  try {
    act();
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}
