// Scopes: one context, and everything that a keyset does there.

import { type Case, equal, firstRoot, ok, refused } from "./check.js";
import { rowsOf, withWorker } from "./worker-sources.js";

const CONTEXT = ["acme", "prod", "event"];

export const scopeCases: Case[] = [
  {
    claim: "a scope makes and reads the tokens of its context, which is the one it takes without being told",
    run(lib) {
      const keyset = lib.hazard.importRootKey(firstRoot());
      const whole = keyset.cipher(CONTEXT);
      const old = whole.encrypt("before");
      keyset.rotate();
      const scope = keyset.scope(CONTEXT);
      equal(scope.context, CONTEXT);
      equal(keyset.context, undefined);
      for (const cipher of [scope.cipher(), scope.cipher(CONTEXT), scope.scope().cipher()]) {
        equal(cipher.context, CONTEXT);
        equal(cipher.encryptAll(["n", "💊"]), whole.encryptAll(["n", "💊"]));
        equal(cipher.decrypt(old), "before");
        equal(cipher.tokensFor("n"), whole.tokensFor("n"));
        equal(cipher.rewrapAll([old]), whole.encryptAll(["before"]));
        equal(cipher.decryptResults([[old, 5]]), whole.decryptResults([[old, 5]]));
      }
      equal(keyset.scope("event").cipher().encrypt("n"), keyset.cipher().encrypt("n"));
      equal(keyset.scope().context, ["event"], "the default is that of a cipher");
    },
  },
  {
    claim: "a scope refuses every other context, however near, and its own scope does too",
    run(lib) {
      const scope = lib.main.Keyset.generate().scope(CONTEXT);
      const others = ["event", ["acme"], ["acme", "prod"], [...CONTEXT, "event"], ["acme", "prode", "vent"]];
      for (const one of [scope, scope.scope(), scope.scope(CONTEXT)]) {
        for (const other of others) {
          refused(lib, () => one.cipher(other), "out-of-scope");
          refused(lib, () => one.scope(other), "out-of-scope");
        }
        for (const none of ["", [], ["a".repeat(65)], ["\ud800"], Array(9).fill("a"), 1, null])
          refused(lib, () => one.scope(none as string), "bad-context");
      }
    },
  },
  {
    claim: "the keys of a scope cannot be changed and are no root keys; what may be told of them is",
    run(lib) {
      const keyset = lib.main.Keyset.generate({ now: 1_700_000_000_000, rotateAfterDays: 30 });
      const disabled = keyset.generateKey();
      keyset.disable(disabled);
      const destroyed = keyset.generateKey({ now: 0 });
      keyset.destroy(destroyed);
      const scope = keyset.scope(CONTEXT);
      equal(scope.keys, keyset.keys);
      equal([scope.primaryKeyId, scope.rotateAfterDays], [keyset.primaryKeyId, 30]);
      for (const act of [
        () => scope.generateKey(),
        () => scope.promote(scope.primaryKeyId),
        () => scope.disable(disabled),
        () => scope.enable(disabled),
        () => scope.destroy(disabled),
        () => scope.rotate(),
        () => scope.rotateIfDue(),
        () => {
          scope.rotateAfterDays = 1;
        },
        () => lib.hazard.importRootKey(firstRoot(), scope),
        () => lib.hazard.exportRootKeys(scope),
      ]) {
        refused(lib, act, "scoped-keyset");
      }
      equal(scope.keys, keyset.keys);
    },
  },
  {
    claim: "a scope is a copy: it stays as it is when its keyset rotates, disables, destroys or is disposed",
    run(lib) {
      const keyset = lib.main.Keyset.generate();
      const first = keyset.primaryKeyId;
      const scope = keyset.scope();
      const cipher = scope.cipher();
      const token = cipher.encrypt("n");
      keyset.rotate();
      keyset.destroy(first);
      equal([scope.primaryKeyId, scope.keys.length, cipher.encrypt("n")], [first, 1, token]);
      equal(
        keyset
          .scope()
          .cipher()
          .decryptResults({ [token]: 1 }).unreadable[0]?.keyId,
        first,
      );
      keyset.dispose();
      equal(cipher.decrypt(token), "n");
      equal(scope.cipher().decrypt(token), "n");
      scope.dispose();
      refused(lib, () => cipher.encrypt("n"), "disposed");
    },
  },
  {
    claim: "rows of keys that a scope has no secret of are reported as the keyset reports them",
    run(lib) {
      const keyset = lib.main.Keyset.generate();
      const cipher = keyset.cipher();
      const rows = [1, 2, 3].map((count): [string, number] => {
        if (count > 1) keyset.rotate();
        return [cipher.encrypt("n"), count];
      });
      const [, , oldest] = keyset.keys;
      const ids = keyset.keys.map(({ id }) => id);
      keyset.disable(ids.find((id) => id !== keyset.primaryKeyId) as string);
      keyset.destroy(oldest?.id as string);
      const scope = keyset.scope();
      const report = scope.cipher().decryptResults(rows);
      equal(report, cipher.decryptResults(rows));
      equal(new Set(report.unreadable.map(({ code }) => code)), new Set(["disabled-key", "destroyed-key"]));
      refused(lib, () => scope.cipher().decrypt(rows[0]?.[0] as string), report.unreadable[0]?.code ?? "");
    },
  },
  {
    claim: "a client and a worker take a scope as they take a keyset",
    run: (lib) =>
      withWorker(async (worker) => {
        const keyset = lib.main.Keyset.generate();
        const scope = keyset.scope(CONTEXT);
        const cipher = scope.cipher();
        const rows = rowsOf(cipher, 3_000);
        equal(await worker.decryptResults(cipher, rows), keyset.cipher(CONTEXT).decryptResults(rows));
        const sent: string[] = [];
        const fetch: typeof globalThis.fetch = async (_, init) => {
          if (init?.method !== "POST") return Response.json({ results: Object.fromEntries(rows) });
          const { events } = JSON.parse(String(init.body)) as { events: { event: string }[] };
          sent.push(...events.map(({ event }) => event));
          return Response.json({ stored: events.length, duplicates: 0 }, { status: 201 });
        };
        const endpoint = "https://example.com";
        const client = lib.main.createClient({ endpoint, keyset: scope, fetch });
        await client.logEvent("n");
        await client.flush();
        equal(sent, [keyset.cipher(CONTEXT).encrypt("n")]);
        equal(Object.keys(await client.getResults()).length, 3_000);
        await client.shutdown();
        const other = { endpoint, keyset: scope, fetch, context: ["acme"] };
        refused(lib, () => lib.main.createClient(other), "out-of-scope");
      }),
  },
  {
    claim: "the record of a scope holds nothing of the root keys, and gives the same scope again",
    run(lib) {
      const root = firstRoot();
      const keyset = lib.hazard.importRootKey(root);
      const scope = keyset.scope(CONTEXT);
      const record = lib.hazard.exportKeyset(scope);
      for (let at = 0; at + 4 <= root.length; at += 1)
        ok(!includes(record, root.subarray(at, at + 4)), "no four bytes of the root key");
      const again = lib.hazard.importKeyset(record);
      equal([again.context, again.keys], [CONTEXT, scope.keys]);
      equal(again.cipher().encrypt("n"), keyset.cipher(CONTEXT).encrypt("n"));
      equal(lib.hazard.exportKeyset(again.scope()), record);
      equal(lib.hazard.importKeysetText(lib.hazard.exportKeysetText(scope)).context, CONTEXT);
      refused(lib, () => again.cipher("event"), "out-of-scope");
    },
  },
];

function includes(bytes: Uint8Array, part: Uint8Array): boolean {
  return bytes.some((_, start) => part.every((byte, at) => bytes[start + at] === byte));
}
