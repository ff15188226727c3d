// @ts-check
// The first token of a new page, from `init()` on: milliseconds, in `globalThis.coldStart`.

import { init } from "blindtally";
import { importRootKey } from "blindtally/hazard";

const began = performance.now();
await init();
const loaded = performance.now();
const token = importRootKey(new Uint8Array(32).fill(7)).cipher().encrypt("medication.missed");
const ended = performance.now();
if (!token) throw new Error("no token was made");
Object.assign(globalThis, { coldStart: { whole: ended - began, loaded: ended - loaded } });
