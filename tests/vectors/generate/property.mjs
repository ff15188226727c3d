// @ts-check
// SPEC.md, section 18: the text of a value, and what is no value.

import { Refusal, utf8 } from "./bytes.mjs";

/** As the file writes it: JSON keeps neither every number nor every string. @typedef {{ string: string } | { utf16: string } | { number: string } | { boolean: boolean } | { json: unknown }} Value */
/** @typedef {"deterministic" | "randomized" | "clear"} Policy */

const LONGEST_ENCRYPTED = 239;
const LONGEST_CLEAR = 1024;
const LONGEST_FIELD = 64;
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** A number by its bits, the sign first. @param {number} value @returns {Value} */
export const numbered = (value) => {
  const bits = Buffer.alloc(8);
  bits.writeDoubleBE(value);
  return { number: bits.toString("hex") };
};

/** The text of a value under a policy that sends it. @param {Value} value @param {Policy} policy */
export function textOf(value, policy) {
  if ("json" in value) throw new Refusal("bad-property");
  const text = written(value);
  const units = unitsOf(text);
  if (hasLoneSurrogate(units)) throw new Refusal("bad-property");
  const isString = "string" in value || "utf16" in value;
  const [length, most] =
    policy === "clear" && isString ? [units.length, LONGEST_CLEAR] : [utf8(text).length, LONGEST_ENCRYPTED];
  if (length < 1 || length > most) throw new Refusal("bad-property");
  return text;
}

/** @param {Exclude<Value, { json: unknown }>} value */
function written(value) {
  if ("string" in value) return value.string;
  if ("utf16" in value) {
    const units = value.utf16.match(/..../g) ?? [];
    return units.map((unit) => String.fromCharCode(Number.parseInt(unit, 16))).join("");
  }
  if ("boolean" in value) return value.boolean ? "true" : "false";
  return decimal(Buffer.from(value.number, "hex").readDoubleBE());
}

/** `Number::toString` of ECMAScript, step by step, on digits that are found by trying. @param {number} value @returns {string} */
function decimal(value) {
  if (!Number.isFinite(value)) throw new Refusal("bad-property");
  if (value === 0) return "0";
  if (value < 0) return `-${decimal(-value)}`;
  const { digits, point } = shortest(value);
  const count = digits.length;
  if (count <= point && point <= 21) return digits + "0".repeat(point - count);
  if (0 < point && point <= 21) return `${digits.slice(0, point)}.${digits.slice(point)}`;
  if (-6 < point && point <= 0) return `0.${"0".repeat(-point)}${digits}`;
  const exponent = `e${point > 0 ? "+" : "-"}${Math.abs(point - 1)}`;
  return count === 1 ? digits + exponent : `${digits[0]}.${digits.slice(1)}${exponent}`;
}

/** The fewest digits that are read as this number, and where its point stands from their beginning. @param {number} value */
function shortest(value) {
  for (let count = 1; count <= 17; count += 1) {
    const [, first = "", rest = "", exponent = ""] =
      /^(\d)\.?(\d*)e([+-]\d+)$/.exec(value.toExponential(count - 1)) ?? [];
    const digits = first + rest;
    if (Number(`${digits}e${Number(exponent) - count + 1}`) === value)
      return { digits, point: Number(exponent) + 1 };
  }
  throw new Error("17 digits are enough for every number");
}

/** @param {string} field */
export const isField = (field) =>
  field.length <= LONGEST_FIELD &&
  [...field].every((character, at) => (at === 0 ? LETTERS : `${LETTERS}0123456789_.-`).includes(character)) &&
  field !== "";

/** @param {readonly string[]} context @param {string} field */
export function contextOfField(context, field) {
  if (!isField(field)) throw new Refusal("bad-argument");
  if (context.length + 2 > 8) throw new Refusal("bad-context");
  return [...context, "property", field];
}

/** @param {string} text */
const unitsOf = (text) => Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));

/** @param {readonly number[]} units */
function hasLoneSurrogate(units) {
  /** @param {number | undefined} unit @param {number} from */
  const isIn = (unit, from) => unit !== undefined && unit >= from && unit < from + 0x400;
  return units.some((unit, at) =>
    isIn(unit, 0xd800) ? !isIn(units[at + 1], 0xdc00) : isIn(unit, 0xdc00) && !isIn(units[at - 1], 0xd800),
  );
}
