// @ts-check
// The functions of the .wasm and how large each is. What ships has no names, so a copy that has them is made.

import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bin, target } from "./paths.mjs";
import { run, UserError } from "./run.mjs";
import { compiledModule, OPTIMIZE } from "./wasm-file.mjs";

/** @typedef {{ name: string, bytes: number }} WasmFunction */

const FOLDER = join(target, "named-wasm");
/** Numbers of sections, of the kinds of imports, and of subsections of names (WebAssembly Core Specification, 5.5 and 7.4.1). */
const [CUSTOM, IMPORTS, CODE] = [0, 2, 10];
const [FUNCTION, TABLE, MEMORY, GLOBAL, TAG] = [0, 1, 2, 3, 4];
const FUNCTION_NAMES = 1;
const HEADER_BYTES = 8;

/** The functions of a copy that differs from what ships by its names alone. The package must be built. */
export async function functionsOfWasm() {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const args = [compiledModule("blindtally"), FOLDER, "blindtally", "--debug"];
  await run(join(target, "debug", "blindtally-bindgen"), args, { log: "bindgen-named" });
  const file = join(FOLDER, "blindtally_bg.wasm");
  await run(join(bin, "wasm-opt"), [...OPTIMIZE, "--debuginfo", file, "-o", file], { log: "wasm-opt-named" });
  return functionsOf(readFileSync(file));
}

/** Every function that a module defines, in its order. @param {Uint8Array} bytes @returns {WasmFunction[]} */
export function functionsOf(bytes) {
  const module = new Reader(bytes, HEADER_BYTES);
  let imported = 0;
  /** @type {number[]} */
  const sizes = [];
  /** @type {Map<number, string>} */
  const names = new Map();
  while (!module.done) {
    const id = module.byte();
    const section = module.part(module.number());
    if (id === IMPORTS) imported = countImported(section);
    else if (id === CODE) section.times(() => sizes.push(section.part(section.number()).length));
    else if (id === CUSTOM && section.text() === "name") readNames(section, names);
  }
  return sizes.map((size, index) => ({
    name: shortened(names.get(imported + index) ?? `function ${imported + index}`),
    bytes: size,
  }));
}

/** @param {Reader} section */
function countImported(section) {
  let count = 0;
  section.times(() => {
    section.text();
    section.text();
    const kind = section.byte();
    if (kind === FUNCTION) {
      section.number();
      count += 1;
    } else if (kind === TABLE) {
      section.byte();
      section.limits();
    } else if (kind === MEMORY) section.limits();
    else if (kind === GLOBAL || kind === TAG) {
      section.byte();
      section.number();
    } else throw new UserError(`The .wasm imports something of the unknown kind ${kind}.`);
  });
  return count;
}

/** @param {Reader} section @param {Map<number, string>} names */
function readNames(section, names) {
  while (!section.done) {
    const id = section.byte();
    const part = section.part(section.number());
    if (id === FUNCTION_NAMES) part.times(() => names.set(part.number(), part.text()));
  }
}

/** Without the hash that the compiler puts behind a name. @param {string} name */
const shortened = (name) => name.replace(/::h[0-9a-f]{16}\b/, "");

/** Reads the binary format from front to back. */
class Reader {
  #bytes;
  #at;
  #decoder = new TextDecoder();

  /** @param {Uint8Array} bytes @param {number} [at] */
  constructor(bytes, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get length() {
    return this.#bytes.length;
  }

  get done() {
    return this.#at >= this.#bytes.length;
  }

  byte() {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new UserError("The .wasm ends in the middle of something.");
    this.#at += 1;
    return byte;
  }

  /** An unsigned number in LEB128. */
  number() {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  /** @param {number} length */
  part(length) {
    const part = new Reader(this.#bytes.subarray(this.#at, this.#at + length));
    this.#at += length;
    return part;
  }

  text() {
    const length = this.number();
    const text = this.#decoder.decode(this.#bytes.subarray(this.#at, this.#at + length));
    this.#at += length;
    return text;
  }

  limits() {
    const hasMaximum = (this.byte() & 1) === 1;
    this.number();
    if (hasMaximum) this.number();
  }

  /** Does something as often as the number that comes next says. @param {() => void} act */
  times(act) {
    for (let left = this.number(); left > 0; left -= 1) act();
  }
}
