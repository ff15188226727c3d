// What a row of the table is, and how most of them run: one application, one gate, one rule.

import type { Sending } from "../support/app.js";
import type { App, End } from "../support/app-process.js";
import type { Canned, Fault, Rule } from "../support/gate.js";
import { type Findings, System, type SystemOptions } from "../support/system.js";

/** A fault that is tried out. */
export interface Row {
  readonly name: string;
  /** Logs that many events while the fault happens, and waits until all are delivered. */
  run(events: number): Promise<Outcome>;
}

/** What came of a row. */
export interface Outcome {
  readonly findings: Findings;
  /** How often what happened. */
  readonly note: string;
  /** Empty if every event is counted once, and nothing else is wrong. */
  readonly problems: readonly string[];
}

/** Why a row cannot be tried here. */
export class Untested extends Error {}

/** A row in which one application logs all events. */
export interface GateRow {
  readonly name: string;
  readonly system?: SystemOptions;
  /** What the gate does; called once the system is there. */
  rule(system: System, app: App): Rule;
  readonly options?: Sending;
  readonly clear?: boolean;
  readonly jumps?: boolean;
  /** How often the fault must have happened, so that the row says anything. */
  readonly least: number;
  /** Whether the API must have recognised events that it had. */
  readonly recognises?: boolean;
}

/** The most that any row may take. */
export const DEADLINE_MS = 900_000;

/** How an application of a row sends: batches small enough that faults meet many, waits short enough for a test. */
export const sending = (events: number): Sending => ({
  maxBatch: Math.min(1_000, Math.max(20, Math.ceil(events / 100))),
  retry: { baseMs: 20, capMs: 200 },
  timeoutMs: 10_000,
});

export function gateRow({
  name,
  system: needs,
  rule,
  options,
  clear,
  jumps,
  least,
  recognises,
}: GateRow): Row {
  return {
    name,
    async run(events) {
      return withSystem(needs ?? {}, async (system) => {
        // No delivery comes before the rule is set: the application takes longer to start than this.
        const app = system.startApp({
          events: [0, events],
          clear: clear ?? false,
          jumps: jumps ?? false,
          options: { ...sending(events), ...options },
        });
        system.front.rule = rule(system, app);
        const end = await app.ended();
        const findings = await system.findings();
        const happened = [...system.front.faults.values()].reduce((sum, count) => sum + count, 0);
        return outcome(findings, `${happened} faults`, [
          ...unfinished(end, events),
          ...(happened < least ? [`the fault happened ${happened} times, not ${least}`] : []),
          ...(recognises && findings.recognised === 0 ? ["the API recognised no event that it had"] : []),
        ]);
      });
    },
  };
}

/** Runs something with a system that is gone afterwards. */
export async function withSystem<T>(
  options: SystemOptions,
  work: (system: System) => Promise<T>,
): Promise<T> {
  const system = await System.open(options);
  try {
    return await work(system);
  } finally {
    await system.stop().catch(() => {});
    system.remove();
  }
}

/** An outcome: the faults of any row and those of this one. */
export function outcome(findings: Findings, note: string, problems: readonly string[]): Outcome {
  const { lost, double, recognised, doubtful, arrived } = findings;
  const more = [
    ...(recognised > 0 ? [`${recognised} recognised`] : []),
    ...(doubtful > 0 ? [`${arrived} of ${doubtful} in doubt`] : []),
  ];
  return {
    findings,
    note: [note, ...more].join(", "),
    problems: [
      ...(lost > 0 ? [`${lost} lost`] : []),
      ...(double > 0 ? [`${double} double`] : []),
      ...findings.problems,
      ...problems,
    ],
  };
}

/** What an application says of itself that is not as it should be. */
export function unfinished(end: End | undefined, events: number): string[] {
  if (end === undefined) return ["the application was killed"];
  const { delivered, waiting, logged } = end.stats;
  return [
    ...end.drops.map((drop) => `dropped: ${drop}`),
    ...(logged === events && delivered === events && waiting === 0
      ? []
      : [`the client says: ${logged} logged, ${delivered} delivered, ${waiting} waiting`]),
  ];
}

/** The fault for one delivery in so many, beginning with the second. */
export const oneIn =
  (every: number, fault: (delivery: number) => Fault, most = Number.POSITIVE_INFINITY): Rule =>
  ({ number }) =>
    number % every === 2 && number < most * every ? fault(number) : undefined;

/** Asks to come back later, in seconds, as a date or not at all. */
export function tooMany(how: "seconds" | "date" | "unsaid"): Canned {
  if (how === "unsaid") return { status: 429 };
  if (how === "seconds") return { status: 429, retryAfterMs: 1_000, fields: () => ({ "retry-after": "1" }) };
  return {
    status: 429,
    // The dates of HTTP have whole seconds, so both are of one.
    retryAfterMs: 2_000,
    fields: () => {
      const now = Math.floor(Date.now() / 1_000) * 1_000;
      return { date: new Date(now).toUTCString(), "retry-after": new Date(now + 2_000).toUTCString() };
    },
  };
}
