// Locking and scopes that outlive what they were taken from, or are gone before it.

import { type Case, equal, refused } from "./check.js";
import { lockingAfter } from "./clock.js";

type LockReason = import("blindtally").LockReason;

const MINUTE = 60_000;

export const lockScopeCases: Case[] = [
  {
    claim: "scopes of a keyset that was disposed of lock when it would have, and say so once",
    run(lib) {
      const { keyset, clock, reasons } = lockingAfter(lib, MINUTE);
      const scope = keyset.scope("acme");
      const cipher = scope.scope().cipher();
      clock.pass(MINUTE / 2);
      keyset.dispose();
      equal(clock.timers, 1);
      equal(scope.locksAt?.getTime(), clock.now + MINUTE / 2, "disposing is no use");
      clock.pass(MINUTE / 2 - 1);
      cipher.encrypt("n");
      clock.pass(MINUTE - 1);
      equal([scope.locked, reasons], [false, []]);
      clock.pass(1);
      equal([keyset.locked, scope.locked, reasons, clock.timers], [false, true, ["idle"], 0]);
      refused(lib, () => cipher.encrypt("n"), "locked");
      refused(lib, () => keyset.cipher(), "disposed");
    },
  },
  {
    claim: "a use of such a scope that comes too late locks instead of working, though no timer came",
    run(lib) {
      const { keyset, clock, reasons } = lockingAfter(lib, MINUTE);
      const cipher = keyset.scope().cipher();
      cipher.encrypt("remembered");
      keyset.dispose();
      clock.hold(MINUTE);
      refused(lib, () => cipher.encrypt("remembered"), "locked");
      equal([reasons, clock.timers], [["idle"], 0]);
    },
  },
  {
    claim: "the watch over the scopes of a disposed keyset ends with the last of them",
    run(lib) {
      for (const end of ["dispose", "lock"] as const) {
        const { keyset, clock, reasons } = lockingAfter(lib, MINUTE);
        const scopes = [keyset.scope(), keyset.scope()];
        const below = scopes[0]?.scope();
        keyset.dispose();
        for (const scope of scopes) scope.dispose();
        equal([clock.timers, below?.locksAt?.getTime()], [1, clock.now + MINUTE], "one is left below");
        below?.[end]();
        if (end === "dispose") equal(clock.timers, 0);
        clock.pass(10 * MINUTE);
        equal([reasons, clock.timers], [[], 0]);
      }
    },
  },
  {
    claim: "lock() of a keyset that was disposed of locks its scopes",
    run(lib) {
      const { keyset, reasons, clock } = lockingAfter(lib, MINUTE);
      const scope = keyset.scope();
      keyset.dispose();
      keyset.lock();
      keyset.lock();
      equal([scope.locked, keyset.locked, reasons, clock.timers], [true, false, ["asked"], 0]);
    },
  },
  {
    claim: "of a keyset that was disposed of in a page, scopes lock when the page is left",
    run(lib) {
      const inPage = "document" in globalThis;
      const reasons: LockReason[] = [];
      const keyset = lib.main.Keyset.generate();
      keyset.autoLock({ lockAfterIdle: false, onLock: (reason) => reasons.push(reason) });
      const scope = keyset.scope();
      keyset.dispose();
      if (inPage) globalThis.dispatchEvent(new Event("pagehide"));
      equal([scope.locked, reasons], inPage ? [true, ["page-hidden"]] : [false, []]);
    },
  },
  {
    claim: "a scope of a scope that was disposed of locks with the keyset, and its use is one of the keyset",
    run(lib) {
      const { keyset, clock } = lockingAfter(lib, MINUTE);
      const scope = keyset.scope();
      const below = scope.scope();
      scope.dispose();
      clock.pass(MINUTE - 1);
      below.cipher();
      equal(
        [keyset, below].map(({ locksAt }) => locksAt?.getTime()),
        [clock.now + MINUTE, clock.now + MINUTE],
      );
      keyset.lock();
      refused(lib, () => below.cipher(), "locked");
    },
  },
  {
    claim: "a call on a scope that is disposed of or locked is refused, and is no use of its keyset",
    run(lib) {
      for (const end of ["dispose", "lock", "late"] as const) {
        const { keyset, clock } = lockingAfter(lib, MINUTE);
        const scope = keyset.scope();
        const cipher = scope.cipher();
        if (end === "late") scope.autoLock(clock.options({ lockAfterIdle: 1, lockOnPageHide: false }));
        else scope[end]();
        clock.hold(MINUTE - 1);
        for (const use of [() => scope.cipher(), () => cipher.encrypt("n"), () => scope.rotate()])
          refused(lib, use, end === "dispose" ? "disposed" : "locked");
        equal(keyset.locksAt?.getTime(), clock.now + 1);
        clock.pass(1);
        equal(keyset.locked, true);
      }
    },
  },
];
