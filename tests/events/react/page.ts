// Runs the cases in the browser and leaves the outcome where the test finds it.

import { cases } from "./cases.js";

/** The outcome of a case: no message where it holds. */
export interface Outcome {
  readonly claim: string;
  readonly message?: string;
}

const ran: Outcome[] = [];
for (const { claim, run } of cases) {
  try {
    await run();
    ran.push({ claim });
  } catch (error) {
    ran.push({ claim, message: String((error as Error).stack ?? error) });
  }
}
(globalThis as { outcomes?: readonly Outcome[] }).outcomes = ran;
