// Processes that are killed with -9 in mid-batch, and a disk that is full: API, proxy, client.

import { join } from "node:path";
import type { App, End } from "../support/app-process.js";
import { smallDisk } from "../support/disk.js";
import type { Fault, Rule } from "../support/gate.js";
import type { System } from "../support/system.js";
import { gateRow, oneIn, outcome, type Row, sending, Untested, unfinished, withSystem } from "./row.js";

/** A process is killed when it has half of a request, and when it has all of it and has not answered. */
const partOf = (number: number): number => (number % 2 === 0 ? 0.5 : 1);
const KILLS = 6;
/** Deliveries between two kills. */
const EVERY = 15;

/** Kills the process behind the gate, and starts it again. */
const killing = (run: () => void): Rule =>
  oneIn(EVERY, (number) => ({ kind: "meanwhile", part: partOf(number), run }), KILLS + 1);

export const PROCESS_ROWS: readonly Row[] = [
  gateRow({
    name: "API killed",
    least: 3,
    rule: (system) => killing(() => system.api.replace()),
  }),
  gateRow({
    name: "API killed, behind the proxy",
    system: { proxy: true },
    clear: true,
    least: 3,
    rule(system) {
      const rule = killing(() => system.api.replace());
      return ({ number }) => rule({ number, path: "", length: 0 });
    },
  }),
  gateRow({
    name: "proxy killed",
    system: { proxy: true },
    clear: true,
    least: 3,
    rule: (system) => killing(() => system.proxy?.replace()),
  }),
  gateRow({
    name: "resets on both sides of the proxy",
    system: { proxy: true },
    clear: true,
    least: 10,
    recognises: true,
    rule(system) {
      system.gate.rule = oneIn(5, (number) =>
        number % 2 === 0 ? { kind: "hang-up", part: 0 } : { kind: "cut", part: 0.5, pass: true },
      );
      return oneIn(4, () => ({ kind: "hang-up", part: 0.5 }));
    },
  }),
  {
    name: "client killed",
    run: (events) =>
      withSystem({}, async (system) => {
        const { end, kills } = await killClients(system, events, () => undefined);
        return outcome(await system.findings(), `${kills} kills`, finished(end, kills));
      }),
  },
  {
    name: "everything at once",
    run: (events) =>
      withSystem({}, async (system) => {
        const { end, kills } = await killClients(system, events, storm(system));
        const happened = [...system.gate.faults.values()].reduce((sum, count) => sum + count, 0);
        return outcome(
          await system.findings(),
          `${kills} kills of the client, ${happened} faults`,
          finished(end, kills),
        );
      }),
  },
  { name: "disk full", run: fullDisk },
];

/** Applications with one queue file after another, each killed at another moment, until all events are kept and sent. */
async function killClients(
  system: System,
  events: number,
  others: Rule,
): Promise<{ end: End | undefined; kills: number }> {
  const options = { ...sending(events), maxQueue: Math.max(200, Math.ceil(events / 10)) };
  for (let kills = 0; ; kills += 1) {
    const { kept, next } = system.account();
    const app = system.startApp({ events: [next, next + events - kept.size], durable: true, options });
    let deliveries = 0;
    system.gate.rule = (delivery) => {
      deliveries += 1;
      // The last one is left alone.
      if (kills >= KILLS || deliveries !== 4 + kills || kills % 2 === 1) return others(delivery);
      return { kind: "meanwhile", part: partOf(kills / 2), run: () => app.kill() };
    };
    if (kills < KILLS && kills % 2 === 1) killWhileLogging(app, next + Math.ceil(events / 12));
    const end = await app.ended();
    system.snapshot();
    if (end !== undefined) return { end, kills };
  }
}

/** Kills an application that has logged up to a number, wherever it is then. */
function killWhileLogging(app: App, serial: number): void {
  void app.until(({ logged }) => logged >= serial).then(() => app.kill());
}

function finished(end: End | undefined, kills: number): string[] {
  if (end === undefined) return ["the last application was killed"];
  return [
    ...end.drops.map((drop) => `dropped: ${drop}`),
    ...(end.stats.waiting > 0 ? [`the client says: ${end.stats.waiting} waiting`] : []),
    ...(kills < KILLS / 2 ? [`the client was killed ${kills} times, not ${KILLS / 2}`] : []),
  ];
}

/** Faults of all kinds, in an order that is the same each time. */
function storm(system: System): Rule {
  const faults: readonly Fault[] = [
    { kind: "hang-up", part: 0 },
    { kind: "cut", part: 0.7, pass: true },
    { kind: "answer", answer: { status: 503 } },
    { kind: "hang-up", part: 0.9 },
    { kind: "replace", answer: { status: 500 } },
    { kind: "answer", answer: { status: 413 } },
    { kind: "answer", answer: { status: 200, body: "<html></html>" } },
    { kind: "cut", part: 0.3, pass: false },
  ];
  let state = 12_345;
  return ({ number }) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    if (number % 40 === 20)
      return { kind: "meanwhile", part: partOf(number / 20), run: () => system.api.replace() };
    return state % 5 < 2 ? faults[(state >> 8) % faults.length] : undefined;
  };
}

/** A disk on which the API's file does not fit any more, and room is made again, three times. */
async function fullDisk(events: number): Promise<ReturnType<typeof outcome>> {
  // Twice what the events need, so that the last fault is the ballast's and not theirs.
  const disk = await smallDisk(
    join(process.env.TMPDIR ?? "/tmp", `blindtally-disk-${process.pid}`),
    24_000_000 + events * 1_500,
  );
  if (typeof disk === "string") throw new Untested(disk);
  try {
    return await withSystem({ database: disk.folder }, async (system) => {
      const { gate, api } = system;
      let times = 0;
      let room = Promise.resolve();
      gate.rule = ({ number }) => {
        if (number % 25 !== 5 || times === 3) return undefined;
        times += 1;
        const refused = (gate.answers.get(503) ?? 0) + 1;
        room = room
          .then(() => disk.fill(api.pid))
          .then(() => gate.until(() => (gate.answers.get(503) ?? 0) >= refused))
          .then(() => disk.empty(api.pid));
        return undefined;
      };
      const app = system.startApp({ events: [0, events], options: sending(events) });
      const end = await app.ended();
      await room;
      const refusals = gate.answers.get(503) ?? 0;
      return outcome(await system.findings(), `${refusals} refusals, ${disk.kind}`, [
        ...unfinished(end, events),
        ...(refusals < 3 ? [`the disk was full for ${refusals} requests, not 3`] : []),
      ]);
    });
  } finally {
    await disk.remove();
  }
}
