import { init, isBlindtallyError } from "blindtally";
import { importRootKey } from "blindtally/hazard";

function tokenInWorker(golden) {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = reject;
    worker.postMessage(golden);
  });
}

globalThis.consumer = { init, isBlindtallyError, importRootKey, tokenInWorker };
