// Events as a client makes them, for every runtime.

import type { QueuedEvent } from "blindtally/queue";

/** So many new events, each of so many bytes. */
export function makeEvents(count: number, bytes = 160): QueuedEvent[] {
  return Array.from({ length: count }, () => {
    const id = newId();
    const json = JSON.stringify({ event: "bt1_", id });
    return { id, json: json.replace("bt1_", `bt1_${"x".repeat(Math.max(0, bytes - json.length))}`) };
  });
}

export const idsOf = (events: readonly QueuedEvent[]): string[] => events.map(({ id }) => id);

function newId(): string {
  const time = Date.now().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}

/** Fails unless these are the same events in the same order, whatever else a queue has noted with them. */
export function sameEvents(
  actual: readonly QueuedEvent[],
  expected: readonly QueuedEvent[],
  what = "events",
): void {
  const differs = (event: QueuedEvent, position: number) =>
    event.id !== expected[position]?.id || event.json !== expected[position]?.json;
  const first = actual.findIndex(differs);
  if (first === -1 && actual.length === expected.length) return;
  throw new Error(
    `${what}: got ${actual.length}, want ${expected.length}; the first that differs is number ${first}`,
  );
}
