// `blindtally/worker`: the same results and the same errors as in the page, and no root key on the way.

import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { startWorker } from "blindtally/worker";
import { type Case, equal, firstCipher, firstRoot, type Lib, ok, refused, refusedLater } from "./check.js";
import { type Cipher, type Row, rowsOf, withWorker, workerSourceCases } from "./worker-sources.js";

/** More than are on their way at a time. */
const ROWS = 5_000;

export const workerCases: Case[] = [
  {
    claim:
      "a worker reads a mixed map as the cipher itself does: Map, object, rows that repeat, rows that come later",
    run: (lib) =>
      withWorker(async (worker) => {
        const { cipher, rows } = mixedRows(lib);
        const map = new Map(rows);
        equal(await worker.decryptResults(cipher, map), cipher.decryptResults(map), "Map");
        const record = Object.fromEntries(map);
        equal(await worker.decryptResults(cipher, record), cipher.decryptResults(record), "object");
        const twice = [...rows, ...rows];
        const expected = cipher.decryptResults(twice);
        ok(expected.unreadable.length > 0 && expected.counts.size > 1_800, "the rows are mixed");
        equal(await worker.decryptResults(cipher, twice), expected, "rows");
        equal(await worker.decryptResults(cipher, later(twice)), expected, "rows that come later");
      }),
  },
  {
    claim: "a worker reads maps of no row, of one, and of as many as fill messages exactly",
    run: (lib) =>
      withWorker(async (worker) => {
        const cipher = firstCipher(lib);
        for (const count of [0, 1, 1_023, 1_024, 1_025, 3 * 1_024, 4_096, 8_192]) {
          const rows = rowsOf(cipher, count);
          const { counts, unreadable } = await worker.decryptResults(cipher, rows);
          equal([counts.size, unreadable.length], [count, 0]);
          equal(await worker.decryptResults(cipher, later(rows)), { counts, unreadable });
        }
        equal(await worker.decryptResults(cipher, {}), { counts: [], unreadable: [] });
      }),
  },
  {
    claim:
      "a worker refuses what the cipher refuses, with the same code at the same row, wherever the row is",
    run: (lib) =>
      withWorker(async (worker) => {
        const cipher = firstCipher(lib);
        const largest = [cipher.encrypt("largest"), Number.MAX_SAFE_INTEGER];
        for (const index of [0, 1, 1_023, 1_024, 4_097, ROWS - 1]) {
          const wrong: [string, unknown][] = [
            ["bad-count", [cipher.encrypt("n"), -1]],
            ["bad-count", ["in clear", "3"]],
            ["not-a-token", [1, 1]],
            ["bad-argument", "a row"],
          ];
          if (index > 0) wrong.push(["count-overflow", [largest[0], 1]]);
          for (const [code, row] of wrong) {
            const rows = [largest, ...rowsOf(cipher, ROWS - 1)] as unknown[];
            rows[index] = row;
            refused(lib, () => cipher.decryptResults(rows as Row[]), code, index);
            await refusedLater(lib, worker.decryptResults(cipher, rows as Row[]), code, index);
            await refusedLater(lib, worker.decryptResults(cipher, later(rows as Row[])), code, index);
          }
        }
      }),
  },
  {
    claim: "of several wrong rows the first is named, in a worker as in the cipher itself",
    run: (lib) =>
      withWorker(async (worker) => {
        const cipher = firstCipher(lib);
        const rows = rowsOf(cipher, ROWS) as unknown[];
        rows[2_000] = [cipher.encrypt("n"), 0.5];
        rows[2_001] = "no row";
        rows[4_000] = [1, 1];
        refused(lib, () => cipher.decryptResults(rows as Row[]), "bad-count", 2_000);
        await refusedLater(lib, worker.decryptResults(cipher, rows as Row[]), "bad-count", 2_000);
        rows[1_999] = undefined;
        refused(lib, () => cipher.decryptResults(rows as Row[]), "bad-argument", 1_999);
        await refusedLater(lib, worker.decryptResults(cipher, rows as Row[]), "bad-argument", 1_999);
      }),
  },
  {
    claim: "a worker refuses what is no result map and what is no cipher of this package, and reads on",
    run: (lib) =>
      withWorker(async (worker) => {
        const cipher = firstCipher(lib);
        for (const map of [null, undefined, 1, "text"])
          await refusedLater(lib, worker.decryptResults(cipher, map as never), "bad-argument");
        for (const other of [null, undefined, {}, lib.main.Keyset.generate()])
          await refusedLater(lib, worker.decryptResults(other as never, {}), "bad-argument");
        equal((await worker.decryptResults(cipher, rowsOf(cipher, 3))).counts.size, 3);
      }),
  },
  {
    claim:
      "what the source of the rows throws comes out of a worker as it is, and a source is closed on every error",
    run: (lib) =>
      withWorker(async (worker) => {
        const cipher = firstCipher(lib);
        const mine = new Error("mine");
        equal(
          (await rejection(worker.decryptResults(cipher, failing(rowsOf(cipher, ROWS), mine)))) === mine,
          true,
        );
        for (const kind of [(rows: Iterable<Row>) => rows, later]) {
          let tellClosed = () => {};
          const closed = new Promise<void>((resolve) => {
            tellClosed = resolve;
          });
          const source = function* (): Generator<Row> {
            try {
              for (;;) yield [cipher.encrypt("n"), -1];
            } finally {
              tellClosed();
            }
          };
          await refusedLater(lib, worker.decryptResults(cipher, kind(source())), "bad-count", 0);
          await closed;
        }
      }),
  },
  {
    claim: "a worker reports progress that only grows, up to every row, and the total where it is known",
    run: (lib) =>
      withWorker(async (worker) => {
        const cipher = firstCipher(lib);
        const rows = rowsOf(cipher, ROWS);
        for (const source of [rows, later(rows)]) {
          const seen: { rows: number; total?: number }[] = [];
          await worker.decryptResults(cipher, source, { onProgress: (progress) => seen.push(progress) });
          ok(seen.length > 3, "it was called more than once or twice");
          ok(
            seen.every((progress, at) => at === 0 || progress.rows > (seen[at - 1]?.rows ?? 0)),
            "rows only grow",
          );
          equal(seen.at(-1)?.rows, ROWS);
          equal(new Set(seen.map(({ total }) => total)), new Set([source === rows ? ROWS : undefined]));
        }
        const mine = new Error("mine");
        const onProgress = () => {
          throw mine;
        };
        equal((await rejection(worker.decryptResults(cipher, rows, { onProgress }))) === mine, true);
        equal((await worker.decryptResults(cipher, rows)).counts.size, ROWS);
      }),
  },
  {
    claim: "several maps are read at once, each under the keys of its own cipher",
    run: (lib) =>
      withWorker(async (worker) => {
        const contexts = ["a", "b", "c", "d"];
        const ciphers = contexts.map((context) => lib.hazard.importRootKey(firstRoot()).cipher(context));
        const maps = ciphers.map((cipher, at) => rowsOf(cipher, 1_500 + 700 * at));
        const reports = await Promise.all(
          ciphers.map((cipher, at) => worker.decryptResults(cipher, maps[at] as Row[])),
        );
        equal(
          reports,
          ciphers.map((cipher, at) => cipher.decryptResults(maps[at] as Row[])),
        );
        const [other] = ciphers;
        const crossed = await worker.decryptResults(other as Cipher, maps[1] as Row[]);
        equal([crossed.counts.size, crossed.unreadable[0]?.code], [0, "bad-token"]);
      }),
  },
  {
    claim: "a call keeps the keys that its cipher had when it began, and the next has those it has then",
    run: (lib) =>
      withWorker(async (worker) => {
        const keyset = lib.hazard.importRootKey(firstRoot());
        const cipher = keyset.cipher();
        const former = keyset.primaryKeyId;
        const rows = rowsOf(cipher, ROWS);
        const source = async function* () {
          yield* rows.slice(0, 3_000);
          keyset.promote(keyset.generateKey());
          keyset.disable(former);
          yield* rows.slice(3_000);
        };
        equal((await worker.decryptResults(cipher, source())).counts.size, ROWS);
        const { counts, unreadable } = await worker.decryptResults(cipher, rows);
        equal([counts.size, unreadable.length, unreadable[0]?.code], [0, ROWS, "disabled-key"]);
      }),
  },
  {
    claim: "a call rejects with disposed once its cipher or its keyset is disposed, and others go on",
    run: (lib) =>
      withWorker(async (worker) => {
        const other = firstCipher(lib);
        for (const dispose of ["cipher", "keyset"] as const) {
          const keyset = lib.hazard.importRootKey(firstRoot());
          const cipher = keyset.cipher();
          const rows = rowsOf(cipher, ROWS);
          const onProgress = () => (dispose === "cipher" ? cipher : keyset).dispose();
          const beside = worker.decryptResults(other, rows);
          await refusedLater(lib, worker.decryptResults(cipher, rows, { onProgress }), "disposed");
          await refusedLater(lib, worker.decryptResults(cipher, {}), "disposed");
          equal((await beside).counts.size, ROWS);
        }
      }),
  },
  {
    claim: "terminate() rejects every call that waits with disposed, at once, and every later one",
    async run(lib) {
      const cipher = firstCipher(lib);
      for (const end of ["terminate", Symbol.dispose] as const) {
        const worker = await startWorker();
        const { rows, asked } = endless();
        const waiting = [
          worker.decryptResults(cipher, rows),
          worker.decryptResults(cipher, rowsOf(cipher, ROWS)),
        ].map((call) => refusedLater(lib, call, "disposed"));
        await asked;
        worker[end]();
        await Promise.all(waiting);
        await refusedLater(lib, worker.decryptResults(cipher, {}), "disposed");
        worker.terminate();
      }
    },
  },
  {
    claim: "a worker is sent the derived keys of one context, moved and not copied, and no root key",
    async run(lib) {
      const root = firstRoot();
      const keyset = lib.hazard.importRootKey(root);
      const cipher = keyset.cipher(["acme", "event"]);
      const second = keyset.generateKey();
      keyset.disable(second);
      const { messages, left } = await overheard(async () => {
        await withWorker(async (worker) => {
          const { counts } = await worker.decryptResults(cipher, rowsOf(cipher, 2_000));
          equal(counts.size, 2_000);
        });
      });
      const label = (text: string) => String.fromCharCode(text.length) + text;
      const info = `blindtally bt1 context\0${label("acme")}${label("event")}`;
      const derived = hkdf(sha256, root, undefined, new TextEncoder().encode(info), 44);
      const roots = lib.hazard.exportRootKeys(keyset).map(({ key }) => key);
      equal(roots.length, 2);
      ok(
        messages.some((bytes) => includes(bytes, derived)),
        "the derived keys were overheard",
      );
      for (const secret of roots)
        for (let at = 0; at + 8 <= secret.length; at += 1)
          ok(
            !messages.some((bytes) => includes(bytes, secret.subarray(at, at + 8))),
            "no part of a root key",
          );
      equal(left, [0], "bytes that the page still has of what it sent");
    },
  },
  ...workerSourceCases,
];

