// @ts-check
// Runs tasks in rounds, in another order each time, so that whatever the machine does meanwhile falls on all alike.

/**
 * @typedef {object} Task
 * @property {string} id
 * @property {number} units what its time is divided by, such as the number of names
 * @property {() => unknown} [prepare] makes what `run` is given, outside the time
 * @property {() => unknown} [wake] makes a little of it, which is run before the time begins
 * @property {(input: any) => unknown} run a promise that it returns is waited for
 */

/** Microseconds a unit, round by round, for each id. @typedef {Record<string, number[]>} Times */

/** @param {readonly Task[]} tasks @param {{ warmups: number, rounds: number, note?: (line: string) => void }} options */
export async function inRounds(tasks, { warmups, rounds, note }) {
  /** @type {Times} */
  const times = Object.fromEntries(tasks.map(({ id }) => [id, []]));
  for (let round = -warmups; round < rounds; round += 1) {
    note?.(round < 0 ? "warming up" : `round ${round + 1} of ${rounds}`);
    for (const task of shuffled(tasks)) {
      const taken = await time(task);
      if (round >= 0) times[task.id]?.push(taken);
    }
  }
  return times;
}

/** Microseconds a unit. @param {Task} task */
async function time({ prepare, wake, run, units }) {
  const input = prepare?.();
  // Where it can be asked for, so that no task pays for the garbage of another. Only of the young: to collect all makes
  // the engine forget code that it has compiled, which costs the fast tasks most.
  collectGarbage?.({ type: "minor" });
  // And none for finding its code and tables gone from the processor's caches.
  if (wake) kept = await run(wake());
  const started = performance.now();
  const outcome = run(input);
  // Waiting costs a turn of the loop, so only where there is something to wait for.
  kept = outcome instanceof Promise ? await outcome : outcome;
  return ((performance.now() - started) * 1000) / units;
}

/** @type {((options: { type: "minor" }) => void) | undefined} */
const collectGarbage = /** @type {any} */ (globalThis).gc;

/** What was made last: nobody may conclude that it is not needed. @type {unknown} */
export let kept;

/** @template T @param {readonly T[]} values */
function shuffled(values) {
  const order = [...values];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [order[last], order[other]] = [/** @type {T} */ (order[other]), /** @type {T} */ (order[last])];
  }
  return order;
}
