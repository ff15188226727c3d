// @ts-check
// What a reader of this folder answers to what it refuses.

import { Refusal } from "./bytes.mjs";

/** @param {() => unknown} run @returns {Refusal | undefined} nothing where it refuses nothing */
export function refusalOf(run) {
  try {
    run();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  return undefined;
}
