// Node: the same in a thread of `node:worker_threads`.

import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { provideLazily } from "../instance.js";
import { readWasmFile } from "../node-file.js";
import { type ResultsWorker, start } from "../worker/results-worker.js";

export type { ResultsWorker } from "../worker/results-worker.js";

provideLazily(readWasmFile);

/**
 * Starts a worker that decrypts result maps. A worker without work does not keep the process alive.
 *
 * @throws BlindtallyError `wasm-unavailable` if its script or the wasm file cannot be loaded.
 */
export function startWorker(): Promise<ResultsWorker> {
  return start((receive, fail) => {
    // Without the flags of this process: it runs this one file, whatever else was asked for.
    const worker = new Worker(join(__dirname, "./node-worker-thread.js"), { execArgv: [] });
    // Node hands over all messages that are there in one turn of the event loop; each is to have its own.
    worker.on("message", (answer) => setImmediate(receive, answer));
    worker.on("messageerror", fail);
    worker.on("error", fail);
    worker.on("exit", () => fail("the thread ended"));
    return {
      post: (request, moved) => worker.postMessage(request, moved),
      terminate: () => void worker.terminate(),
      hold: (busy) => (busy ? worker.ref() : worker.unref()),
    };
  });
}
