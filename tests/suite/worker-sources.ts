// `blindtally/worker` and the sources it reads from: quiet ones, ones that fail, and when they are closed.

import { startWorker } from "blindtally/worker";
import { type Case, equal, firstCipher, firstRoot, refusedLater } from "./check.js";

export type ResultsWorker = Awaited<ReturnType<typeof startWorker>>;
export type Cipher = import("blindtally").Cipher;
export type Row = [token: string, count: number];

/** Rows in one message. */
const MESSAGE = 1_024;

export const workerSourceCases: Case[] = [
  {
    claim: "a wrong row is refused while the source is quiet behind it, and no row behind it is asked for",
    run: (lib) =>
      withWorker(async (worker) => {
        const cipher = firstCipher(lib);
        const wrong: [string, unknown][] = [
          ["not-a-token", [1, 1]],
          ["bad-argument", "a row"],
        ];
        for (const [code, row] of wrong) {
          for (const index of [0, 3, MESSAGE - 1, MESSAGE, 3_000]) {
            const rows = [...rowsOf(cipher, index), row] as Row[];
            await refusedLater(lib, cipher.decryptResults(thenQuiet(rows).source), code, index);
            const { source, pulls, closed } = thenQuiet(rows);
            await refusedLater(lib, worker.decryptResults(cipher, source), code, index);
            await closed;
            equal(pulls(), index + 1);
          }
        }
      }),
  },
  {
    claim: "a wrong count is refused while the source is quiet, even one whose closing never ends",
    run: (lib) =>
      withWorker(async (worker) => {
        const cipher = firstCipher(lib);
        const rows = rowsOf(cipher, MESSAGE);
        rows[7] = [cipher.encrypt("n"), -1];
        const generator = async function* () {
          yield* rows;
          await new Promise<never>(() => {});
        };
        await refusedLater(lib, worker.decryptResults(cipher, generator()), "bad-count", 7);
      }),
  },
  {
    claim:
      "a call rejects with disposed while its source is quiet, once its cipher or its keyset is disposed",
    run: (lib) =>
      withWorker(async (worker) => {
        const other = firstCipher(lib);
        for (const dispose of ["cipher", "keyset"] as const) {
          for (const count of [0, 1, MESSAGE, 3_000]) {
            const keyset = lib.hazard.importRootKey(firstRoot());
            const cipher = keyset.cipher();
            const { source, quiet, closed } = thenQuiet(rowsOf(cipher, count));
            const call = refusedLater(lib, worker.decryptResults(cipher, source), "disposed");
            await quiet;
            (dispose === "cipher" ? cipher : keyset).dispose();
            await Promise.all([call, closed]);
          }
        }
        equal((await worker.decryptResults(other, rowsOf(other, 3))).counts.size, 3);
      }),
  },
  {
    claim: "progress is told of every message that is full, though the source is quiet behind it",
    run: (lib) =>
      withWorker(async (worker) => {
        const cipher = firstCipher(lib);
        const { source } = thenQuiet(rowsOf(cipher, 2 * MESSAGE));
        const seen: number[] = [];
        let call: Promise<void> = Promise.resolve();
        await new Promise<void>((resolve) => {
          const onProgress = ({ rows }: { rows: number }) => {
            if (seen.push(rows) === 2) resolve();
          };
          call = refusedLater(lib, worker.decryptResults(cipher, source, { onProgress }), "disposed");
        });
        worker.terminate();
        await call;
        equal(seen, [MESSAGE, 2 * MESSAGE]);
      }),
  },
  {
    claim: "no row is asked for after terminate() or dispose(), and the source is closed, once",
    async run(lib) {
      const beside = await startWorker();
      for (const by of ["terminate", "dispose"] as const) {
        for (const at of [1, 10, MESSAGE, MESSAGE + 10]) {
          for (const kind of [Symbol.iterator, Symbol.asyncIterator] as const) {
            const cipher = firstCipher(lib);
            const worker = await startWorker();
            const row: Row = [cipher.encrypt("n"), 1];
            let pulls = 0;
            let closings = 0;
            const next = () => {
              pulls += 1;
              if (pulls === at) by === "terminate" ? worker.terminate() : cipher.dispose();
              const step: IteratorResult<Row> = { done: false, value: row };
              return kind === Symbol.iterator ? step : Promise.resolve(step);
            };
            const close = () => {
              closings += 1;
              return kind === Symbol.iterator ? {} : Promise.reject(new Error("closing fails"));
            };
            const source = { [kind]: () => ({ next, return: close }) } as unknown as Iterable<Row>;
            await refusedLater(lib, worker.decryptResults(cipher, source), "disposed");
            // Time enough for a reader that goes on: a message to a thread and back.
            const other = firstCipher(lib);
            await beside.decryptResults(other, rowsOf(other, 1));
            equal([pulls, closings], [at, 1], `${by}, ${String(kind)}`);
            worker.terminate();
          }
        }
      }
      beside.terminate();
    },
  },
  {
    claim: "what the source throws comes behind what is wrong with an earlier message, and closes nothing",
    run: (lib) =>
      withWorker(async (worker) => {
        const cipher = firstCipher(lib);
        const rows = rowsOf(cipher, 4 * MESSAGE);
        rows[3 * MESSAGE] = [cipher.encrypt("n"), 0.5];
        const mine = new Error("mine");
        let closings = 0;
        const failing = (): AsyncIterable<Row> => {
          const iterator = rows.values();
          const next = async () => {
            const step = iterator.next();
            if (step.done) throw mine;
            return step;
          };
          const close = async () => {
            closings += 1;
            return { done: true, value: undefined } as const;
          };
          return { [Symbol.asyncIterator]: () => ({ next, return: close }) };
        };
        await refusedLater(lib, cipher.decryptResults(failing()), "bad-count", 3 * MESSAGE);
        closings = 0;
        await refusedLater(lib, worker.decryptResults(cipher, failing()), "bad-count", 3 * MESSAGE);
        rows.pop();
        rows[3 * MESSAGE] = [cipher.encrypt("n"), 1];
        const thrown = await worker.decryptResults(cipher, failing()).catch((error: unknown) => error);
        equal([thrown === mine, closings], [true, 0]);
      }),
  },
];

