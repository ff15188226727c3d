// A program: appends to the queue in the file of the first argument and removes from it, in rounds, and says of each
// step what it is about to do and what is done. The second argument is how many rounds, the third how many bytes an
// event has.

import { writeSync } from "node:fs";
import { fileQueue } from "blindtally/queue";
import { idsOf, makeEvents } from "./events.js";

const [, , path = "", rounds = "1", bytes = "120"] = process.argv;

/** At once, and not when some buffer is full: what comes after may be the end. */
const say = (word: string, ids: readonly string[]) => void writeSync(1, `${word} ${ids.join(",")}\n`);

const queue = await fileQueue(path).open({
  endpoint: "http://api.test",
  onNotice: ({ reason }) => say("notice", [reason]),
});
for (let round = 0; round < Number(rounds); round += 1) {
  const events = makeEvents(4, Number(bytes));
  say("append", idsOf(events));
  await queue.append(events);
  say("appended", idsOf(events));
  // All but one of what waits; each third time all, so that the file is emptied.
  const past = await queue.peek(
    round % 3 === 2 ? Infinity : Math.max(1, (await queue.count()) - 1),
    Infinity,
  );
  say("remove", idsOf(past));
  await queue.remove(past);
  say("removed", idsOf(past));
  const last = makeEvents(1, Number(bytes));
  say("append", idsOf(last));
  await queue.append(last);
  say("appended", idsOf(last));
}
say("lost", await queue.close());
