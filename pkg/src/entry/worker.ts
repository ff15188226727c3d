// Browsers and bundlers: the script of the thread lies beside this code, where bundlers find it by this address.

import { type ResultsWorker, start } from "../worker/results-worker.js";

export type { ResultsWorker } from "../worker/results-worker.js";

/**
 * Starts a worker that decrypts result maps; after `init()`, whose wasm file it shares.
 *
 * @throws BlindtallyError `wasm-unavailable` if its script cannot be loaded, `not-initialized` before `init()`.
 */
export function startWorker(): Promise<ResultsWorker> {
  return start((receive, fail) => {
    const worker = new Worker(new URL("./worker-thread.js", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => receive(data);
    worker.onmessageerror = () => fail("a message could not be read");
    worker.onerror = (event) => {
      // It is reported to whoever waits, and not to the page beside.
      event.preventDefault();
      fail(event.message ?? "its script could not be loaded");
    };
    return {
      post: (request, moved) => worker.postMessage(request, moved),
      terminate: () => worker.terminate(),
    };
  });
}
