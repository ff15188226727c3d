// @ts-check
// What decrypting a map of a million rows needs beside the map itself.
//   memory.mjs write FILE             writes the map, as a vendor would answer it
//   memory.mjs read FILE live|used    decrypts it and prints JSON: `live` collects garbage before each look, `used` does not
// They are two processes, because making a map leaves traces in the memory of the process that made it.

import { readFileSync, writeFileSync } from "node:fs";

const HUGE = 1_000_000;
const [task = "", file = "", mode] = process.argv.slice(2);

/** @type {WebAssembly.Memory[]} */
const memories = [];
watchWasm();

const { importRootKey } = await import("blindtally/hazard");
/** Known to both processes, and worth nothing. */
const ROOT = new Uint8Array(32).fill(7);

if (task === "write") await writeMap();
else process.stdout.write(JSON.stringify(await measure()));

async function writeMap() {
  const { resultText } = await import("./decrypting.mjs");
  const { Names } = await import("./names.mjs");
  writeFileSync(file, resultText(importRootKey(ROOT).cipher(), new Names(1), HUGE));
}

async function measure() {
  const results = JSON.parse(readFileSync(file, "utf8"));
  const cipher = importRootKey(ROOT).cipher();
  // What is only made once, such as the wasm instance, is not the map's.
  await cipher.decryptResults({ [cipher.encrypt("first")]: 1 });

  collect();
  const before = { used: used(), resident: process.memoryUsage.rss() };
  resetPeakResident();
  let [samples, peak] = [0, 0];
  const look = () => {
    if (mode === "live") collect();
    samples += 1;
    peak = Math.max(peak, used());
  };
  // Garbage is collected for a hundredth of the rows, or a run would take minutes.
  let next = 0;
  const onProgress = () => {
    if (mode !== "live") return look();
    if (performance.now() < next) return;
    look();
    next = performance.now() + 100;
  };
  const read = await /** @type {any} */ (cipher).decryptResults(results, { onProgress });
  const sampled = samples > 0;
  look();
  const residentPeak = peakResident();
  collect();
  const kept = used() - before.used;
  if (read.counts.size !== HUGE || Object.keys(results).length !== HUGE) throw new Error("rows are missing");
  return {
    rows: HUGE,
    samples: sampled ? samples - 1 : 0,
    used: { kept, peak: sampled ? peak - before.used : null },
    resident: {
      kept: process.memoryUsage.rss() - before.resident,
      peak: residentPeak === null ? null : residentPeak - before.resident,
    },
  };
}

/** Bytes on the heap, beside it, and in wasm. */
function used() {
  // `external` has array buffers in it, but not the memory of wasm.
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external + memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
}

function collect() {
  for (let time = 0; time < 3; time += 1) /** @type {any} */ (globalThis).gc();
}

/** Sees to it that the memory of each instance is known: the package shows it to nobody. */
function watchWasm() {
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class extends Instance {
    /** @param {WebAssembly.Module} module @param {WebAssembly.Imports} [imports] */
    constructor(module, imports) {
      super(module, imports);
      const exported = Object.values(this.exports).filter((value) => value instanceof WebAssembly.Memory);
      memories.push(.../** @type {WebAssembly.Memory[]} */ (exported));
    }
  };
}

/** Linux alone forgets the highest resident size of a process when asked. */
function resetPeakResident() {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // Then there is no such figure.
  }
}

function peakResident() {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}
