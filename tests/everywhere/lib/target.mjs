// @ts-check
// One row of the table: a place, and what a consumer of the package does in it.

import { rm } from "node:fs/promises";
import { createConsumer } from "./consumer.mjs";

/** @typedef {import("../../../scripts/lib/log.mjs").Step} Step */
/** @typedef {import("./consumer.mjs").Consumer} Consumer */
/** @typedef {import("./consumer.mjs").ConsumerOptions} ConsumerOptions */

/**
 * @typedef {object} Context
 * @property {Step} step
 * @property {(options?: ConsumerOptions) => Promise<Consumer>} consumer makes an empty project with the package installed in it
 * @property {(end: () => unknown) => void} defer has something ended after the target, the last one first
 */

/**
 * @typedef {object} Target
 * @property {string} name
 * @property {"runtimes" | "browsers" | "forbidden" | "bundlers" | "tools" | "untested"} group
 * @property {boolean} fast whether it takes seconds, and is part of `npm test`
 * @property {(context: Context) => Promise<{ version: string, note?: string }>} run fails by throwing
 */

/** Thrown by a target that cannot be tried on this machine. The message is the reason, as an end of a sentence. */
export class Untested extends Error {}

/** @param {string} installed the project that each consumer begins as @param {Step} step @returns {Context & { end(keep: boolean): Promise<string[]> }} */
export function contextOf(installed, step) {
  /** @type {string[]} */
  const folders = [];
  /** @type {(() => unknown)[]} */
  const ends = [];
  return {
    step,
    async consumer(options) {
      const consumer = await createConsumer(installed, step, options);
      folders.push(consumer.folder);
      return consumer;
    },
    defer: (end) => void ends.push(end),
    /** Gives back the folders that are left. */
    async end(keep) {
      for (const end of ends.reverse()) await end();
      if (keep) return folders;
      // A browser or a server may still be closing a file.
      for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      return [];
    },
  };
}
