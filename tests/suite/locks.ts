// Locking: on demand, after a time without use, when the page is left. Time passes when it is told to.

import { type Case, equal, firstRoot, type Lib, ok, refused, refusedLater } from "./check.js";
import { lockingAfter, TestClock } from "./clock.js";
import { rowsOf, withWorker } from "./worker-sources.js";

type Keyset = import("blindtally").Keyset;
type LockReason = import("blindtally").LockReason;

const MINUTE = 60_000;

export const lockCases: Case[] = [
  {
    claim:
      "after lock() everything of the keyset, its ciphers and its scopes is locked, and dispose is harmless",
    async run(lib) {
      const keyset = lib.main.Keyset.generate();
      const scope = keyset.scope("acme");
      const ciphers = [keyset.cipher(), scope.cipher(), scope.scope().cipher()];
      const tokens = ciphers.map((cipher) => cipher.encrypt("remembered"));
      equal([keyset.locked, scope.locked], [false, false]);
      keyset.lock();
      keyset.lock();
      for (let time = 0; time < 2; time += 1) {
        equal([keyset.locked, scope.locked, scope.context], [true, true, ["acme"]]);
        ciphers.forEach((cipher, index) => {
          lockedCipher(lib, cipher, tokens[index] as string);
        });
        lockedKeyset(lib, keyset);
        lockedKeyset(lib, scope);
        for (const each of [keyset, scope, ...ciphers]) each.dispose();
      }
    },
  },
  {
    claim: "locking a scope or disposing of one leaves its keyset and other scopes alone",
    run(lib) {
      const keyset = lib.main.Keyset.generate();
      const [one, other] = [keyset.scope(), keyset.scope()];
      one.lock();
      other.dispose();
      refused(lib, () => one.cipher(), "locked");
      refused(lib, () => other.cipher(), "disposed");
      const third = keyset.scope().cipher();
      equal(keyset.cipher().decrypt(third.encrypt("n")), "n");
      keyset.dispose();
      equal(third.decrypt(third.encrypt("n")), "n", "disposing of a keyset leaves its scopes");
    },
  },
  {
    claim: "a keyset locks when it was not used for the time it was given, and every use counts anew",
    run(lib) {
      const uses: ((keyset: Keyset, lib: Lib) => unknown)[] = [
        (keyset) => keyset.cipher().encrypt("n"),
        (keyset) => keyset.cipher().decrypt(keyset.cipher().encrypt("n")),
        (keyset) => keyset.cipher().encryptAll([]),
        (keyset) => keyset.cipher().decryptResults({}),
        (keyset) => keyset.cipher().tokensFor("n"),
        (keyset) => keyset.cipher().rewrapAll([]),
        (keyset) => keyset.generateKey(),
        (keyset) => keyset.rotateIfDue(),
        (keyset) => keyset.scope(),
        (keyset) => lib.hazard.exportKeyset(keyset).fill(0),
      ];
      for (const use of uses) {
        const { keyset, clock, reasons } = lockingAfter(lib, 5 * MINUTE);
        for (let time = 0; time < 3; time += 1) {
          clock.pass(5 * MINUTE - 1);
          use(keyset, lib);
          equal(keyset.locked, false);
        }
        clock.pass(5 * MINUTE - 1);
        equal([keyset.locked, reasons], [false, []]);
        clock.pass(1);
        equal([keyset.locked, reasons, clock.timers], [true, ["idle"], 0]);
        refused(lib, () => use(keyset, lib), "locked");
      }
    },
  },
  {
    claim:
      "a use of a cipher that was there before, or of a scope, is a use of the keyset; looking at it is none",
    run(lib) {
      const { keyset, clock } = lockingAfter(lib, MINUTE);
      const cipher = keyset.cipher();
      const scoped = keyset.scope("acme").scope().cipher();
      for (const one of [cipher, scoped]) {
        clock.pass(MINUTE - 1);
        one.encrypt("remembered");
        clock.pass(MINUTE - 1);
        one.encrypt("remembered");
      }
      equal(keyset.locksAt?.getTime(), clock.now + MINUTE);
      const scope = keyset.scope();
      equal(scope.locksAt, keyset.locksAt, "a scope locks with its keyset");
      scope.autoLock(clock.options({ lockAfterIdle: MINUTE / 2, lockOnPageHide: false }));
      equal(scope.locksAt?.getTime(), clock.now + MINUTE / 2, "or before it");
      scope.dispose();
      equal(scope.locksAt, undefined);
      clock.pass(MINUTE - 1);
      const seen = [keyset.keys.length, keyset.primaryKeyId.length, keyset.rotateAfterDays, keyset.locked];
      equal([...seen, JSON.stringify(keyset).length > 10], [1, 8, undefined, false, true]);
      equal(keyset.locksAt?.getTime(), clock.now + 1);
      clock.pass(1);
      equal([keyset.locked, keyset.locksAt], [true, undefined]);
      for (const one of [cipher, scoped]) refused(lib, () => one.encrypt("remembered"), "locked");
    },
  },
  {
    claim:
      "a use that comes too late locks instead of working, though no timer came: they were held back, or the machine slept",
    run(lib) {
      for (const late of ["hold", "sleep"] as const) {
        for (const use of ["cipher", "scope", "keyset", "locked", "keys"] as const) {
          const { keyset, clock, reasons } = lockingAfter(lib, MINUTE);
          const [cipher, scoped] = [keyset.cipher(), keyset.scope().cipher()];
          const token = cipher.encrypt("remembered");
          equal(scoped.encrypt("remembered"), token);
          clock[late](MINUTE - 1);
          equal(cipher.encrypt("remembered"), token);
          clock[late](MINUTE);
          if (use === "cipher") refused(lib, () => cipher.encrypt("remembered"), "locked");
          if (use === "scope") refused(lib, () => scoped.decrypt(token), "locked");
          if (use === "keyset") refused(lib, () => keyset.rotate(), "locked");
          if (use === "locked") equal(keyset.locked, true);
          if (use === "keys") refused(lib, () => keyset.keys, "locked");
          equal([reasons, clock.timers], [["idle"], 0]);
          clock.pass(10 * MINUTE);
          equal(reasons, ["idle"], "once");
        }
      }
    },
  },
  {
    claim: "a time of day that is set back gives no more time, and one that is set on locks",
    run(lib) {
      const back = lockingAfter(lib, MINUTE);
      const cipher = back.keyset.cipher();
      cipher.encrypt("n");
      back.clock.set(-24 * 60 * MINUTE);
      back.clock.hold(MINUTE - 1);
      cipher.encrypt("n");
      back.clock.set(-24 * 60 * MINUTE);
      back.clock.hold(MINUTE);
      refused(lib, () => cipher.encrypt("n"), "locked");

      const byTimer = lockingAfter(lib, MINUTE);
      byTimer.clock.set(-24 * 60 * MINUTE);
      byTimer.clock.pass(MINUTE);
      equal(byTimer.reasons, ["idle"]);

      const on = lockingAfter(lib, MINUTE);
      on.clock.set(MINUTE);
      equal([on.keyset.locked, on.reasons], [true, ["idle"]]);
    },
  },
  {
    claim: "times longer than a timer can be set to are kept",
    run(lib) {
      const days = 40 * 24 * 60 * MINUTE;
      const { keyset, clock } = lockingAfter(lib, days);
      clock.pass(days - 1);
      equal([keyset.locked, clock.timers], [false, 1]);
      clock.pass(1);
      equal([keyset.locked, clock.timersSoFar], [true, 2], "a second one for the rest");
    },
  },
  {
    claim: "onLock is called once, when everything is wiped, and what it throws breaks nothing",
    async run(lib) {
      const calls: LockReason[] = [];
      const clock = new TestClock();
      const keyset = lib.main.Keyset.generate();
      const cipher = keyset.cipher();
      const scope = keyset.scope();
      const token = cipher.encrypt("n");
      const onLock = (reason: LockReason) => {
        lockedCipher(lib, cipher, token);
        lockedKeyset(lib, keyset);
        lockedKeyset(lib, scope);
        keyset.lock();
        keyset.dispose();
        // Last: what is thrown here is not seen.
        calls.push(reason);
      };
      scope.autoLock(clock.options({ lockAfterIdle: false, onLock }));
      keyset.autoLock(
        clock.options({
          lockAfterIdle: MINUTE,
          onLock: (reason) => {
            onLock(reason);
            throw new Error("of the caller");
          },
        }),
      );
      keyset.lock();
      clock.pass(10 * MINUTE);
      equal(calls, ["asked", "asked"], "that of the scope, and that of the keyset");

      const other = lib.main.Keyset.generate();
      other.autoLock({ onLock: () => Promise.reject(new Error("later")) });
      other.lock();
      refused(lib, () => other.cipher(), "locked");
    },
  },
  {
    claim: "autoLock() replaces what was asked for before, and without it nothing locks",
    run(lib) {
      const { keyset, clock, reasons } = lockingAfter(lib, MINUTE);
      const later: LockReason[] = [];
      clock.pass(MINUTE - 1);
      keyset.autoLock(clock.options({ lockAfterIdle: 2 * MINUTE, onLock: (reason) => later.push(reason) }));
      equal(clock.timers, 1);
      clock.pass(2 * MINUTE - 1);
      equal(keyset.locked, false);
      keyset.autoLock(clock.options({ lockAfterIdle: false, onLock: (reason) => later.push(reason) }));
      clock.pass(60 * MINUTE);
      equal([keyset.locked, keyset.locksAt, clock.timers], [false, undefined, 0]);
      keyset.lock();
      equal([reasons, later], [[], ["asked"]]);
      refused(lib, () => keyset.autoLock({}), "locked");
      equal(lib.main.Keyset.generate().locksAt, undefined);
    },
  },
  {
    claim: "dispose() ends the watch: no timer is left and onLock is not called",
    run(lib) {
      const { keyset, clock, reasons } = lockingAfter(lib, MINUTE);
      keyset.cipher();
      keyset.dispose();
      equal(clock.timers, 0);
      clock.pass(10 * MINUTE);
      equal([reasons, keyset.locked, keyset.locksAt], [[], false, undefined]);
    },
  },
  {
    claim: "in a page five minutes and pagehide are the default, and elsewhere neither is",
    run(lib) {
      const inPage = "document" in globalThis;
      const clock = new TestClock();
      const reasons: LockReason[] = [];
      const make = (options: object) => {
        const keyset = lib.main.Keyset.generate();
        keyset.autoLock(clock.options({ onLock: (reason: LockReason) => reasons.push(reason), ...options }));
        return keyset;
      };
      const idle = make({});
      clock.pass(5 * MINUTE - 1);
      equal(idle.locked, false);
      clock.pass(1);
      equal([idle.locked, reasons], inPage ? [true, ["idle"]] : [false, []]);
      reasons.length = 0;

      const [hidden, kept, disposed] = [make({}), make({ lockOnPageHide: false }), make({})];
      disposed.dispose();
      if (inPage) for (let time = 0; time < 2; time += 1) globalThis.dispatchEvent(new Event("pagehide"));
      equal(
        [hidden.locked, kept.locked, reasons],
        inPage ? [true, false, ["page-hidden"]] : [false, false, []],
      );
      make({ lockOnPageHide: true }).lock();
      equal(reasons.at(-1), "asked", "where there is no page, nothing is missing");
    },
  },
  {
    claim: "options that are none are refused, and what was asked for before stays",
    run(lib) {
      const { keyset, clock } = lockingAfter(lib, MINUTE);
      for (const options of [
        ...[0, -1, NaN, Infinity, "1000", true, null, {}].map((lockAfterIdle) => ({ lockAfterIdle })),
        ...[1, "true", null].map((lockOnPageHide) => ({ lockOnPageHide })),
        ...[1, "f", null, {}].map((onLock) => ({ onLock })),
      ]) {
        refused(lib, () => keyset.autoLock(options as never), "bad-argument");
      }
      for (const options of [null, undefined, 1, "text"] as never[])
        lib.main.Keyset.generate().autoLock(options);
      clock.pass(MINUTE);
      equal(keyset.locked, true);
    },
  },
  {
    claim: "a worker's call rejects with locked once its keyset locks, later ones too, and others go on",
    run: (lib) =>
      withWorker(async (worker) => {
        const other = lib.hazard.importRootKey(firstRoot()).cipher();
        const { keyset, clock, reasons } = lockingAfter(lib, MINUTE);
        const cipher = keyset.cipher();
        const rows = rowsOf(cipher, 5_000);
        const beside = worker.decryptResults(other, rowsOf(other, 5_000));
        const onProgress = () => clock.pass(MINUTE);
        await refusedLater(lib, worker.decryptResults(cipher, rows, { onProgress }), "locked");
        await refusedLater(lib, worker.decryptResults(cipher, {}), "locked");
        equal([(await beside).counts.size, reasons], [5_000, ["idle"]]);

        const asked = lib.main.Keyset.generate();
        const source = asked.cipher();
        const endless = async function* () {
          yield* rowsOf(source, 3_000);
          asked.lock();
          await new Promise(() => {});
        };
        await refusedLater(lib, worker.decryptResults(source, endless()), "locked");
      }),
  },
  {
    claim: "a worker's call keeps its keyset awake as long as rows come",
    run: (lib) =>
      withWorker(async (worker) => {
        const { keyset, clock } = lockingAfter(lib, MINUTE);
        const cipher = keyset.cipher();
        let calls = 0;
        const onProgress = () => {
          calls += 1;
          clock.hold(MINUTE - 1);
        };
        const { counts } = await worker.decryptResults(cipher, rowsOf(cipher, 8_000), { onProgress });
        ok(calls > 3, "more than a minute has passed");
        equal([counts.size, keyset.locked], [8_000, false]);
      }),
  },
  {
    claim: "rows that come one by one are refused with locked once the keyset locks between them",
    async run(lib) {
      const { keyset } = lockingAfter(lib, MINUTE);
      const cipher = keyset.cipher();
      const rows = rowsOf(cipher, 3);
      const source = async function* () {
        yield* rows;
        keyset.lock();
      };
      await refusedLater(lib, cipher.decryptResults(source()), "locked");
      const names = function* () {
        yield "a";
        other.lock();
        yield "b";
      };
      const other = lib.main.Keyset.generate();
      const batch = other.cipher();
      refused(lib, () => batch.encryptAll(names()), "locked");
    },
  },
];

