// @ts-check
// How a page keeps its frames while it reads a large result map: `measureFrames(rows, rounds)`.

import { init } from "blindtally";
import { importRootKey } from "blindtally/hazard";
import { startWorker } from "blindtally/worker";
import { Names } from "../names.mjs";
import { spread } from "../statistics.mjs";

/** @typedef {{ total: number, rows: number, frames: number, median: number, p99: number, longest: number, late: number }} Frames */

const BATCH = 50_000;
/** A frame that comes this late was missed, at 60 a second. In milliseconds. */
const LATE_MS = 25;

await init();
const cipher = importRootKey(new Uint8Array(32).fill(7)).cipher();
const worker = await startWorker();

/** Distinct names of 24 bytes, as tokens with a count. @param {number} rows */
function resultMap(rows) {
  const names = new Names(20_261_122);
  /** @type {Map<string, number>} */
  const map = new Map();
  while (map.size < rows) {
    for (const token of cipher.encryptAll(names.distinct(Math.min(BATCH, rows - map.size), 24)))
      map.set(token, 3);
  }
  return map;
}

/** @type {Record<string, (map: Map<string, number>) => Promise<{ counts: Map<string, number> }>>} */
const WAYS = {
  worker: (map) => worker.decryptResults(cipher, map),
  "async iterable": (map) => cipher.decryptResults(later(map)),
  "one call": async (map) => cipher.decryptResults(map),
};

/** @param {Map<string, number>} map @returns {AsyncIterable<[string, number]>} */
async function* later(map) {
  yield* map;
}

/** @param {string} way @param {Map<string, number>} map @returns {Promise<Frames>} */
async function framesDuring(way, map) {
  const read = WAYS[way];
  const output = document.querySelector("output");
  if (!read || !output) throw new Error("there is no such way");
  await frame();
  /** @type {number[]} */
  const intervals = [];
  let last = performance.now();
  let running = true;
  const draw = (/** @type {number} */ _time) => {
    const now = performance.now();
    intervals.push(now - last);
    last = now;
    output.textContent = String(now);
    if (running) requestAnimationFrame(draw);
  };
  requestAnimationFrame(draw);
  const began = performance.now();
  const { counts } = await read(map);
  const total = performance.now() - began;
  running = false;
  await frame();
  if (counts.size !== map.size) throw new Error("rows were lost");
  const sorted = [...intervals].sort((a, b) => a - b);
  return {
    total,
    rows: map.size,
    frames: intervals.length,
    median: spread(intervals).median,
    p99: Number(sorted[Math.floor((sorted.length - 1) * 0.99)]),
    longest: Number(sorted.at(-1)),
    late: intervals.filter((interval) => interval > LATE_MS).length,
  };
}

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

/** Every way so many times, in turns. @param {number} rows @param {number} rounds */
async function measureFrames(rows, rounds) {
  const map = resultMap(rows);
  /** @type {Record<string, Frames[]>} */
  const measured = {};
  for (let round = 0; round < rounds; round += 1) {
    for (const way of Object.keys(WAYS)) {
      const before = measured[way] ?? [];
      measured[way] = [...before, await framesDuring(way, map)];
      /** @type {any} */ (globalThis).gc?.();
    }
  }
  return measured;
}

Object.assign(globalThis, { measureFrames });
