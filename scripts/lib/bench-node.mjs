// @ts-check
// What is measured in Node: each in a process of its own, so that none inherits the heap of another.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spread } from "../../benches/js/statistics.mjs";
import { inRoot } from "./paths.mjs";
import { run, start, stop, UserError } from "./run.mjs";

/** @typedef {import("./log.mjs").Step} Step */
/** @typedef {import("../../benches/js/statistics.mjs").Spread} Spread */
/** @typedef {import("../../benches/js/encrypting.mjs").Row} Row */
/** @typedef {import("../../benches/js/decrypting.mjs").Row} MapRow */

/**
 * @typedef {object} Measured
 * @property {number} checked how many names were compared before anything was timed
 * @property {{ distinct: Row[], repeated: Row[], againstSodium: Spread }} encrypting
 * @property {{ rows: MapRow[], growth: Spread }} decrypting
 */
/** @typedef {Measured & { natives: { id: string, time: Spread, cost: Spread }[] }} MeasuredInNode */

const TIMEOUT_MS = 1_200_000;

/** Everything that is timed in rounds. @param {import("../../benches/js/suite.mjs").Plan & { native: object[] }} plan @param {Step} step @returns {Promise<MeasuredInNode>} */
export function measureInNode(plan, step) {
  return child("node", ["--expose-gc"], [JSON.stringify(plan)], (line) => step.note(line));
}

/** @typedef {{ id: string, label: string, loaded: Spread, whole: Spread }} ColdStart milliseconds from first use, and from before the import, to the first token */

/** Ours and noble's, in turn, each time in a new process. @param {number} times @returns {Promise<ColdStart[]>} */
export async function coldStart(times) {
  const kinds = [
    { id: "imported", label: "blindtally, a root key imported" },
    // The first random bytes make Node load its WebCrypto.
    { id: "generated", label: "blindtally, a root key generated" },
    { id: "noble", label: "@noble/ciphers gcmsiv, the cipher alone" },
  ].map((kind) => ({ ...kind, loaded: /** @type {number[]} */ ([]), whole: /** @type {number[]} */ ([]) }));
  for (let time = 0; time < times; time += 1) {
    for (const { id, loaded, whole } of time % 2 === 0 ? kinds : kinds.toReversed()) {
      const measured = await child("cold-start", [], [id]);
      loaded.push(measured.loaded);
      whole.push(measured.whole);
    }
  }
  return kinds.map(({ id, label, loaded, whole }) => ({
    id,
    label,
    loaded: spread(loaded),
    whole: spread(whole),
  }));
}

/** Bytes above what was used before. @typedef {{ kept: number, peak: number | null }} Growth */
/** @typedef {{ rows: number, samples: number, live: Growth, used: Growth, resident: Growth }} Memory */

/** What decrypting a huge map takes: one run that collects garbage before it looks, and one that does not. @returns {Promise<Memory>} */
export async function memory() {
  return withFolder(async (folder) => {
    const file = join(folder, "results.json");
    await child("memory", [], ["write", file]);
    const live = await child("memory", ["--expose-gc"], ["read", file, "live"]);
    const used = await child("memory", ["--expose-gc"], ["read", file, "used"]);
    return { ...used, live: live.used };
  });
}

/** @typedef {{ id: string, label: string, eventsPerSecond: Spread, ratio: Spread }} Sending */

/** Events a second into a real analytics API, in a process and a database file of its own. @param {number} rounds @returns {Promise<Sending[]>} */
export async function logEvents(rounds) {
  return withFolder(async (folder) => {
    const database = ["--database", join(folder, "events.duckdb")];
    const main = inRoot("services/dist/analytics/main.js");
    const api = start(process.execPath, [main, ...database, "--port", "0"]);
    try {
      return await child("log-events", ["--expose-gc"], [await addressOf(api), String(rounds)]);
    } finally {
      await stop(api);
    }
  });
}

const LISTEN_TIMEOUT_MS = 30_000;

/** What it says that it listens on. @param {import("node:child_process").ChildProcess} api @returns {Promise<string>} */
function addressOf(api) {
  return new Promise((resolve, reject) => {
    let output = "";
    const fail = () => reject(new UserError(`The analytics API does not start.\n${output}`));
    const timer = setTimeout(fail, LISTEN_TIMEOUT_MS);
    const read = (/** @type {Buffer} */ chunk) => {
      output += chunk;
      const address = /listening on (http:\/\/[^"\s]+)/.exec(output)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      // Its log goes on, and somebody has to take it.
      for (const stream of [api.stdout, api.stderr]) stream?.off("data", read).resume();
      resolve(address);
    };
    api.stdout?.on("data", read);
    api.stderr?.on("data", read);
    api.once("close", fail);
  });
}

/** Does something with a folder that is gone afterwards. @template T @param {(folder: string) => Promise<T>} work */
async function withFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), "blindtally-bench-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The JSON that a script of benches/js prints. @param {string} script @param {string[]} flags @param {string[]} args @param {(line: string) => unknown} [onLine] */
async function child(script, flags, args, onLine) {
  const { stdout } = await run(process.execPath, [...flags, inRoot(`benches/js/${script}.mjs`), ...args], {
    timeoutMs: TIMEOUT_MS,
    ...(onLine && { onLine: (line) => line.startsWith("{") || onLine(line) }),
  });
  return JSON.parse(stdout || "null");
}
