// @ts-check
// What a person sees: numbered steps with the time each took, and a sign of life in every long one.

import { performance } from "node:perf_hooks";

/** A step says something at least this often. */
const HEARTBEAT_MS = 8_000;
/** A step that is over sooner than this gets one line and not two. */
const QUIET_MS = 400;

/**
 * What a running step is given: tell it the latest line of a long command, and its heartbeat shows that.
 * @typedef {{ note(line: string): void }} Step
 */

let count = 0;

/**
 * Runs `work` as the next numbered step. A string that it returns is shown behind "done", `up to date` in its place.
 * Steps may run side by side: every line carries its step's number.
 * @template T
 * @param {string} title
 * @param {(step: Step) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const number = `[${String(++count).padStart(2)}]`;
  const started = performance.now();
  let latest = "";
  let announced = false;
  const announce = () => {
    if (!announced) say(`${number} ${title} ...`);
    announced = true;
  };
  const opening = setTimeout(announce, QUIET_MS);
  const heartbeat = setInterval(() => {
    say(`${number}   ${elapsed(started).padStart(7)}  ${latest}`);
  }, HEARTBEAT_MS);
  // What is waited for keeps the process alive, not the clock.
  heartbeat.unref();
  try {
    const result = await work({
      note(line) {
        latest = shorten(line);
      },
    });
    const outcome = typeof result === "string" ? result : "done";
    say(`${number} ${title}: ${outcome} (${elapsed(started)})`);
    return result;
  } catch (error) {
    say(`${number} ${title}: failed (${elapsed(started)})`);
    throw error;
  } finally {
    clearTimeout(opening);
    clearInterval(heartbeat);
  }
}

/** @param {string} line */
export function say(line) {
  process.stdout.write(`${line}\n`);
}

/** @param {number} started a reading of performance.now() */
export function elapsed(started) {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}

/** @param {number} bytes */
export function kilobytes(bytes) {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}

/** Without terminal colours. @param {string} output */
export function plain(output) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is the control characters that go
  return output.replace(/\x1b\[[0-9;]*[A-Za-z]/g, "");
}

/** @param {string} line */
function shorten(line) {
  const text = plain(line).trim();
  return text.length > 90 ? `${text.slice(0, 89)}…` : text;
}