function lockedCipher(lib: Lib, cipher: ReturnType<Keyset["cipher"]>, token: string): void {
  for (const use of [
    () => cipher.encrypt("remembered"),
    () => cipher.encrypt("n"),
    () => cipher.decrypt(token),
    () => cipher.encryptAll([]),
    () => cipher.decryptAll([token]),
    () => cipher.decryptResults({ [token]: 1 }),
    () => cipher.tokensFor("n"),
    () => cipher.rewrapAll([]),
  ]) {
    refused(lib, use, "locked");
  }
}

function lockedKeyset(lib: Lib, keyset: Keyset): void {
  for (const use of [
    () => keyset.keys,
    () => keyset.primaryKeyId,
    () => keyset.rotateAfterDays,
    () => {
      keyset.rotateAfterDays = 1;
    },
    () => keyset.cipher(),
    () => keyset.scope(),
    () => keyset.generateKey(),
    () => keyset.promote("00000000"),
    () => keyset.destroy("00000000"),
    () => keyset.rotate(),
    () => keyset.rotateIfDue(),
    () => keyset.autoLock({}),
    () => lib.hazard.exportRootKeys(keyset),
    () => lib.hazard.exportKeyset(keyset),
    () => lib.hazard.exportKeysetText(keyset),
    () => lib.hazard.importRootKey(firstRoot(), keyset),
    () => lib.main.createClient({ endpoint: "https://example.com", keyset }),
  ]) {
    refused(lib, use, "locked");
  }
}
