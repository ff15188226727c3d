// What the cases of sealed files are given beside the rest, and how secrets of the vectors reach the package.

import type { KeysetFile, KeyWrapper, Passkey, Secret } from "blindtally/sealed";
import { type Lib, refusedLater, unhex } from "./check.js";

/** What a case is given. */
export interface SealingLib extends Lib {
  readonly sealed: typeof import("blindtally/sealed");
  readonly files: SealedVectors;
  readonly sets: ShareVectors;
}

/** A claim about sealed files, and what shows it. */
export interface SealingCase {
  readonly claim: string;
  readonly run: (lib: SealingLib) => void | Promise<void>;
}

/** A secret as the vectors have it. */
export interface VectorSecret {
  readonly kind: "passphrase" | "raw" | "passkey" | "recovery" | "wrapper";
  readonly slot?: string;
  readonly passphrase?: string;
  readonly kek?: string;
  readonly output?: string;
  readonly shares?: readonly string[];
}

/** The contents of tests/vectors/sealed.json. */
export interface SealedVectors {
  readonly valid: readonly {
    readonly case: string;
    readonly text: string;
    readonly revision: number;
    readonly min_revision?: number;
    readonly record: string;
    readonly slots: readonly {
      readonly id: string;
      readonly kind: VectorSecret["kind"];
      readonly label: string | null;
      readonly arguments: readonly string[];
    }[];
    readonly secrets: readonly VectorSecret[];
  }[];
  readonly invalid: readonly {
    readonly case: string;
    readonly text: string;
    readonly growth?: number;
    readonly secret: VectorSecret;
    readonly min_revision?: number;
    readonly expect: string;
  }[];
}

/** The contents of tests/vectors/shares.json. */
export interface ShareVectors {
  readonly sets: readonly {
    readonly case: string;
    readonly threshold: number;
    readonly of: number;
    readonly set_id: string;
    readonly shares: readonly string[];
    readonly file: string;
    readonly revision: number;
    readonly record: string;
  }[];
  readonly readings: readonly {
    readonly case: string;
    readonly set: string;
    readonly shares: readonly string[];
  }[];
  readonly invalid: readonly {
    readonly case: string;
    readonly set: string;
    readonly shares: readonly string[];
    readonly expect: string;
    readonly position: number | null;
  }[];
}

/** The secret of a vector, as a user of the package has it. */
export function secretOf(text: string, vector: VectorSecret): Secret {
  const slot = vector.slot === undefined ? {} : { slot: vector.slot };
  switch (vector.kind) {
    case "passphrase":
      return { ...slot, passphrase: vector.passphrase as string };
    case "raw":
      return { ...slot, raw: unhex(vector.kek as string) };
    case "recovery":
      return { ...slot, shares: vector.shares as string[] };
    case "passkey":
      return { ...slot, passkey: passkeyWith(unhex(vector.output as string)) };
    default:
      return { ...slot, wrapper: keyStoreWith(storeNamed(text, vector.slot), unhex(vector.kek as string)) };
  }
}

/** A passkey that is the first of those asked for. */
function passkeyWith(output: Uint8Array): Passkey {
  return {
    create: () => Promise.reject(new Error("no vector makes a passkey")),
    async evaluate([request]) {
      if (!request) throw new Error("a passkey is asked for nothing");
      return { credentialId: request.credentialId, output: Uint8Array.from(output) };
    },
  };
}

function keyStoreWith(name: string, kek: Uint8Array): KeyWrapper {
  return {
    name,
    generate: () => Promise.reject(new Error("no vector makes a key")),
    unwrap: async () => Uint8Array.from(kek),
  };
}

/** The name of the key store of a slot, or of the first one that has one. */
function storeNamed(text: string, slot: string | undefined): string {
  const lines = text.split("\n").map((line) => line.split(" "));
  const found = lines.find(
    ([, kind, salt]) =>
      kind === "wrapper" && (slot === undefined || hexOf(fromBase64url(salt ?? "")).startsWith(slot)),
  );
  return found?.[4] ?? "a-store";
}

/** Hexadecimal text of bytes. */
export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Bytes of base64url. */
export function fromBase64url(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) =>
    character.charCodeAt(0),
  );
}

/** 32 random bytes. */
export const randomKey = (): Uint8Array => crypto.getRandomValues(new Uint8Array(32));

/** The cheapest passphrase slot that may be made. */
export const FLOOR = { memoryKiB: 19456, passes: 2, lanes: 1 };

/** A file of a new keyset with one raw slot, and the key of that. */
export async function rawFile(lib: SealingLib): Promise<{ file: KeysetFile; raw: Uint8Array }> {
  const file = await lib.sealed.KeysetFile.create(lib.main.Keyset.generate());
  const raw = randomKey();
  await file.addSlot({ raw });
  return { file, raw };
}

/** What `refusedLater` says of many cases at once: the names of those that do not hold. */
export async function eachRefused(
  lib: SealingLib,
  cases: readonly { name: string; code: string; index?: number; act: () => Promise<unknown> }[],
): Promise<void> {
  const failures: string[] = [];
  for (const { name, code, index, act } of cases) {
    try {
      await refusedLater(lib, act(), code, index);
    } catch (error) {
      failures.push(`${name}: ${(error as Error).message}`);
    }
  }
  if (failures.length > 0) throw new Error(failures.join("\n"));
}
