// What went wrong in a key store, told without what it may have had in hand.

import { BlindtallyError } from "../errors.js";

/** The error for a key store that gave something else than it should have. */
export function keyStoreError(name: string, words: string, cause?: Error): BlindtallyError {
  const message = `the key store \`${name}\` failed: ${words}`;
  return new BlindtallyError("key-store", message, cause === undefined ? {} : { cause });
}

/**
 * The error for what a key store threw. That itself is not handed on: the clients of key stores hang requests and
 * answers on what they throw.
 */
export function keyStoreFailure(name: string, thrown: unknown): BlindtallyError {
  const words = wordsOf(thrown);
  return keyStoreError(name, words, new Error(words));
}

const LONGEST = 300;

function wordsOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return "it gave no reason";
  const { code } = thrown as { code?: unknown };
  const first = thrown instanceof AggregateError ? thrown.errors[0] : undefined;
  const text = thrown.message || (first instanceof Error ? first.message : "") || String(code ?? "");
  return scrubbed(text === "" ? thrown.name : `${thrown.name}: ${text}`);
}

/**
 * Without anything that could be a key: 32 bytes are 43 characters in base64, 64 in hexadecimal, and as an array a row
 * of numbers. The names of keys are shorter.
 */
function scrubbed(text: string): string {
  const without = text
    .replace(/[\w+/=-]{43,}/g, "(left out)")
    .replace(/\d+(?:[,\s]+\d+){15,}/g, "(left out)");
  return without.length > LONGEST ? `${without.slice(0, LONGEST)}…` : without;
}
