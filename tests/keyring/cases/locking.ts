// Locking: on demand, after idle time, when the page is left, and what is left of everything then.

import { Keyset } from "blindtally";
import type { Keyring, LockOptions, LockReason } from "blindtally/keyring";
import type { Passkey } from "blindtally/passkey";
import { equal, ok } from "../../suite/check.js";
import { type Claim, COST, ownPasskey, rejects, sampleKeyset, throws, withKeyring } from "./bench.js";

/** A clock that is set by hand. `LockOptions` takes one, though its type does not say so to users. */
function handClock() {
  let now = 0;
  let timer: { call: () => void; at: number } | undefined;
  const clock = {
    now: () => now,
    monotonic: () => now,
    setTimer(call: () => void, ms: number) {
      const set = { call, at: now + ms };
      timer = set;
      return () => {
        if (timer === set) timer = undefined;
      };
    },
  };
  const pass = (ms: number, timersRun = true) => {
    now += ms;
    if (!timersRun || !timer || timer.at > now) return;
    const due = timer;
    timer = undefined;
    due.call();
  };
  return { options: { clock } as LockOptions, pass, timers: () => (timer ? 1 : 0) };
}

const DEADLINE_MS = 10_000;

/** Fails where what should come does not come, so that the other cases still run. */
function soon<T>(promised: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("it did not come")), DEADLINE_MS);
    promised.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Unlocks a new entry and notes why it was locked. */
async function unlockedWith(keyring: Keyring, options: LockOptions) {
  const passkey = ownPasskey();
  const reasons: LockReason[] = [];
  await keyring.store("staff", sampleKeyset().keyset, { unlock: [{ passkey }] });
  const onLock = (reason: LockReason) => void reasons.push(reason);
  const keys = await keyring.unlock("staff", { passkey }, { onLock, ...options });
  return { keys, reasons, passkey };
}

