// Whether the table sees what it is there to see: each check brings about a defect, and passes when it is found.

import { appendFileSync } from "node:fs";
import type { Sending } from "../support/app.js";
import type { Rule } from "../support/gate.js";
import { nameOf } from "../support/names.js";
import type { System } from "../support/system.js";
import { gateRow, type Outcome, oneIn, outcome, sending, tooMany, unfinished, withSystem } from "./row.js";

/** A defect that must be seen. */
export interface Check {
  readonly name: string;
  /** What was missed, if anything was. */
  run(): Promise<readonly string[]>;
}

const EVENTS = 1_000;

export const CHECKS: readonly Check[] = [
  {
    name: "events counted twice, where their ids are taken away",
    async run() {
      const { findings } = await tried({
        rule: oneIn(5, () => ({ kind: "hang-up", part: 0 })),
        change: (body) => body.replaceAll(/"id":"[^"]*",?/g, ""),
      });
      return missed({ "a double event": findings.double > 0, "none lost": findings.lost === 0 });
    },
  },
  {
    name: "events lost, where somebody else says that they are stored",
    async run() {
      const body = (request: string): string =>
        JSON.stringify({ stored: JSON.parse(request).events.length, duplicates: 0 });
      const { findings } = await tried({
        rule: oneIn(5, () => ({ kind: "answer", answer: { status: 201, body } })),
      });
      return missed({ "a lost event": findings.lost > 0, "none double": findings.double === 0 });
    },
  },
  {
    name: "events dropped by a client with a small queue",
    async run() {
      const { findings, problems } = await tried({ options: { maxQueue: 100, whenFull: "drop" } });
      return missed({
        "a lost event": findings.lost > 0,
        "its reason": problems.some((problem) => /dropped: \d+ queue-full/.test(problem)),
      });
    },
  },
  {
    name: "events lost by a kill, where the queue is in memory",
    run: () =>
      withSystem({}, async (system) => {
        const app = system.startApp({ events: [0, EVENTS], options: sending(EVENTS) });
        system.gate.rule = ({ number }) =>
          number === 4 ? { kind: "meanwhile", part: 0.5, run: () => app.kill() } : undefined;
        const end = await app.ended();
        const findings = await system.findings();
        return missed({ "its end": end === undefined, "a lost event": findings.lost > 0 });
      }),
  },
  {
    name: "properties that do not arrive",
    async run() {
      const { findings } = await tried({ change: (body) => body.replaceAll(/,"properties":\{[^}]*\}/g, "") });
      return missed({
        "an event without its ward": findings.misgrouped > 0,
        "none lost": findings.lost === 0,
      });
    },
  },
  {
    name: "names in clear, in what is carried, stored and said",
    async run() {
      const { findings } = await tried({
        clear: true,
        finally(system) {
          const name = nameOf(system.stem, 7);
          appendFileSync(system.log("a.log"), Buffer.from(name).toString("base64"));
          appendFileSync(system.log("b.log"), Buffer.from(name).toString("hex"));
          appendFileSync(system.log("c.log"), name, "utf16le");
          appendFileSync(system.log("d.log"), Buffer.from(system.key).toString("base64url"));
        },
      });
      const at = (start: string): boolean => findings.leaks.some((leak) => leak.startsWith(start));
      return missed({
        "the traffic": at("traffic: "),
        "the API's rows": at("rows: "),
        "a log in Base64": at("logs: a.log (Base64"),
        "a log in hexadecimal": at("logs: b.log (hex"),
        "a log in UTF-16": at("logs: c.log (UTF-16LE"),
        "the key": at("logs: d.log (the key)"),
        "nothing else in a log": findings.leaks.filter((leak) => leak.startsWith("logs: ")).length >= 4,
      });
    },
  },
  {
    name: "a fault that does not happen",
    async run() {
      const { problems } = await gateRow({ name: "", rule: () => () => undefined, least: 1 }).run(EVENTS);
      return missed({ "that it did not": problems.some((problem) => problem.includes("happened 0 times")) });
    },
  },
  {
    name: "requests that do not wait, and two at once",
    run: () =>
      withSystem({}, async (system) => {
        const { gate } = system;
        const post = () =>
          fetch(`${gate.url}/events`, { method: "POST", body: '{"events":["a"]}' }).then(
            ({ status }) => status,
          );
        await Promise.all([post(), post()]);
        const most = gate.mostUnderWay;
        gate.rule = ({ number }) =>
          number === 3 ? { kind: "answer", answer: tooMany("seconds") } : undefined;
        const statuses = [await post(), await post()];
        return missed({
          "two at once": most === 2,
          "one that did not wait": gate.early === 1,
          "its answers": statuses.join() === "429,201",
        });
      }),
  },
  {
    name: "a service that ends by itself",
    run: () =>
      withSystem({}, async ({ api }) => {
        process.kill(api.pid, "SIGKILL");
        await api.gone;
        return missed({ "its end": api.crashes === 1 });
      }),
  },
];

interface Trial {
  readonly rule?: Rule;
  readonly change?: (body: string) => string;
  readonly options?: Sending;
  readonly clear?: boolean;
  finally?(system: System): void;
}

/** A row with a defect. */
function tried({ rule, change, options, clear, finally: last }: Trial): Promise<Outcome> {
  return withSystem({}, async (system) => {
    if (rule !== undefined) system.gate.rule = rule;
    if (change !== undefined) system.gate.change = change;
    const app = system.startApp({
      events: [0, EVENTS],
      clear: clear ?? false,
      options: { ...sending(EVENTS), ...options },
    });
    const end = await app.ended();
    last?.(system);
    return outcome(await system.findings(), "", unfinished(end, EVENTS));
  });
}

const missed = (seen: Readonly<Record<string, boolean>>): string[] =>
  Object.entries(seen).flatMap(([what, was]) => (was ? [] : [`not seen: ${what}`]));
