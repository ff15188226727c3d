// @ts-check
// The page in which a browser times what Node times. The program that drives the browser calls `measureHere`.

import { init } from "blindtally";
import { measure } from "../suite.mjs";

Object.assign(globalThis, {
  /** @param {import("../suite.mjs").Plan} plan */
  async measureHere(plan) {
    // Without it the clock is too coarse for the fast tasks.
    if (!crossOriginIsolated) throw new Error("the page is not isolated");
    await init();
    const { encrypting, ...measured } = await measure(plan);
    const { times: _, ...rows } = encrypting;
    return { ...measured, encrypting: rows };
  },
});
