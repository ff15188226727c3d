// @ts-check
// Places that this table does not claim, each with the reason why it cannot be tried here.

import { Untested } from "../lib/target.mjs";

/** @type {Readonly<Record<string, string>>} */
const REASONS = {
  "Safari, and its Lockdown Mode":
    "they run on Apple's systems alone; WebKit above is their engine, without that mode",
  "React Native with Hermes":
    "it needs a phone or an emulator; Node without WebAssembly above shows what an engine without it sees",
  Electron: "its packages download the program from another place than the npm registry",
  "Edge functions of Vercel, Fastly's Compute": "there is no condition for them in the package",
  "Windows and macOS": "the tests have run on Linux alone",
};

/** @type {readonly import("../lib/target.mjs").Target[]} */
export const targets = Object.entries(REASONS).map(([name, reason]) => ({
  name,
  group: "untested",
  fast: false,
  async run() {
    throw new Untested(reason);
  },
}));
