// Calls, consent, leaving a page and faults, in any order: what was counted is what arrived, and each drop is said once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertBalance, bench, settle } from "./support/client.js";
import { type Answer, answer, hangUp, serve, store } from "./support/server.js";

/** Numbers below `n`, the same for a seed. */
function numbers(seed: number): (n: number) => number {
  let state = (seed * 2_654_435_761) >>> 0;
  return (n) => {
    state = (state ^ (state << 13)) >>> 0;
    state ^= state >>> 17;
    state = (state ^ (state << 5)) >>> 0;
    return state % n;
  };
}

/** An API takes an event or does not, however it comes. */
const tooMany: Answer = (response, keep, request) =>
  answer(JSON.parse(request.body).events.length > 1 ? 413 : 503)(response, keep, request);
const FAULTS: Answer[] = [hangUp, tooMany, answer(503), answer(503, {}, { "retry-after": "5" })];

for (let seed = 1; seed <= 40; seed += 1)
  test(`whatever happens in whatever order, the client counts what arrived (seed ${seed})`, async (t) => {
    const random = numbers(seed);
    const server = await serve(t);
    const late: (() => void)[] = [];
    server.otherwise = (...request) => {
      const act = random(2) ? store : (FAULTS[random(FAULTS.length)] as Answer);
      if (random(3)) act(...request);
      else late.push(() => act(...request));
    };
    const answerLate = () => {
      for (const act of late.splice(0)) act();
    };
    const whenFull = seed % 2 ? "drop" : "wait";
    const options = {
      ...server,
      whenFull,
      maxQueue: 20,
      flushAt: 5,
      maxBatch: 7,
      timeoutMs: 1_000_000_000,
    } as const;
    const { client, clock, drops, hide, back, rest } = bench(t, options);
    const calls: Promise<unknown>[] = [];
    const steps = [
      () => calls.push(client.logEvent("a")),
      () => calls.push(client.logEvent(`n${random(5)}`)),
      () => calls.push(client.logEvents(Array.from({ length: random(15) }, () => "m"))),
      () => calls.push(client.flush().catch(() => {})),
      () => random(2) && calls.push(client.optOut()),
      () => calls.push(client.optIn()),
      () => clock.pass(random(9_000)),
      hide,
      back,
      answerLate,
    ];
    for (let step = 0; step < 60; step += 1) {
      steps[random(steps.length)]?.();
      if (random(2)) await settle();
      assertBalance(client);
    }
    answerLate();
    server.otherwise = store;
    await client.optIn();
    for (let round = 0; round < 5; round += 1) {
      answerLate();
      clock.pass(3_600_000);
      await settle();
      await rest();
    }
    await client.flush();
    await Promise.all(calls);
    assertBalance(client);
    const dropped = drops.flatMap(({ ids }) => ids);
    assert.equal(new Set(dropped).size, dropped.length, "each drop is said once");
    assert.deepEqual(
      drops.filter(({ ids }) => ids.some((id) => server.stored.has(id))),
      [],
      "what arrived was not said to be dropped",
    );
    assert.deepEqual([client.stats.waiting, client.stats.delivered], [0, server.stored.size]);
  });
