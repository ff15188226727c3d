// `blindtally/worker` in Node: the event loop keeps its turns, and the thread's side wipes what it was sent.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { Keyset } from "blindtally";
import { exportKeyset } from "blindtally/hazard";
import { startWorker } from "blindtally/worker";

const ROWS = 200_000;

test("the event loop gets its turns all the while that a worker reads 200,000 rows", async () => {
  const cipher = Keyset.generate().cipher();
  const tokens = cipher.encryptAll(Array.from({ length: ROWS }, (_, index) => `event-${index}`));
  const rows = tokens.map((token, index): [string, number] => [token, index]);
  const worker = await startWorker();
  let turns = 0;
  let next = setImmediate(function turn() {
    turns += 1;
    next = setImmediate(turn);
  });
  const turnsAt: number[] = [];
  const { counts } = await worker.decryptResults(cipher, rows, { onProgress: () => turnsAt.push(turns) });
  clearImmediate(next);
  worker.terminate();
  assert.equal(counts.size, ROWS);
  assert.ok(turnsAt.length > 100);
  // More than three messages are not on their way, so no more can wait for one turn.
  const without = turnsAt.filter((at, index) => index >= 3 && at === turnsAt[index - 3]);
  assert.equal(without.length, 0);
});

test("the thread's side wipes the keys it was sent when it has read them, and its cipher when the call ends", () => {
  // The same files as the thread runs, here, where their memory can be looked at.
  const pkg = new URL("../../../pkg/dist/", import.meta.url);
  const require = createRequire(import.meta.url);
  const { serve } = require(new URL("cjs/worker/thread.js", pkg).pathname);
  const module = new WebAssembly.Module(readFileSync(new URL("blindtally.wasm", pkg)));
  const answers: { code?: string }[] = [];
  const handle = serve((answer: { code?: string }) => answers.push(answer));
  handle({ kind: "load", module });
  const { memory } = require(new URL("cjs/wasm/blindtally.js", pkg).pathname).initSync({ module });
  const inMemory = (secret: Uint8Array) => Buffer.from(memory.buffer).includes(Buffer.from(secret));

  const keyset = Keyset.generate();
  const context = ["acme", "event"];
  const scope = keyset.scope(context);
  const record = exportKeyset(scope);
  scope.dispose();
  keyset.dispose();
  const secret = record.slice(-44);
  const nonce = secret.slice(32);
  handle({ kind: "begin", job: 1, context, record });
  assert.ok(
    record.every((byte) => byte === 0),
    "what was sent is wiped",
  );
  assert.ok(inMemory(nonce), "a cipher in use has its nonce in memory");
  assert.equal(inMemory(secret.subarray(0, 32)), false, "and the key it was made of no more");
  handle({ kind: "end", job: 1 });
  for (let at = 0; at + 8 <= secret.length; at += 1)
    assert.equal(inMemory(secret.subarray(at, at + 8)), false);

  const malformed = Uint8Array.of(1, 2, 3);
  handle({ kind: "begin", job: 2, context, record: malformed });
  assert.deepEqual([...malformed], [0, 0, 0]);
  assert.deepEqual(
    answers.map(({ code }) => code),
    [undefined, undefined, "bad-keyset"],
  );
});
