// The life of a key: made, primary, replaced, disabled, destroyed; and counts that stay right all the while.

import { type Case, equal, firstRoot, ok, refused, unreadableRow } from "./check.js";
import { withWorker } from "./worker-sources.js";

type Keyset = import("blindtally").Keyset;

const DAY_MS = 86_400_000;
const NOW = 1_700_000_000_000;

export const lifecycleCases: Case[] = [
  {
    claim: "rotate() adds a key and makes it the primary one; the former stays enabled",
    run(lib) {
      const keyset = lib.main.Keyset.generate();
      const cipher = keyset.cipher();
      const former = keyset.primaryKeyId;
      const old = cipher.encrypt("n");
      const fresh = keyset.rotate();
      equal(keyset.primaryKeyId, fresh);
      equal(statuses(keyset), [
        [fresh, "enabled"],
        [former, "enabled"],
      ]);
      ok(cipher.encrypt("n") !== old, "a new token, though the old one was remembered");
      equal(cipher.decryptAll([old, cipher.encrypt("n")]), ["n", "n"]);
    },
  },
  {
    claim: "each key knows when it was made, to the second, by the clock it was given",
    run(lib) {
      const keyset = lib.main.Keyset.generate({ now: NOW + 999 });
      keyset.generateKey({ now: new Date(NOW + DAY_MS) });
      keyset.rotate(NOW + 2 * DAY_MS);
      const [primary, ...others] = created(keyset);
      equal([primary, others.sort()], [NOW + 2 * DAY_MS, [NOW, NOW + DAY_MS]]);
      const unknown = lib.hazard.importRootKey(firstRoot(), undefined, { now: 0 });
      lib.hazard.importRootKey(new Uint8Array(32).fill(1), unknown, { now: NOW });
      equal(created(unknown), [undefined, NOW]);
      const before = Date.now();
      const [key] = lib.main.Keyset.generate().keys;
      const made = key?.created?.getTime() ?? 0;
      ok(made > before - 1000 && made <= Date.now(), "without a clock, by that of the platform");
    },
  },
  {
    claim: "rotateIfDue() rotates from the day on that the policy names, and not a second before",
    run(lib) {
      const keyset = lib.main.Keyset.generate({ now: NOW, rotateAfterDays: 90 });
      const [first] = keyset.keys;
      equal(keyset.rotateAfterDays, 90);
      equal(keyset.rotateIfDue(NOW + 90 * DAY_MS - 1000), undefined);
      equal(keyset.rotateIfDue(NOW - DAY_MS), undefined, "a clock that is behind");
      equal(keyset.primaryKeyId, first?.id);
      const due = new Date(NOW + 90 * DAY_MS);
      const second = keyset.rotateIfDue(due);
      equal(keyset.primaryKeyId, second);
      equal(keyset.rotateIfDue(due), undefined, "once");
      equal(created(keyset), [due.getTime(), NOW]);
      equal(keyset.rotateIfDue(NOW + 180 * DAY_MS), keyset.primaryKeyId);
      equal(keyset.keys.length, 3);
    },
  },
  {
    claim: "without a policy nothing is ever due, and a primary key of unknown age is due at once",
    run(lib) {
      const keyset = lib.hazard.importRootKey(firstRoot(), undefined, { now: 0 });
      const cipher = keyset.cipher();
      const token = cipher.encrypt("n");
      equal(keyset.rotateAfterDays, undefined);
      equal(keyset.rotateIfDue(NOW), undefined);
      keyset.rotateAfterDays = 65_535;
      equal(keyset.rotateAfterDays, 65_535);
      equal(keyset.rotateIfDue(NOW), keyset.primaryKeyId);
      ok(cipher.encrypt("n") !== token, "ciphers follow");
      keyset.rotateAfterDays = undefined;
      equal([keyset.rotateAfterDays, keyset.rotateIfDue(NOW + 100_000 * DAY_MS)], [undefined, undefined]);
    },
  },
  {
    claim: "what is no number of days and what is no time is refused, and nothing changes",
    run(lib) {
      const keyset = lib.main.Keyset.generate({ now: NOW, rotateAfterDays: 7 });
      for (const days of [0, -1, 0.5, 65_536, NaN, Infinity, "7", null, {}, 7n] as never[]) {
        refused(
          lib,
          () => {
            keyset.rotateAfterDays = days;
          },
          "bad-argument",
        );
        refused(lib, () => lib.main.Keyset.generate({ rotateAfterDays: days }), "bad-argument");
      }
      const times = [NaN, Infinity, -1, 2 ** 40 * 1000, new Date(NaN), "2026-01-01", null, {}, 1n, () => 1];
      for (const now of times as never[]) {
        refused(lib, () => keyset.rotate(now), "bad-argument");
        refused(lib, () => keyset.rotateIfDue(now), "bad-argument");
        refused(lib, () => keyset.generateKey({ now }), "bad-argument");
        refused(lib, () => lib.main.Keyset.generate({ now }), "bad-argument");
        refused(lib, () => lib.hazard.importRootKey(firstRoot(), undefined, { now }), "bad-argument");
      }
      equal([keyset.keys.length, keyset.rotateAfterDays, created(keyset)], [1, 7, [NOW]]);
    },
  },
  {
    claim:
      "seconds in the place of milliseconds are refused: no time is before 2000, but 0 for one not known",
    run(lib) {
      const keyset = lib.main.Keyset.generate({ now: NOW, rotateAfterDays: 1 });
      const earliest = Date.UTC(2000, 0, 1);
      for (const now of [NOW / 1000, Date.now() / 1000, 1, 0.5, earliest - 1, new Date(NOW / 1000)]) {
        refused(lib, () => keyset.rotate(now), "bad-argument");
        refused(lib, () => keyset.rotateIfDue(now), "bad-argument");
        refused(lib, () => keyset.generateKey({ now }), "bad-argument");
        refused(lib, () => lib.main.Keyset.generate({ now }), "bad-argument");
      }
      equal(created(keyset), [NOW]);
      equal(created(lib.main.Keyset.generate({ now: new Date(0) })), [undefined]);
      equal(created(lib.main.Keyset.generate({ now: earliest })), [earliest]);
    },
  },
  {
    claim: "a destroyed key stays known by its id and does nothing else: nothing brings it back",
    run(lib) {
      const keyset = lib.hazard.importRootKey(firstRoot());
      const cipher = keyset.cipher();
      const former = keyset.primaryKeyId;
      const old = cipher.encrypt("n");
      refused(lib, () => keyset.destroy(former), "primary-key");
      const fresh = keyset.rotate();
      equal(cipher.decrypt(old), "n");
      keyset.destroy(former);
      equal(statuses(keyset), [
        [fresh, "enabled"],
        [former, "destroyed"],
      ]);
      refused(lib, () => cipher.decrypt(old), "destroyed-key");
      refused(lib, () => cipher.decryptAll([cipher.encrypt("n"), old]), "destroyed-key", 1);
      for (const change of ["promote", "disable", "enable"] as const)
        refused(lib, () => keyset[change](former), "destroyed-key");
      refused(lib, () => lib.hazard.importRootKey(firstRoot(), keyset), "duplicate-key");
      equal(
        lib.hazard.exportRootKeys(keyset).map(({ id }) => id),
        [fresh],
      );
      const disabled = keyset.generateKey();
      keyset.disable(disabled);
      keyset.destroy(disabled);
      equal(statuses(keyset).at(-1), [disabled, "destroyed"]);
    },
  },
  {
    claim:
      "counts under three keys add up exactly, here and in a worker, and a destroyed key's rows say whose",
    run: (lib) =>
      withWorker(async (worker) => {
        const keyset = lib.main.Keyset.generate();
        const cipher = keyset.cipher();
        const names = Array.from({ length: 700 }, (_, index) => `event-${index}`);
        const rows: [string, number][] = [];
        const ids: string[] = [];
        for (let time = 0; time < 3; time += 1) {
          if (time > 0) keyset.rotate();
          ids.push(keyset.primaryKeyId);
          cipher.encryptAll(names).forEach((token, index) => {
            rows.push([token, 1000 * time + index]);
          });
        }
        const totals = names.map((name, index) => [name, 3000 + 3 * index]);
        const whole = { counts: totals, unreadable: [] };
        equal(cipher.decryptResults(rows), whole);
        equal(await worker.decryptResults(cipher, rows), whole);

        keyset.destroy(ids[0] as string);
        keyset.disable(ids[1] as string);
        const unreadable = rows
          .slice(0, 1400)
          .map(([token, count], index) =>
            unreadableRow(token, count, index < 700 ? "destroyed-key" : "disabled-key"),
          );
        const rest = { counts: names.map((name, index) => [name, 2000 + index]), unreadable };
        const report = cipher.decryptResults(rows);
        equal(report, rest);
        equal(new Set(report.unreadable.map(({ keyId }) => keyId)), new Set(ids.slice(0, 2)));
        equal([report.unreadable[0]?.keyId, report.unreadable[1399]?.keyId], ids.slice(0, 2));
        equal(await worker.decryptResults(cipher, rows), rest);
      }),
  },
  {
    claim: "tokensFor() gives the token under each enabled key, the primary one's first",
    run(lib) {
      const keyset = lib.main.Keyset.generate();
      const cipher = keyset.cipher();
      const name = "médication.missed 💊";
      const tokens: string[] = [];
      for (let time = 0; time < 4; time += 1) {
        if (time > 0) keyset.rotate();
        tokens.push(cipher.encrypt(name));
      }
      const [destroyed, disabled, former, primary] = tokens as [string, string, string, string];
      equal(cipher.tokensFor(name)[0], primary);
      equal(new Set(cipher.tokensFor(name)), new Set([primary, destroyed, disabled, former]));
      const ids = keyset.keys.map(({ id }) => id);
      for (const id of ids.slice(1)) {
        keyset.disable(id);
        const live = cipher.tokensFor(name);
        equal(live.length, 3);
        equal(cipher.decryptAll(live), [name, name, name]);
        keyset.enable(id);
      }
      const idOf = (token: string) =>
        lib.main.Keyset.generate()
          .cipher()
          .decryptResults([[token, 1]]);
      keyset.destroy(idOf(destroyed).unreadable[0]?.keyId as string);
      keyset.disable(idOf(disabled).unreadable[0]?.keyId as string);
      equal(cipher.tokensFor(name), [primary, former]);
    },
  },
  {
    claim: "rewrapAll() gives each token's name its token under the primary key, in order",
    run(lib) {
      const keyset = lib.main.Keyset.generate();
      const cipher = keyset.cipher(["acme", "event"]);
      const names = Array.from({ length: 1_300 }, (_, index) => `${"é".repeat(index % 100)}event ${index}`);
      const old = cipher.encryptAll(names);
      keyset.rotate();
      const mixed = old.map((token, index) => (index % 2 ? token : cipher.encrypt(names[index] as string)));
      const fresh = cipher.encryptAll(names);
      equal(cipher.rewrapAll(old), fresh);
      equal(cipher.rewrapAll(mixed), fresh);
      equal(cipher.rewrapAll(new Set(fresh)), fresh, "what is under the primary key stays as it is");
      equal(cipher.rewrapAll([]), []);
    },
  },
  {
    claim: "rewrapAll() refuses all for one token that cannot be read, and says which",
    run(lib) {
      const keyset = lib.main.Keyset.generate();
      const cipher = keyset.cipher();
      const first = keyset.primaryKeyId;
      const destroyed = cipher.encrypt("a");
      const second = keyset.rotate();
      const disabled = cipher.encrypt("b");
      keyset.rotate();
      const good = cipher.encrypt("c");
      keyset.destroy(first);
      keyset.disable(second);
      const altered = good.slice(0, 40) + (good[40] === "A" ? "B" : "A") + good.slice(41);
      const refusals: [unknown, string][] = [
        [destroyed, "destroyed-key"],
        [disabled, "disabled-key"],
        [altered, "bad-token"],
        [lib.main.Keyset.generate().cipher().encrypt("c"), "unknown-key"],
        [keyset.cipher("other").encrypt("c"), "bad-token"],
        ["c", "not-a-token"],
        ["", "not-a-token"],
        [undefined, "not-a-token"],
        [7, "not-a-token"],
      ];
      for (const [token, code] of refusals) {
        for (const index of [0, 1, 511, 512, 1_200]) {
          const tokens: unknown[] = Array(1_300).fill(good);
          tokens[index] = token;
          tokens[1_299] = "behind it";
          refused(lib, () => cipher.rewrapAll(tokens as string[]), code, index);
        }
      }
      for (const value of [null, undefined, 0, good, {}] as never[])
        refused(lib, () => cipher.rewrapAll(value), "bad-argument");
    },
  },
  {
    claim: "tokensFor() refuses what encrypt() refuses",
    run(lib) {
      const cipher = lib.main.Keyset.generate().cipher();
      const long = "n".repeat(240);
      for (const name of ["", "\ud800", "a\udc00", long, "é".repeat(120), 1, null, undefined, {}, ["n"]])
        refused(lib, () => cipher.tokensFor(name as string), "bad-name");
      equal(cipher.tokensFor("n".repeat(239)), [cipher.encrypt("n".repeat(239))]);
    },
  },
  {
    claim: "a keyset takes a thousand keys, destroyed ones included, and not one more",
    run(lib) {
      const keyset = lib.main.Keyset.generate();
      for (let count = 1; count < 1000; count += 1) keyset.generateKey();
      equal(keyset.keys.length, 1000);
      const [, second] = keyset.keys;
      keyset.destroy(second?.id as string);
      refused(lib, () => keyset.generateKey(), "too-many-keys");
      refused(lib, () => keyset.rotate(), "too-many-keys");
      refused(lib, () => lib.hazard.importRootKey(firstRoot(), keyset), "too-many-keys");
      equal(new Set(keyset.keys.map(({ id }) => id)).size, 1000);
      const cipher = keyset.cipher();
      equal(cipher.tokensFor("n").length, 999);
      equal(cipher.decrypt(cipher.tokensFor("n").at(-1) as string), "n");
      keyset.dispose();
    },
  },
];

const statuses = (keyset: Keyset) => keyset.keys.map(({ id, status }) => [id, status]);

/** When each key was made, in milliseconds. */
const created = (keyset: Keyset) => keyset.keys.map((key) => key.created?.getTime());
