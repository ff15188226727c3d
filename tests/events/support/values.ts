// The vectors of properties, and an oracle for both kinds of tokens that shares nothing with the package.

import { readFileSync } from "node:fs";
import { gcmsiv } from "@noble/ciphers/aes.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { importRootKey } from "blindtally/hazard";
import { unhex } from "../../suite/check.js";
import { oracle } from "../../suite/oracle.js";

type VectorValue =
  | { readonly number: string }
  | { readonly string: string }
  | { readonly utf16: string }
  | { readonly boolean: boolean }
  | { readonly json: unknown };

interface PropertyVectors {
  readonly root: string;
  readonly valid: readonly {
    readonly case: string;
    readonly context: string[];
    readonly field: string;
    readonly value: VectorValue;
    readonly text: string;
    readonly deterministic?: string;
    readonly randomized?: string;
  }[];
  readonly invalid: readonly {
    readonly case: string;
    readonly value: VectorValue;
    readonly policies: string[];
  }[];
  readonly no_fields: string[];
  readonly no_contexts: readonly { readonly context: string[]; readonly expect: string }[];
}

const file = new URL("../../../vectors/properties.json", import.meta.url);

/** The contents of tests/vectors/properties.json: see the README.md beside it. */
export const vectors = JSON.parse(readFileSync(file, "utf8")) as PropertyVectors;

export const root = unhex(vectors.root);

/** A keyset with the key of the vectors. */
export const keyset = importRootKey(root.slice());

/** The value that a vector stands for. */
export function meantBy(value: VectorValue): unknown {
  if ("number" in value) return new DataView(unhex(value.number).buffer).getFloat64(0);
  if ("utf16" in value)
    return String.fromCharCode(
      ...(value.utf16.match(/.{4}/g) ?? []).map((unit) => Number.parseInt(unit, 16)),
    );
  return Object.values(value)[0];
}

/** What the oracle says of a field in the context `event`. */
export function fieldOracle(field: string, context: readonly string[] = ["event"]) {
  const labels = [...context, "property", field];
  const { encrypt } = oracle(root, labels);
  return { encrypt, decryptRandomized: (token: string) => openRandomized(token, labels) };
}

/** SPEC.md, section 17. */
function openRandomized(token: string, labels: readonly string[]): string {
  const text = new TextEncoder();
  const info = [...text.encode("blindtally bt1 context"), 0];
  for (const label of labels) info.push(text.encode(label).length, ...text.encode(label));
  const derived = hkdf(sha256, root, undefined, Uint8Array.from(info), 44);
  const key = hkdf(sha256, derived, undefined, text.encode("blindtally br1 key"), 32);
  const bytes = Buffer.from(token.slice(4), "base64url");
  const associatedData = Buffer.concat([Buffer.from("br1_"), bytes.subarray(0, 4)]);
  const padded = gcmsiv(key, bytes.subarray(4, 16), associatedData).decrypt(bytes.subarray(16));
  return Buffer.from(padded.subarray(0, padded.lastIndexOf(0x80))).toString();
}