export const lockingCases: Claim[] = [
  {
    claim:
      "after lock() everything that came from unlocked keys is locked, onLock was called once, and unlocking works again",
    run: () =>
      withKeyring(async (keyring) => {
        const { keys, reasons, passkey } = await unlockedWith(keyring, {});
        const scope = await keys.scope();
        const other = await keys.scope(["acme", "event"]);
        const events = scope.cipher();
        const token = events.encrypt("medication.missed");
        const pending = keys.scope("late");
        keys.lock();
        await rejects(pending, "locked");
        await rejects(keys.scope(), "locked");
        for (const keyset of [scope, other]) {
          ok(keyset.locked, "the scope is locked");
          await throws(() => keyset.cipher(), "locked");
        }
        await throws(() => events.encrypt("name"), "locked");
        await throws(() => events.decrypt(token), "locked");
        keys.lock();
        equal([keys.locked, reasons], [true, ["asked"]]);
        equal(keys.keys.length, 5, "what the keys are may still be told");

        const again = await keyring.unlock("staff", { passkey });
        equal((await again.scope()).cipher().decrypt(token), "medication.missed");
        again.dispose();
        await rejects(again.scope(), "disposed");
        again.lock();
        equal(again.locked, false, "what is disposed is not locked any more");
      }),
  },
  {
    claim:
      "keys lock after 5 minutes without use, a use of any scope counts, and a timer that comes late is not waited for",
    run: () =>
      withKeyring(async (keyring) => {
        const { options, pass } = handClock();
        const { keys, reasons } = await unlockedWith(keyring, options);
        const scope = await keys.scope();
        const cipher = scope.cipher("event", { cacheSize: 0 });
        for (let times = 0; times < 3; times += 1) {
          pass(299_999);
          cipher.encrypt("name");
        }
        equal(reasons, []);
        equal(keys.locksAt?.getTime(), 3 * 299_999 + 300_000);
        pass(300_000, false);
        await throws(() => cipher.encrypt("name"), "locked");
        equal([keys.locked, scope.locked, reasons], [true, true, ["idle"]]);
      }),
  },
  {
    claim: "a timer locks keys that nobody touches; lockAfterIdle sets the time, and false turns it off",
    run: () =>
      withKeyring(async (keyring) => {
        const short = handClock();
        const { keys, reasons } = await unlockedWith(keyring, { ...short.options, lockAfterIdle: 1_000 });
        short.pass(999);
        equal([keys.locked, reasons], [false, []]);
        short.pass(1);
        equal([keys.locked, reasons], [true, ["idle"]]);

        const never = handClock();
        const other = await unlockedWith(keyring, { ...never.options, lockAfterIdle: false });
        never.pass(1e12);
        equal([other.keys.locked, other.keys.locksAt], [false, undefined]);
        other.keys.dispose();
        await keyring.store("device", Keyset.generate(), { protection: "device" });
        await rejects(keyring.unlock("device", undefined, { lockAfterIdle: -1 }), "bad-argument");
      }),
  },
  {
    claim: "wrong options are refused before a passkey is asked for or a passphrase is tried",
    run: () =>
      withKeyring(async (keyring) => {
        const passkey = ownPasskey();
        const unlock = [{ passkey }, { passphrase: "correct horse", cost: COST }];
        await keyring.store("staff", sampleKeyset().keyset, { unlock });
        let asked = 0;
        const counted: Passkey = {
          ...passkey,
          evaluate(requests) {
            asked += 1;
            return passkey.evaluate(requests);
          },
        };
        for (const options of [{ lockAfterIdle: 0 }, { lockOnPageHide: 1 }, { onLock: "f" }] as never[]) {
          await rejects(keyring.unlock("staff", { passkey: counted }, options), "bad-argument");
          await rejects(keyring.unlock("staff", { passphrase: "not the one" }, options), "bad-argument");
        }
        equal(asked, 0);
        (await keyring.unlock("staff", { passkey: counted })).dispose();
        equal(asked, 1);
      }),
  },
  {
    claim:
      "dispose() ends every scope, the scopes of scopes, and those whose parent is gone, and no timer is left",
    run: () =>
      withKeyring(async (keyring) => {
        const { options, timers } = handClock();
        const { keys, reasons } = await unlockedWith(keyring, options);
        const scope = await keys.scope();
        const [below, orphan] = [scope.scope(), (await keys.scope("acme")).scope()];
        const deeper = below.scope().cipher();
        const gone = await keys.scope("acme");
        const left = gone.scope();
        gone.dispose();
        equal(left.locked, false);
        equal(timers(), 1);
        keys.dispose();
        for (const keyset of [scope, below, orphan, gone, left])
          await throws(() => keyset.cipher(), "disposed");
        await throws(() => deeper.encrypt("name"), "disposed");
        equal([reasons, timers()], [[], 0]);
      }),
  },
  {
    claim:
      "lock() reaches the other tabs also where the keys are locked already, and dispose() leaves them alone",
    run: () =>
      withKeyring(async (keyring, database) => {
        const { keys, passkey } = await unlockedWith(keyring, {});
        const open = async () => {
          let lockedNow = (_: LockReason) => {};
          const locked = new Promise<LockReason>((resolve) => {
            lockedNow = resolve;
          });
          return { keys: await keyring.unlock("staff", { passkey }, { onLock: lockedNow }), locked };
        };
        // Each has a channel of its own, as in a tab of its own.
        const first = await open();
        keys.lock();
        equal(await soon(first.locked), "asked");
        const second = await open();
        equal([keys.locked, second.keys.locked], [true, false]);
        keys.lock();
        equal(await soon(second.locked), "asked");

        const heard: unknown[] = [];
        const [ear, mouth] = [new BroadcastChannel(database), new BroadcastChannel(database)];
        const end = new Promise<void>((resolve) => {
          ear.onmessage = ({ data }) => {
            heard.push(data);
            if (data === "end") resolve();
          };
        });
        keys.dispose();
        keys.lock();
        mouth.postMessage("end");
        await end;
        equal(heard, ["end"]);
        for (const channel of [ear, mouth]) channel.close();
      }),
  },
  {
    claim: "keys lock when the page is left, unless lockOnPageHide is false; dispose() calls nothing",
    run: () =>
      withKeyring(async (keyring) => {
        const first = await unlockedWith(keyring, {});
        const kept = await unlockedWith(keyring, { lockOnPageHide: false });
        const disposed = await unlockedWith(keyring, {});
        const scope = await disposed.keys.scope();
        disposed.keys.dispose();
        await throws(() => scope.cipher(), "disposed");
        window.dispatchEvent(new PageTransitionEvent("pagehide"));
        equal([first.keys.locked, first.reasons], [true, ["page-hidden"]]);
        equal([kept.keys.locked, kept.reasons, disposed.reasons], [false, [], []]);
        kept.keys.dispose();
      }),
  },
];
