// `node tests/build/faults/soak.js MINUTES RATE`: a steady load on API, proxy and two applications, the memory of each
// every ten seconds, and a verdict: clients and proxy stay flat, the API within its bound. All that was logged is counted
// in the end.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as later } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { importRootKey } from "blindtally/hazard";
import { own } from "./support/children.js";
import { residentBytes, type Series, type Trend, trendOf } from "./support/memory.js";
import type { Steady, SteadyReport } from "./support/steady.js";
import { System } from "./support/system.js";

const LOOK_MS = 10_000;
/**
 * The most the API may hold. It follows its file, of which DuckDB keeps up to 256 MB (`memory_limit` in the services'
 * analytics/database.ts), and so cannot be flat before that is full; Node, and what reading and counting take for a
 * while, come on top of it. With a file beyond the limit it stays at some 350 MB.
 */
const API_BOUND_BYTES = 450e6;
/** The share of the load that goes through the proxy. */
const THROUGH_PROXY = 0.25;
const APPLICATION = fileURLToPath(new URL("./support/steady.js", import.meta.url));

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));

const [minutes, rate] = process.argv.slice(2).map(Number);
if (!minutes || !rate || minutes < 1) {
  process.stdout.write("soak.js MINUTES RATE, each 1 or more\n");
  process.exitCode = 2;
} else process.exitCode = (await soak(minutes, rate)) ? 0 : 1;

async function soak(minutes: number, rate: number): Promise<boolean> {
  const system = await System.open({ proxy: true, untapped: true });
  try {
    const address = (port: number | undefined): string => `http://127.0.0.1:${port}`;
    const key = Uint8Array.from(system.key);
    const direct = start({
      endpoint: address(system.api.port),
      key,
      rate: rate * (1 - THROUGH_PROXY),
      clear: false,
    });
    const behind = start({
      endpoint: address(system.proxy?.port),
      key,
      rate: rate * THROUGH_PROXY,
      clear: true,
    });
    const processes: readonly { name: string; pid: number; bound?: number }[] = [
      { name: "client, resident", pid: direct.pid ?? 0 },
      { name: "client of the proxy, resident", pid: behind.pid ?? 0 },
      { name: "proxy, resident", pid: system.proxy?.pid ?? 0 },
      { name: "API, resident", pid: system.api.pid, bound: API_BOUND_BYTES },
    ];
    const resident = processes.map((process) => ({ ...process, values: [] as number[] }));
    const heaps = [
      { name: "client, in use", child: direct, values: [] as number[] },
      { name: "client of the proxy, in use", child: behind, values: [] as number[] },
    ];
    const all: readonly Series[] = [...resident, ...heaps];
    say(["seconds", ...all.map(({ name }) => name)].join("  "));
    const started = performance.now();
    for (let look = 1; look <= (minutes * 60_000) / LOOK_MS; look += 1) {
      await later(started + look * LOOK_MS - performance.now());
      for (const { child, values } of heaps) values.push(await heapOf(child));
      for (const { pid, values } of resident) values.push(residentBytes(pid));
      say([String((look * LOOK_MS) / 1_000).padStart(7), ...all.map(latest)].join("  "));
    }
    const logged = (await end(direct)) + (await end(behind));
    const counted = await countedBy(system, address(system.api.port));
    const trends = all.map((series) => trendOf(series, LOOK_MS));
    say("\nMB: after the warm-up, at the end, at most, a minute");
    for (const trend of trends) say(lineOf(trend));
    say(
      `The API follows its file, of which it keeps at most 256 MB in memory: it has to stay within ${API_BOUND_BYTES / 1e6} MB, all others flat.`,
    );
    say(`${logged.toLocaleString("en-US")} events logged, ${counted.toLocaleString("en-US")} counted`);
    return trends.every(({ holds }) => holds) && counted === logged;
  } finally {
    await system.stop();
    system.remove();
  }
}

function start(order: Steady): ChildProcess {
  const child = own(fork(APPLICATION, [], { serialization: "advanced", execArgv: ["--expose-gc"] }));
  child.send(order);
  return child;
}

async function heapOf(child: ChildProcess): Promise<number> {
  child.send("heap");
  const report = await answerOf(child);
  return "heap" in report ? report.heap : 0;
}

/** How many events it logged; it has delivered all of them. */
async function end(child: ChildProcess): Promise<number> {
  const gone = once(child, "close");
  child.send("end");
  const report = await answerOf(child);
  await gone;
  if (!("logged" in report) || report.delivered !== report.logged)
    throw new Error(`an application ended with ${JSON.stringify(report)}`);
  return report.logged;
}

async function answerOf(child: ChildProcess): Promise<SteadyReport> {
  const [report] = (await Promise.race([
    once(child, "message"),
    once(child, "close").then(() => Promise.reject(new Error("an application ended by itself"))),
  ])) as [SteadyReport];
  return report;
}

async function countedBy(system: System, api: string): Promise<number> {
  const keyset = importRootKey(system.key);
  const { results } = (await (await fetch(`${api}/results`)).json()) as { results: Record<string, number> };
  const { counts, unreadable } = keyset.cipher().decryptResults(results);
  if (unreadable.length > 0) throw new Error(`${unreadable.length} rows cannot be read`);
  let counted = 0;
  for (const count of counts.values()) counted += count;
  return counted;
}

function lineOf({ name, first, last, most, slope, bound, holds }: Trend): string {
  const figures = [first, last, most].map((bytes) => megabytes(bytes).padStart(8)).join("");
  const [good, bad] =
    bound === undefined ? ["flat", "GROWS"] : [`within ${bound / 1e6}`, `BEYOND ${bound / 1e6}`];
  return `${name.padEnd(30)}${figures}${(slope / 1e6).toFixed(3).padStart(10)}  ${holds ? good : bad}`;
}

function latest({ name, values }: Series): string {
  return megabytes(values.at(-1) ?? 0).padStart(name.length);
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
