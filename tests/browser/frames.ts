// Reads a large map, by itself or in a worker, and counts the frames that come meanwhile.

import { init, Keyset } from "blindtally";
import { startWorker } from "blindtally/worker";

/** What was seen of the page while a map was read. */
export interface Seen {
  readonly frames: number;
  /** The most rows that were read between two frames. */
  readonly mostRows: number;
  readonly names: number;
}

declare global {
  var framesWhileReading: ((rows: number, inWorker: boolean) => Promise<Seen>) | undefined;
}

await init();
const cipher = Keyset.generate().cipher();
const worker = await startWorker();

globalThis.framesWhileReading = async (rows, inWorker) => {
  const tokens = cipher.encryptAll(Array.from({ length: rows }, (_, index) => `event-${index}`));
  const map = new Map(tokens.map((token, index) => [token, index]));
  await new Promise(requestAnimationFrame);

  let [frames, mostRows, rowsNow, rowsAtFrame, running] = [0, 0, 0, 0, true];
  const note = () => {
    mostRows = Math.max(mostRows, rowsNow - rowsAtFrame);
    rowsAtFrame = rowsNow;
  };
  requestAnimationFrame(function frame() {
    if (!running) return;
    frames += 1;
    note();
    requestAnimationFrame(frame);
  });
  const options = {
    onProgress: (progress: { rows: number }) => {
      rowsNow = progress.rows;
    },
  };
  const read = inWorker
    ? await worker.decryptResults(cipher, map, options)
    : cipher.decryptResults(map, options);
  running = false;
  note();
  return { frames, mostRows, names: read.counts.size };
};
