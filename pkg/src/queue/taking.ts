import type { QueuedEvent } from "./queue.js";

/** The first events that together are no longer than this, with a comma each; the first one in any case, if asked for. */
export function takeFirst(
  events: Iterable<QueuedEvent>,
  maxEvents: number,
  maxBytes: number,
  atLeastOne: boolean,
): QueuedEvent[] {
  const taken: QueuedEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    if (taken.length >= maxEvents) break;
    bytes += event.json.length + 1;
    if (bytes > maxBytes && !(atLeastOne && !taken.length)) break;
    taken.push(event);
  }
  return taken;
}

/** Gives a function that runs one after the other what it is given. */
export function createTurns(): <T>(run: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const result = last.then(run, run);
    last = result.catch(() => {});
    return result;
  };
}
