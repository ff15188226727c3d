// The script of the thread in Node.

import { parentPort } from "node:worker_threads";
import { serve } from "../worker/thread.js";

const handle = serve((answer, moved) => parentPort?.postMessage(answer, moved));
parentPort?.on("message", handle);
