// Under faults, chosen at random from a seed: no event is lost, none counts twice, and at any moment
// logged = delivered + waiting + dropped.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientOptions } from "blindtally";
import { type Random, randomFrom } from "../suite/random.js";
import { assertBalance, bench, settle, until } from "./support/client.js";
import { type Answer, answer, hangUp, serve } from "./support/server.js";

const SEEDS = 24;
const STEPS = 60;

/** What an API, or whatever is in its place, may do with a request. */
function fault(random: Random): Answer {
  const faults: Answer[] = [
    (_, store) => store(),
    (_, store) => store(),
    hangUp,
    answer(500),
    answer(429, {}, { "retry-after": String(random.below(5)) }),
    answer(413),
    answer(400),
    answer(200, "<html>portal</html>"),
    // Stored, and the answer is lost.
    (response, store) => {
      response.writeHead = () => response;
      response.end = () => response;
      store();
      response.destroy();
    },
    // Stored, and the answer is another.
    (response, store) => {
      const { writeHead, end } = response;
      response.writeHead = () => response;
      response.end = () => response;
      store();
      response.writeHead = writeHead;
      response.end = end;
      response.writeHead(502).end();
    },
  ];
  return faults[random.below(faults.length)] as Answer;
}

function options(random: Random): Partial<ClientOptions> {
  const pick = <T>(...values: T[]) => values[random.below(values.length)] as T;
  return {
    maxQueue: pick(5, 40, 10_000),
    whenFull: pick("drop", "wait"),
    maxBatch: pick(1, 7, 1_000),
    flushAt: pick(1, 10, 100),
    maxBatchBytes: pick(1, 1_000, 500_000),
    rateLimit: pick<NonNullable<ClientOptions["rateLimit"]>>(false, { perSecond: 50 }),
    consent: pick("granted", "granted", "pending"),
    allow: (name) => name !== "unlisted",
  };
}

for (let seed = 1; seed <= SEEDS; seed += 1) {
  test(`nothing is lost, double or unaccounted for under faults (seed ${seed})`, async (t) => {
    const random = randomFrom(seed * 7919);
    const server = await serve(t);
    server.otherwise = (...parts) => fault(random)(...parts);
    const { client, clock, drops, hide, back } = bench(t, { ...server, ...options(random) });
    clock.chance = random.below(1000) / 1000;
    const logging: Promise<unknown>[] = [];
    let called = 0;
    for (let step = 0; step < STEPS; step += 1) {
      const action = random.below(10);
      if (action < 5) {
        const count = 1 + random.below(12);
        called += count;
        const name = random.below(8) ? "n" : "unlisted";
        if (random.below(2)) logging.push(client.logEvents(Array.from({ length: count }, () => name)));
        else for (let index = 0; index < count; index += 1) logging.push(client.logEvent(name));
      } else if (action === 5) logging.push(client.flush().catch(() => {}));
      else if (action === 6) hide();
      else if (action === 7) back();
      else if (action === 8 && client.consent === "pending") logging.push(client.optIn());
      else if (action === 9 && random.below(6) === 0)
        logging.push(client.optOut().then(() => client.optIn()));
      else clock.pass(random.below(2_000));
      assertBalance(client);
      await settle();
      assertBalance(client);
    }
    // The weather clears up.
    server.otherwise = (_, store) => store();
    if (client.consent !== "granted") await client.optIn();
    await until("all that waits", () => {
      if (client.stats.state !== "sending") clock.pass(4_000_000);
      return client.stats.waiting === 0 && client.stats.state === "idle";
    });
    await Promise.all(logging);
    await client.shutdown();
    assertBalance(client);
    const { logged, delivered, waiting, dropped } = client.stats;
    assert.deepEqual([logged, waiting], [called, 0]);
    const lost = drops.reduce((sum, { count }) => sum + count, 0);
    assert.equal(lost, called - delivered);
    for (const { reason, count, ids } of drops) {
      const hasIds = !["not-allowed", "rate-limited", "before-send"].includes(reason);
      if (hasIds && reason !== "no-consent") assert.equal(ids.length, count);
    }
    // An event that was dropped may have arrived: its answer was lost, or it was under way. None that is missing is.
    const droppedIds = new Set(drops.flatMap(({ ids }) => ids));
    const arrivedAll = [...server.stored.keys()].filter((id) => !droppedIds.has(id));
    assert.equal(arrivedAll.length, delivered);
    assert.equal(dropped.shutdown, 0);
  });
}
