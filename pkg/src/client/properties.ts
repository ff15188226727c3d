// Values beside the name of an event (SPEC.md, section 18): each under its policy, each field under keys of its own.

import type { Cipher } from "../cipher.js";
import { BlindtallyError, isBlindtallyError } from "../errors.js";
import type { Keyset } from "../keyset.js";
import { utf8Length } from "../text.js";
import type { Properties, PropertyPolicies, PropertyPolicy } from "./events.js";

/** Properties as they travel: tokens, and the values of clear fields. */
export type EncryptedProperties = Readonly<Record<string, string | number | boolean>>;

/** The fields of events of one context. */
export interface Fields {
  /** Encrypts properties; `undefined` if nothing is to be sent. */
  encrypt(properties: Properties | undefined): EncryptedProperties | undefined;
  /** Throws what reading values of this field would: `bad-argument` for no name of a field, `out-of-scope` for a scope. */
  check(field: string): void;
  /** The text of a value that was sent for a field. */
  open(field: string, value: string | number | boolean): string;
  dispose(): void;
}

/**
 * Reads policies, and makes a cipher for each field that is encrypted.
 *
 * @throws BlindtallyError `bad-argument`; `bad-context` if the context has more than 6 labels, `out-of-scope` for a scope.
 */
export function createFields(
  keyset: Keyset,
  context: readonly string[],
  policies: PropertyPolicies = {},
  cacheSize?: number,
): Fields {
  if (!isObject(policies)) throw noObject("`properties`", "policy");
  const policyOf = new Map<string, PropertyPolicy>();
  const ciphers = new Map<string, Cipher>();
  let onlyRead = "";
  const cipherOf = (field: string): Cipher => {
    let cipher = ciphers.get(field);
    if (!cipher) {
      if (keyset.context) {
        const message =
          "a scope is of one context and encrypts no properties; use the whole keyset, or a proxy";
        throw new BlindtallyError("out-of-scope", message);
      }
      // Of fields without a policy one at a time: a server may be asked for counts by any.
      if (!policyOf.has(field)) {
        ciphers.get(onlyRead)?.dispose();
        ciphers.delete(onlyRead);
        onlyRead = field;
      }
      // A randomized token is never asked for twice, and what is only read needs no cache.
      const size = policyOf.get(field) === "deterministic" ? cacheSize : 0;
      cipher = keyset.cipher([...context, "property", checkedField(field)], { cacheSize: size });
      ciphers.set(field, cipher);
    }
    return cipher;
  };
  for (const [field, policy] of Object.entries(policies)) {
    if (policy === undefined) continue;
    if (!POLICIES.includes(policy)) throw badPolicy(field);
    checkedField(field);
    if (policy !== "drop") policyOf.set(field, policy);
    if (isEncrypted(policy)) cipherOf(field);
  }

  return {
    encrypt(properties) {
      if (properties === undefined || properties === null) return undefined;
      checkProperties(properties);
      const encrypted: Record<string, string | number | boolean> = {};
      let count = 0;
      for (const field of Object.keys(properties)) {
        // Asked first: a value that is not sent is not looked at.
        const policy = policyOf.get(field);
        const value = policy && properties[field];
        if (value === undefined || value === null) continue;
        if (++count > MOST_PROPERTIES)
          throw badProperty(field, `one more than ${MOST_PROPERTIES} in an event`);
        if (!isValue(value)) throw badProperty(field, "no string, finite number or boolean");
        encrypted[field] = isEncrypted(policy as PropertyPolicy)
          ? encryptValue(cipherOf(field), policy === "randomized", String(value), field)
          : checkedClear(value, field);
      }
      return count ? encrypted : undefined;
    },
    check(field) {
      checkedField(field);
      if (policyOf.get(field) !== "clear") cipherOf(field);
    },
    open(field, value) {
      if (policyOf.get(field) === "clear") return String(value);
      // Not a trial: a token says by its prefix how it is read.
      const isRandomized = typeof value === "string" && value.startsWith("br1_");
      return cipherOf(field)[isRandomized ? "decryptRandomized" : "decrypt"](value as string);
    },
    dispose() {
      for (const cipher of ciphers.values()) cipher.dispose();
    },
  };
}

/** Whether a field can be named so. @throws BlindtallyError `bad-argument`. */
function checkedField(field: string): string {
  if (typeof field === "string" && /^[a-z][\w.-]{0,63}$/i.test(field)) return field;
  const message = "a field has 1 to 64 characters: an ASCII letter, then letters, digits, `_`, `.` and `-`";
  throw new BlindtallyError("bad-argument", message);
}

/** @throws BlindtallyError `bad-argument` for what holds no properties, such as a list, or a promise without its `await`. */
export function checkProperties(properties: unknown): void {
  if (!isObject(properties)) throw noObject("properties", "value");
}

const MOST_PROPERTIES = 32;
const LONGEST_CLEAR = 1024;
const POLICIES: readonly unknown[] = ["deterministic", "randomized", "clear", "drop"];

const isEncrypted = (policy: PropertyPolicy): boolean =>
  policy === "deterministic" || policy === "randomized";

const isObject = (value: unknown): boolean => Object.prototype.toString.call(value) === "[object Object]";

const noObject = (what: string, of: string): BlindtallyError =>
  new BlindtallyError("bad-argument", `${what} are an object with a ${of} for each field`);

const isValue = (value: unknown): value is string | number | boolean =>
  typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);

function encryptValue(cipher: Cipher, isRandomized: boolean, text: string, field: string): string {
  try {
    return isRandomized ? cipher.encryptRandomized(text) : cipher.encrypt(text);
  } catch (error) {
    if (!isBlindtallyError(error) || error.code !== "bad-name") throw error;
    throw badProperty(field, "not 1 to 239 bytes of well-formed UTF-8");
  }
}

function checkedClear<Value>(value: Value, field: string): Value {
  if (typeof value !== "string" || (value.length <= LONGEST_CLEAR && utf8Length(value))) return value;
  throw badProperty(field, `not 1 to ${LONGEST_CLEAR} well-formed characters`);
}

/** Only fields with a policy are named so: names that the application wrote into its options, and that travel in clear. */
function badProperty(field: string, what: string): BlindtallyError {
  return new BlindtallyError("bad-property", `the value of the property \`${field}\` is ${what}`);
}

function badPolicy(field: string): BlindtallyError {
  return new BlindtallyError("bad-argument", `the policy of \`${field}\` is none of ${POLICIES.join(", ")}`);
}