/** Rows under two keys and a disabled one, of every length and many alphabets, and rows that cannot be read. */
function mixedRows(lib: Lib): { cipher: Cipher; rows: Row[] } {
  const keyset = lib.hazard.importRootKey(firstRoot());
  const cipher = keyset.cipher();
  const disabled = rowsOf(cipher, 700);
  const former = keyset.primaryKeyId;
  keyset.promote(keyset.generateKey());
  const names = Array.from({ length: 1_800 }, (_, index) => {
    const text = ["page.viewed", "überweisung", "予約", "💊", "__proto__"][index % 5] as string;
    return `${text}${index}`.padEnd(1 + (index % 70), "-");
  });
  const tokens = [
    ...cipher.encryptAll(names),
    ...cipher.encryptAll([...names, "\ufeffmark", "n".repeat(239)]),
  ];
  keyset.promote(keyset.generateKey());
  tokens.push(...cipher.encryptAll(names));
  keyset.disable(former);
  const foreign = rowsOf(lib.main.Keyset.generate().cipher(), 200);
  const rows = tokens.map((token, index): Row => [token, index % 1_000]);
  const between: Row[] = [
    ...disabled,
    ...foreign,
    ...Array.from({ length: 200 }, (_, index): Row => [`in clear é💊\ud83d ${index}`, index]),
    ...tokens.slice(0, 100).map((token, index): Row => [`${token}A`, index]),
    ["x".repeat(100_000), 1],
    ["", 2],
  ];
  // One of them behind every third row, so that no message is without.
  between.forEach((row, index) => {
    rows.splice(3 * index, 0, row);
  });
  return { cipher, rows };
}

