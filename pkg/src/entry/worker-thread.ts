// The script of the thread in browsers.

import { serve } from "../worker/thread.js";

const handle = serve((answer, transfer) => globalThis.postMessage(answer, { transfer }));
globalThis.onmessage = ({ data }) => handle(data);
