// Rows of a result map from wherever they come: a map, an object, an array, a generator, an asynchronous one.

import { type Case, equal, firstCipher, type Lib, ok, refused, refusedLater } from "./check.js";

/** Rows in one crossing. */
const CHUNK = 4096;
const THROWN = new Error("thrown by the caller's own code");

type Row = readonly [token: string, count: number];
type Progress = { rows: number; total?: number };
type Cipher = ReturnType<typeof firstCipher>;

/** Rows from a generator, which notes whether it was closed. */
class Source {
  closed = false;
  readonly #rows: readonly Row[];
  /** Thrown in place of the row here, if there is one. */
  readonly #failsAt: number | undefined;

  constructor(rows: readonly unknown[], failsAt?: number) {
    this.#rows = rows as readonly Row[];
    this.#failsAt = failsAt;
  }

  *now(): Generator<Row> {
    try {
      for (const [index, row] of this.#rows.entries()) {
        if (index === this.#failsAt) throw THROWN;
        yield row;
      }
    } finally {
      this.closed = true;
    }
  }

  async *later(): AsyncGenerator<Row> {
    yield* this.now();
  }
}

/** So many rows of distinct names. */
function distinct(cipher: Cipher, count: number): Row[] {
  const names = Array.from({ length: count }, (_, index) => `event-${index}`);
  return cipher.encryptAll(names).map((token, index) => [token, index]);
}

/** Rows of which one in the second crossing is replaced. */
function spoiled(cipher: Cipher, row: unknown): unknown[] {
  const rows: unknown[] = distinct(cipher, 2 * CHUNK);
  rows[CHUNK + 904] = row;
  return rows;
}

/** Reads rows as they are there and as they come, and fails unless both are refused alike and close the source. */
async function refusedBothWays(
  lib: Lib,
  rows: readonly unknown[],
  code: string,
  index: number,
): Promise<void> {
  const cipher = firstCipher(lib);
  const [now, later] = [new Source(rows), new Source(rows)];
  refused(lib, () => cipher.decryptResults(now.now()), code, index);
  await refusedLater(lib, cipher.decryptResults(later.later()), code, index);
  equal([now.closed, later.closed], [true, true], "the source was closed");
}

/** What `read` throws, now or later. */
async function thrownBy(read: () => unknown): Promise<unknown> {
  try {
    await read();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

export const rowCases: Case[] = [
  {
    claim: "the same rows give the same results from every source",
    async run(lib) {
      const cipher = firstCipher(lib);
      const rows = [...distinct(cipher, 9000), ["in clear", 1] as const, ["bt1_", 2] as const];
      const map = new Map(rows);
      const expected = {
        counts: rows.slice(0, 9000).map((_, index) => [`event-${index}`, index]),
        unreadable: [
          { token: "in clear", count: 1, code: "not-a-token" },
          { token: "bt1_", count: 2, code: "bad-token" },
        ],
      };
      equal(cipher.decryptResults(map), expected, "a map");
      equal(cipher.decryptResults(Object.fromEntries(rows)), expected, "an object");
      equal(cipher.decryptResults(rows), expected, "an array");
      equal(cipher.decryptResults(new Set(rows)), expected, "a set");
      equal(cipher.decryptResults(map.entries()), expected, "an iterator");
      equal(cipher.decryptResults(new Source(rows).now()), expected, "a generator");
      const promised = cipher.decryptResults(new Source(rows).later());
      ok(promised instanceof Promise, "a promise comes at once");
      equal(await promised, expected, "an asynchronous generator");
    },
  },
  {
    claim: "rows of one token add up, near and far apart, in the order in which names first appear",
    async run(lib) {
      const cipher = firstCipher(lib);
      const tokens = cipher.encryptAll(Array.from({ length: 700 }, (_, index) => `event-${index}-ü`));
      const rows = Array.from({ length: 10_000 }, (_, index) => {
        // 0 and 1 first, then all, each again in every crossing, with what is unreadable between.
        const token = index < 4 ? tokens[index % 2] : tokens[(index * 11) % 701];
        return [token ?? "in clear", index] as const;
      });
      const sums = new Map<string, number>();
      for (const [token, count] of rows) sums.set(token, (sums.get(token) ?? 0) + count);
      const clear = rows.filter(([token]) => token === "in clear");
      sums.delete("in clear");
      const expected = {
        counts: [...sums].map(([token, sum]) => [cipher.decrypt(token), sum]),
        unreadable: clear.map(([token, count]) => ({ token, count, code: "not-a-token" })),
      };
      ok(clear.length > 3 && sums.size === 700, "every kind of row is there");
      equal(cipher.decryptResults(rows), expected);
      equal(await cipher.decryptResults(new Source(rows).later()), expected);
    },
  },
  {
    claim: "a few names in thousands of rows are summed up in the order in which they first appear",
    run(lib) {
      const cipher = firstCipher(lib);
      const names = [
        "a-name-of-more-than-thirteen",
        "grüße-💊",
        "b",
        "c-that-first-comes-in-the-second-chunk",
      ];
      const [a, b, c, d] = cipher.encryptAll(names) as [string, string, string, string];
      const rows: Row[] = Array.from({ length: CHUNK }, (_, index) => [[a, b, c][index % 3] as string, 1]);
      rows.push([c, 1], [d, 5], [a, 1], [d, 5]);
      const [first, second, third] = [CHUNK / 3, CHUNK / 3, CHUNK / 3].map((share, index) =>
        index === 0 ? Math.ceil(share) : Math.floor(share),
      ) as [number, number, number];
      const { counts } = cipher.decryptResults(rows);
      equal(
        [...counts],
        [
          [names[0], first + 1],
          [names[1], second],
          [names[2], third + 1],
          [names[3], 10],
        ],
      );
    },
  },
  {
    claim: "progress counts rows up to all of them, with the total where the source tells it",
    async run(lib) {
      const cipher = firstCipher(lib);
      for (const count of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 1]) {
        const rows = distinct(cipher, count);
        const seen: Progress[][] = [];
        const listen = () => {
          const calls: Progress[] = [];
          seen.push(calls);
          return { onProgress: (progress: Progress) => void calls.push(progress) };
        };
        for (const source of [new Map(rows), Object.fromEntries(rows), rows])
          equal(cipher.decryptResults(source, listen()).counts.size, count);
        for (const calls of seen)
          ok(
            calls.every(({ total }) => total === count),
            "the total is known",
          );
        equal(cipher.decryptResults(new Source(rows).now(), listen()).counts.size, count);
        equal((await cipher.decryptResults(new Source(rows).later(), listen())).counts.size, count);
        for (const calls of seen.slice(3))
          ok(
            calls.every((progress) => !("total" in progress)),
            "the total is not known",
          );
        for (const calls of seen) {
          const steps = calls.map((progress) => progress.rows);
          ok(
            steps.every((step, index) => index === 0 || step > (steps[index - 1] as number)),
            "it only rises",
          );
          equal(steps.at(-1), count, "the last call is for all rows");
          ok(count <= CHUNK || steps.length > 1, "a long source has more calls than the last");
        }
      }
    },
  },
  {
    claim: "a bad row is refused with its position in the whole, and the source is closed",
    async run(lib) {
      const cipher = firstCipher(lib);
      const token = cipher.encrypt("n");
      const at = CHUNK + 904;
      for (const count of [-1, 0.5, "3", undefined, 2 ** 53])
        await refusedBothWays(lib, spoiled(cipher, [token, count]), "bad-count", at);
      for (const row of [undefined, null, "text", 7, { token, count: 1 }, new Map()])
        await refusedBothWays(lib, spoiled(cipher, row), "bad-argument", at);
      for (const row of [[], [7, 7], [null, 1], [[token], 1]])
        await refusedBothWays(lib, spoiled(cipher, row), "not-a-token", at);
      const rows = spoiled(cipher, [cipher.encrypt("event-0"), Number.MAX_SAFE_INTEGER]) as Row[];
      equal(cipher.decryptResults(rows).counts.get("event-0"), Number.MAX_SAFE_INTEGER);
      await refusedBothWays(lib, [...rows, [cipher.encrypt("event-0"), 1]], "count-overflow", rows.length);
    },
  },
  {
    claim: "what a source throws comes out as it is, and reading works afterwards",
    async run(lib) {
      const cipher = firstCipher(lib);
      const rows = distinct(cipher, CHUNK + 10);
      for (const failsAt of [0, 1, CHUNK - 1, CHUNK, CHUNK + 9]) {
        const [now, later] = [new Source(rows, failsAt), new Source(rows, failsAt)];
        ok((await thrownBy(() => cipher.decryptResults(now.now()))) === THROWN, `now, row ${failsAt}`);
        ok((await thrownBy(() => cipher.decryptResults(later.later()))) === THROWN, `later, row ${failsAt}`);
      }
      equal(cipher.decryptResults(rows).counts.size, rows.length);
    },
  },
  {
    claim: "what onProgress throws ends the reading and comes out as it is, and the source is closed",
    async run(lib) {
      const cipher = firstCipher(lib);
      const rows = distinct(cipher, 3 * CHUNK);
      for (const endsAt of [1, 2, 3]) {
        let calls = 0;
        const onProgress = () => {
          calls += 1;
          if (calls === endsAt) throw THROWN;
        };
        const [now, later] = [new Source(rows), new Source(rows)];
        ok((await thrownBy(() => cipher.decryptResults(now.now(), { onProgress }))) === THROWN, "now");
        equal(calls, endsAt, "no call after that");
        calls = 0;
        ok((await thrownBy(() => cipher.decryptResults(later.later(), { onProgress }))) === THROWN, "later");
        equal(calls, endsAt, "no call after that");
        equal([now.closed, later.closed], [true, true]);
      }
      equal(cipher.decryptResults(rows).counts.size, rows.length);
    },
  },
  {
    claim: "an empty source gives empty results and one call of onProgress",
    async run(lib) {
      const cipher = firstCipher(lib);
      const empty = { counts: [], unreadable: [] };
      const calls: Progress[] = [];
      const options = { onProgress: (progress: Progress) => void calls.push(progress) };
      for (const source of [{}, new Map(), []]) equal(cipher.decryptResults(source, options), empty);
      equal(calls, Array(3).fill({ rows: 0, total: 0 }));
      equal(cipher.decryptResults(new Source([]).now(), options), empty);
      equal(await cipher.decryptResults(new Source([]).later(), options), empty);
      equal(calls.slice(3), Array(2).fill({ rows: 0 }));
    },
  },
  {
    claim: "a cipher that is disposed refuses any source, also when it happens while rows come",
    async run(lib) {
      const keyset = lib.main.Keyset.generate();
      const cipher = keyset.cipher();
      const rows = distinct(cipher, 3 * CHUNK);
      const onProgress = () => keyset.dispose();
      const later = new Source(rows);
      await refusedLater(lib, cipher.decryptResults(later.later(), { onProgress }), "disposed");
      ok(later.closed, "the source was closed");
      for (const source of [{}, [], new Map(rows), new Source(rows).now()])
        refused(lib, () => cipher.decryptResults(source), "disposed");
      await refusedLater(lib, cipher.decryptResults(new Source([]).later()), "disposed");
    },
  },
  {
    claim: "rows that come are read in the order in which they come, however long each takes",
    async run(lib) {
      const cipher = firstCipher(lib);
      const rows = distinct(cipher, 40);
      async function* slowly() {
        for (const [index, row] of rows.entries()) {
          if (index % 3 === 0) await new Promise((resolve) => setTimeout(resolve));
          yield row;
        }
      }
      equal([...(await cipher.decryptResults(slowly())).counts.values()], [...rows.keys()]);
    },
  },
  {
    claim: "timers fire while two hundred thousand rows are read that come without a pause",
    async run(lib) {
      const cipher = firstCipher(lib);
      const some = distinct(cipher, 1000);
      async function* rows() {
        for (let round = 0; round < 200; round += 1) yield* some;
      }
      let fired = 0;
      const timer = setInterval(() => {
        fired += 1;
      });
      const { counts } = await cipher.decryptResults(rows());
      clearInterval(timer);
      equal(counts.get("event-999"), 999 * 200);
      ok(fired > 3, `the event loop got turns: ${fired} timers fired`);
    },
  },
];
