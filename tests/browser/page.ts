// Runs every case in the browser and leaves the outcome where the runner finds it.

import * as main from "blindtally";
import * as hazard from "blindtally/hazard";
import { cases } from "../suite/index.js";

/** The outcome of a case: no message where it holds. */
export interface Outcome {
  readonly claim: string;
  readonly message?: string;
}

declare global {
  var outcomes: readonly Outcome[] | undefined;
}

const vectors = await (await fetch("/bt1.json")).json();
await main.init();

const ran: Outcome[] = [];
for (const { claim, run } of cases) {
  try {
    await run({ main, hazard, vectors });
    ran.push({ claim });
  } catch (error) {
    ran.push({ claim, message: String((error as Error).stack ?? error) });
  }
}
globalThis.outcomes = ran;
