// Assertions that run in every runtime. A refusal is asserted with its code, never as a bare throw.

import { keyIdOf } from "./oracle.js";

/** What a case is given: the package as its user sees it, and the vectors. */
export interface Lib {
  readonly main: typeof import("blindtally");
  readonly hazard: typeof import("blindtally/hazard");
  readonly vectors: Vectors;
  readonly keysetVectors: KeysetVectors;
  readonly randomizedVectors: RandomizedVectors;
  readonly propertyVectors: PropertyVectors;
}

/** The contents of tests/vectors/bt1.json. */
export interface Vectors {
  readonly valid: readonly { root: string; context: string[]; name: string; key_id: string; token: string }[];
  readonly invalid: readonly {
    case: string;
    root: string;
    context: string[];
    token: string;
    expect: string;
  }[];
}

/** The contents of tests/vectors/keysets.json: see tests/vectors/README.md. */
export interface KeysetVectors {
  readonly valid: readonly KeysetVector[];
  readonly invalid: readonly {
    case: string;
    record?: string;
    text?: string;
    fillers?: number;
    expect: string;
  }[];
}

/** A record, what is in it, and what its keys make and read. */
export interface KeysetVector {
  readonly case: string;
  readonly record: string;
  readonly text: string;
  readonly context: string[] | null;
  readonly rotate_after_days: number;
  readonly keys: readonly { id: string; status: string; created: number; secret: string }[];
  readonly tokens: readonly { context: string[]; name: string; tokens: string[] }[];
  readonly rows: readonly {
    context: string[];
    token: string;
    name?: string;
    expect?: string;
    key_id?: string;
  }[];
  /** Of a scope: the case it was made from, and contexts that are not its own. */
  readonly of?: string;
  readonly out_of_scope?: string[][];
  /** In the place of most of the above: how many entries are to be added, and the hash of it all. */
  readonly fillers?: number;
  readonly sha256?: string;
}

/** The contents of tests/vectors/br1.json. */
export interface RandomizedVectors {
  /** Records by the names that the cases call them. */
  readonly keysets: Readonly<Record<string, string>>;
  readonly valid: readonly {
    case: string;
    keyset: string;
    context: string[];
    text: string;
    nonce: string;
    key_id: string;
    token: string;
  }[];
  readonly invalid: readonly {
    case: string;
    keyset: string;
    context: string[];
    token: string;
    expect: string;
  }[];
  readonly texts: readonly { case: string; text: string; expect: string }[];
}

/** The contents of tests/vectors/properties.json. */
export interface PropertyVectors {
  readonly root: string;
  readonly valid: readonly PropertyVector[];
  readonly invalid: readonly { case: string; value: WrittenValue; policies: Policy[]; expect: string }[];
  readonly no_fields: readonly string[];
  readonly no_contexts: readonly { context: string[]; expect: string }[];
}

/** A value and what becomes of it; without tokens, one that only fits in clear. */
export interface PropertyVector {
  readonly case: string;
  readonly context: string[];
  readonly field: string;
  readonly value: WrittenValue;
  readonly text: string;
  readonly deterministic?: string;
  readonly nonce?: string;
  readonly randomized?: string;
}

/** What a field that is sent can have. */
export type Policy = "deterministic" | "randomized" | "clear";

/** A value as the file has it, by its kind: a number as its bits, a string that JSON cannot hold as its code units. */
export type WrittenValue =
  | { readonly string: string }
  | { readonly utf16: string }
  | { readonly number: string }
  | { readonly boolean: boolean }
  | { readonly json: unknown };

/** A claim and what shows it. */
export interface Case {
  readonly claim: string;
  readonly run: (lib: Lib) => void | Promise<void>;
}

/** Fails unless two values are the same as JSON; maps are compared as lists of entries. */
export function equal(actual: unknown, expected: unknown, what = "value"): void {
  const [left, right] = [show(actual), show(expected)];
  if (left !== right) throw new Error(`${what}: got ${left}, want ${right}`);
}

/** Fails unless the condition holds. */
export function ok(condition: boolean, what: string): void {
  if (!condition) throw new Error(`does not hold: ${what}`);
}

/** Fails unless `act` throws a BlindtallyError with this code, and this index if one is given. */
export function refused(lib: Lib, act: () => unknown, code: string, index?: number): void {
  let returned: unknown;
  try {
    returned = act();
  } catch (error) {
    expectRefusal(lib, error, code, index);
    return;
  }
  throw new Error(`want ${code}, but it returned ${typeof returned}`);
}

/** The same of what is promised. */
export async function refusedLater(
  lib: Lib,
  promised: Promise<unknown>,
  code: string,
  index?: number,
): Promise<void> {
  let returned: unknown;
  try {
    returned = await promised;
  } catch (error) {
    expectRefusal(lib, error, code, index);
    return;
  }
  throw new Error(`want ${code}, but it gave ${typeof returned}`);
}

function expectRefusal(lib: Lib, error: unknown, code: string, index: number | undefined): void {
  if (!lib.main.isBlindtallyError(error)) throw new Error(`want ${code}, got ${String(error)}`);
  equal(error.code, code, "code");
  equal(error.index, index, "index");
}

/** How a result map reports a row that cannot be read. */
export function unreadableRow(token: string, count: number, code: string): object {
  return { token, count, code, ...(code.endsWith("-key") ? { keyId: keyIdOf(token) } : {}) };
}

/** Bytes of hexadecimal text. */
export function unhex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** The root key of most vectors: 00 01 02 … 1f. */
export function firstRoot(): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, index) => index);
}

/** A cipher of that key in the default context. */
export function firstCipher(lib: Lib) {
  return lib.hazard.importRootKey(firstRoot()).cipher();
}

function show(value: unknown): string {
  if (typeof value === "number") return String(value);
  return JSON.stringify(value, (_, inner) => {
    if (inner instanceof Map) return [...inner];
    if (inner instanceof Uint8Array) return [...inner];
    return inner === undefined ? "(undefined)" : inner;
  });
}
