// @ts-check
// Cloudflare's runtime itself, with what their bundler makes of a worker; loopback alone.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { start, stop } from "../../../scripts/lib/run.mjs";
import { assertReport, golden } from "../lib/check.mjs";
import { wasmCopiesIn } from "../lib/output.mjs";
import { installTool, programOf, recentNode, versionOf } from "../lib/tools.mjs";

/** @typedef {import("../lib/target.mjs").Target} Target */
/** @typedef {import("../lib/target.mjs").Context} Context */
/** @typedef {import("../lib/consumer.mjs").Consumer} Consumer */

const ANSWER_MS = 30_000;
const COMPATIBILITY_DATE = "2026-11-01";

const CORE = `import * as blindtally from "blindtally";
import * as hazard from "blindtally/hazard";
import { check } from "./check.js";

export default {
  async fetch() {
    await blindtally.init();
    return Response.json(check({ ...blindtally, ...hazard }));
  },
};
`;

// The second wasm file and the client, which has no queue on a disk there.
const WHOLE = `import { createClient, init } from "blindtally";
import { importRootKey } from "blindtally/hazard";
import { initSealing, KeysetFile } from "blindtally/sealed";
import sealing from "blindtally/sealing.wasm";
import { check, golden } from "./check.js";

const sent = [];
export default {
  async fetch(request, env, context) {
    await init();
    await initSealing(sealing);
    const raw = new Uint8Array(32).fill(7);
    const file = await KeysetFile.create(importRootKey(Uint8Array.from(golden.root)));
    await file.addSlot({ raw });
    const { keyset } = await KeysetFile.open(file.seal(), { raw });
    const client = createClient({
      endpoint: "https://analytics.example",
      keyset,
      context: golden.context,
      waitUntil: (delivery) => context.waitUntil(delivery),
      fetch: async (url, { body }) => {
        sent.push(...JSON.parse(body).events.map((entry) => entry.event ?? entry));
        return Response.json({ stored: 1, duplicates: 0 }, { status: 201 });
      },
    });
    await client.logEvent(golden.name);
    await client.flush();
    return Response.json(sent);
  },
};
`;

const INLINE = `import { init } from "blindtally/inline";
export default {
  async fetch() {
    return Response.json(await init().then(() => "no error", (error) => error.code));
  },
};
`;

/** @type {readonly Target[]} */
export const workerdTargets = [
  {
    name: "workerd",
    group: "runtimes",
    fast: true,
    async run(context) {
      const { answer, consumer, version } = await runWorker(context, CORE);
      assertReport(answer);
      assert.deepEqual(wasmCopiesIn(join(consumer.folder, "out"), consumer), { core: 1, sealing: 0 });
      return { version, note: "bundled by wrangler" };
    },
  },
  {
    name: "workerd, sealed keyset and client",
    group: "runtimes",
    fast: true,
    async run(context) {
      const { answer, consumer, version } = await runWorker(context, WHOLE);
      assert.deepEqual(answer, [golden.token]);
      assert.deepEqual(wasmCopiesIn(join(consumer.folder, "out"), consumer), { core: 1, sealing: 1 });
      return { version };
    },
  },
  {
    name: "workerd, which compiles no bytes",
    group: "forbidden",
    fast: true,
    async run(context) {
      const { answer, version } = await runWorker(context, INLINE);
      assert.equal(answer, "wasm-unavailable");
      return { version, note: "blindtally/inline says wasm-unavailable" };
    },
  },
];

/** Bundles a worker, runs it and asks it once. @param {Context} context @param {string} worker */
async function runWorker(context, worker) {
  const tool = await installTool("wrangler", context.step);
  const consumer = await context.consumer({
    files: {
      "worker.js": worker,
      "wrangler.json": JSON.stringify({
        name: "consumer",
        main: "worker.js",
        compatibility_date: COMPATIBILITY_DATE,
      }),
    },
  });
  const args = [programOf(tool, "wrangler"), "deploy", "--dry-run", "--outdir", "out"];
  const env = { WRANGLER_SEND_METRICS: "false", CI: "1", XDG_CONFIG_HOME: join(consumer.folder, ".config") };
  await consumer.run(await recentNode(context.step), args, { env });
  await consumer.write({ "out/config.capnp": configOf(consumer) });
  const url = await serveWorker(
    context,
    programOf(tool, "workerd"),
    join(consumer.folder, "out/config.capnp"),
  );
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return { answer: JSON.parse(text), consumer, version: versionOf(tool, "workerd") };
}

/** The modules that wrangler wrote, as workerd is told of them. @param {Consumer} consumer */
function configOf(consumer) {
  const modules = readdirSync(join(consumer.folder, "out")).flatMap((file) => {
    if (file.endsWith(".js")) return [`(name = "${file}", esModule = embed "${file}")`];
    return file.endsWith(".wasm") ? [`(name = "${file}", wasm = embed "${file}")`] : [];
  });
  // The worker is the first of them.
  modules.sort((a, b) => Number(b.includes('"worker.js"')) - Number(a.includes('"worker.js"')));
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [${modules.join(", ")}],
  compatibilityDate = "${COMPATIBILITY_DATE}",
);
`;
}

/** @param {Context} context @param {string} workerd @param {string} config @returns {Promise<string>} */
async function serveWorker(context, workerd, config) {
  // It chooses a free port and tells it on a file descriptor of ours.
  const child = start(workerd, ["serve", config, "--control-fd=3"], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  context.defer(() => stop(child));
  /** @type {string[]} */
  const said = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on("line", (line) => said.push(line));
  }
  const control = /** @type {import("node:stream").Readable} */ (child.stdio[3]);
  return new Promise((resolve, reject) => {
    child.once("close", () => reject(new Error(`workerd ended: ${said.join("\n")}`)));
    createInterface({ input: control }).on("line", (line) => {
      const { event, port } = JSON.parse(line);
      if (event === "listen") resolve(`http://127.0.0.1:${port}/`);
    });
  });
}
