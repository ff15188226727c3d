// @ts-check
// The process in which everything of Node is timed: `node --expose-gc node.mjs <plan as JSON>`. Prints JSON; how far it
// is goes to standard error.

import { execFileSync } from "node:child_process";
import { peersOfNode } from "./node-peers.mjs";
import { ratio, spread } from "./statistics.mjs";
import { measure } from "./suite.mjs";

/** @typedef {import("./suite.mjs").Plan & { native: { id: string, program: string }[] }} NodePlan */

const plan = /** @type {NodePlan} */ (JSON.parse(process.argv[2] ?? ""));

/** The native program times itself; as a task of the rounds it meets the same disturbances. @type {Record<string, number[]>} */
const native = Object.fromEntries(plan.native.map(({ id }) => [id, []]));
const extra = plan.native.map(({ id, program }) => ({
  id,
  units: 1,
  run: () => {
    const { nanosecondsPerName } = JSON.parse(execFileSync(program, ["--json"], { encoding: "utf8" }));
    native[id]?.push(nanosecondsPerName / 1000);
  },
}));

const measured = await measure(plan, {
  peers: peersOfNode,
  extra,
  note: (line) => process.stderr.write(`${line}\n`),
});
const { times, ...encrypting } = measured.encrypting;
const batch = /** @type {number[]} */ (times["batch-24"]);
const natives = plan.native.map(({ id }) => {
  // The first ones are of the warm-up.
  const time = /** @type {number[]} */ (native[id]).slice(-batch.length);
  return { id, time: spread(time), cost: ratio(batch, time) };
});
process.stdout.write(JSON.stringify({ ...measured, encrypting, natives }));
