// The queue in memory.

import assert from "node:assert/strict";
import { test } from "node:test";
import { indexedDbQueue, memoryQueue, type Notice } from "blindtally/queue";
import { queueCases } from "./contract.js";
import { idsOf, makeEvents } from "./support/events.js";

const CONTEXT = { endpoint: "http://api.test", onNotice: () => assert.fail("there is nothing to note") };

for (const { claim, run } of queueCases) {
  test(`${claim} (memory)`, async () => run(await memoryQueue().open(CONTEXT)));
}

test("a queue in memory says what is lost with it", async () => {
  const queue = await memoryQueue().open(CONTEXT);
  const events = makeEvents(3);
  await queue.append(events);
  await queue.remove(events.slice(1, 2));
  assert.equal(queue.persistent, false);
  assert.deepEqual(await queue.close(), idsOf([events[0], events[2]].filter((event) => event !== undefined)));
});

test("where there is no IndexedDB, a queue that asks for it keeps events in memory and says so once", async () => {
  for (const { claim, run } of queueCases) {
    const notices: Notice[] = [];
    const queue = await indexedDbQueue().open({
      ...CONTEXT,
      onNotice: (notice) => void notices.push(notice),
    });
    assert.equal(queue.persistent, true, "nothing was tried yet");
    await assert.doesNotReject(run(queue), claim);
    await queue.append(makeEvents(1));
    assert.equal(queue.persistent, false);
    assert.deepEqual(notices, [{ kind: "memory-only", reason: "unavailable" }]);
  }
});