/** Starts a worker, and ends it. */
export async function withWorker(use: (worker: ResultsWorker) => Promise<void>): Promise<void> {
  const worker = await startWorker();
  try {
    await use(worker);
  } finally {
    worker.terminate();
  }
}

/** Distinct names under the primary key, each with its own count. */
export function rowsOf(cipher: Cipher, count: number): Row[] {
  const names = Array.from({ length: count }, (_, index) => `event-${index}`);
  return cipher.encryptAll(names).map((token, index) => [token, index]);
}

interface Quiet {
  readonly source: AsyncIterable<Row>;
  /** How many rows were asked for. */
  pulls(): number;
  /** When one is asked for that never comes. */
  readonly quiet: Promise<void>;
  readonly closed: Promise<void>;
}

/** Rows, and then neither a row nor an end. */
function thenQuiet(rows: readonly Row[]): Quiet {
  let pulls = 0;
  let tellQuiet = () => {};
  let tellClosed = () => {};
  const quiet = new Promise<void>((resolve) => {
    tellQuiet = resolve;
  });
  const closed = new Promise<void>((resolve) => {
    tellClosed = resolve;
  });
  const next = (): Promise<IteratorResult<Row>> => {
    pulls += 1;
    const value = rows[pulls - 1];
    if (value !== undefined) return Promise.resolve({ done: false, value });
    tellQuiet();
    return new Promise(() => {});
  };
  const close = async (): Promise<IteratorResult<Row>> => {
    tellClosed();
    return { done: true, value: undefined };
  };
  const source = { [Symbol.asyncIterator]: () => ({ next, return: close }) };
  return { source, pulls: () => pulls, quiet, closed };
}
