// What holds in browsers alone.

import { type Case, equal } from "../suite/check.js";

const FIVE_MINUTES = 300_000;

export const browserCases: Case[] = [
  {
    claim: "in a worker of a page five minutes without use are the default, as in the page",
    async run() {
      const before = Date.now();
      const worker = new Worker(new URL("./locking-worker.ts", import.meta.url), { type: "module" });
      const locksAt = await new Promise<Date | undefined>((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message));
      });
      worker.terminate();
      const after = (locksAt?.getTime() ?? 0) - FIVE_MINUTES;
      equal([after >= before, after <= Date.now()], [true, true]);
    },
  },
];