async function* later<T>(rows: Iterable<T>): AsyncGenerator<T> {
  yield* rows;
}

function* failing(rows: readonly Row[], error: Error): Generator<Row> {
  yield* rows;
  throw error;
}

/** Rows of which none ever comes, and when the first was asked for. */
function endless(): { rows: AsyncIterable<Row>; asked: Promise<void> } {
  let next = (): void => {};
  const asked = new Promise<void>((resolve) => {
    next = resolve;
  });
  const ask = () => {
    next();
    return new Promise<never>(() => {});
  };
  return { rows: { [Symbol.asyncIterator]: () => ({ next: ask }) }, asked };
}

/** What a promise rejects with. */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error("it was fulfilled");
    },
    (error) => error,
  );
}

interface Overheard {
  /** Every block of bytes that was sent to a worker. */
  readonly messages: Uint8Array[];
  /** How many bytes the sender still had of each, once each number. */
  readonly left: number[];
}

/** Listens to what is sent to workers. */
async function overheard(during: () => Promise<void>): Promise<Overheard> {
  const kind: { prototype: { postMessage(message: object, moved: unknown): void } } =
    "Worker" in globalThis ? Worker : process.getBuiltinModule("node:worker_threads").Worker;
  const original = kind.prototype.postMessage;
  const messages: Uint8Array[] = [];
  const left = new Set<number>();
  kind.prototype.postMessage = function (message, moved) {
    const views = Object.values(message).filter((value) => ArrayBuffer.isView(value));
    for (const { buffer, byteOffset, byteLength } of views)
      messages.push(new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer));
    original.call(this, message, moved);
    for (const view of views) left.add(view.byteLength);
  };
  try {
    await during();
  } finally {
    kind.prototype.postMessage = original;
  }
  return { messages, left: [...left] };
}

function includes(bytes: Uint8Array, part: Uint8Array): boolean {
  for (
    let start = bytes.indexOf(part[0] as number);
    start !== -1;
    start = bytes.indexOf(part[0] as number, start + 1)
  ) {
    if (part.every((byte, at) => bytes[start + at] === byte)) return true;
  }
  return false;
}
