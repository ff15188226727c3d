// Runs every case in the browser and leaves the outcome where the runner finds it.

import * as main from "blindtally";
import * as hazard from "blindtally/hazard";
import * as sealed from "blindtally/sealed";
import { cases } from "../suite/index.js";
import { sealingCases } from "../suite/sealing.js";
import type { SealingLib } from "../suite/sealing-check.js";
import { browserCases } from "./cases.js";

/** The outcome of a case: no message where it holds. */
export interface Outcome {
  readonly claim: string;
  readonly message?: string;
}

declare global {
  var outcomes: readonly Outcome[] | undefined;
}

const json = async (path: string) => (await fetch(path)).json();
const lib: SealingLib = {
  main,
  hazard,
  sealed,
  vectors: await json("/bt1.json"),
  keysetVectors: await json("/keysets.json"),
  randomizedVectors: await json("/br1.json"),
  propertyVectors: await json("/properties.json"),
  files: await json("/sealed.json"),
  sets: await json("/shares.json"),
};
await main.init();

const ran: Outcome[] = [];
for (const { claim, run } of [...cases, ...sealingCases, ...browserCases]) {
  try {
    await run(lib);
    ran.push({ claim });
  } catch (error) {
    ran.push({ claim, message: String((error as Error).stack ?? error) });
  }
}
globalThis.outcomes = ran;
