// Key stores: services that wrap a key-encryption key and unwrap it again, so that it lies nowhere in clear.

import { BlindtallyError } from "../errors.js";
import { keyStoreError, keyStoreFailure } from "./key-store-error.js";

/** What a key store is told beside the key; AWS KMS calls it the encryption context. */
export type WrapContext = Readonly<Record<string, string>>;

/**
 * A key store: `awsKms` of `blindtally/aws-kms`, or one of your own.
 *
 * The context binds a wrapped key to its slot. A key store that can authenticate further data must be given it, and
 * must refuse to unwrap under another.
 */
export interface KeyWrapper {
  /** 1 to 32 of `a` to `z`, `0` to `9` and `-`. It stands in the file and says which key store to ask. */
  readonly name: string;
  /** Makes 32 random bytes, and the same in a form that only this key store can read: 1 to 6144 bytes. */
  generate(context: WrapContext): Promise<{ kek: Uint8Array; blob: Uint8Array }>;
  /** The 32 bytes of such a form. */
  unwrap(blob: Uint8Array, context: WrapContext): Promise<Uint8Array>;
}

const LONGEST_BLOB = 6144;

/** Refuses what is no key store. */
export function checkWrapper(wrapper: KeyWrapper): void {
  const usable = typeof wrapper?.generate === "function" && typeof wrapper.unwrap === "function";
  if (usable && typeof wrapper.name === "string" && /^[a-z0-9-]{1,32}$/.test(wrapper.name)) return;
  const message = "a key store has a name of 1 to 32 of a-z, 0-9 and -, and the methods generate and unwrap";
  throw new BlindtallyError("bad-argument", message);
}

/** The context of a slot, by its salt in base64url. */
export const contextOfSlot = (salt: string): WrapContext => ({ blindtally: "keyset", slot: salt });

/** A new key of a key store, 32 bytes that the caller wipes. */
export async function generateKek(
  wrapper: KeyWrapper,
  context: WrapContext,
): Promise<{ kek: Uint8Array; blob: Uint8Array }> {
  const made = await asked(wrapper, () => wrapper.generate(context));
  const length = made?.blob instanceof Uint8Array ? made.blob.length : 0;
  if (made?.kek instanceof Uint8Array && length >= 1 && length <= LONGEST_BLOB) return made;
  if (made?.kek instanceof Uint8Array) made.kek.fill(0);
  throw keyStoreError(wrapper.name, "it gave no key with a wrapped form of 1 to 6144 bytes");
}

/** The key of a slot, 32 bytes that the caller wipes. */
export async function unwrapKek(
  wrapper: KeyWrapper,
  blob: Uint8Array,
  context: WrapContext,
): Promise<Uint8Array> {
  const kek = await asked(wrapper, () => wrapper.unwrap(blob, context));
  if (kek instanceof Uint8Array) return kek;
  throw keyStoreError(wrapper.name, "it gave no bytes");
}

async function asked<T>(wrapper: KeyWrapper, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw keyStoreFailure(wrapper.name, cause);
  }
}
