// What a slot is added by: its kind and its secret, turned into its line and the bytes that the module takes.

import { BlindtallyError } from "../errors.js";
import type { Passkey } from "../passkey.js";
import { toBase64url } from "./base64url.js";
import { fullCost, type PassphraseCost, passphraseBytes } from "./passphrase.js";
import { copyOfRaw, prfInputOf } from "./secret.js";
import { writeCredential, writeDomain, writeHead, writeLabel } from "./slot.js";
import { checkWrapper, contextOfSlot, generateKek, type KeyWrapper } from "./wrapper.js";

/** A slot to add: a label if you like, and exactly one of the kinds. */
export type NewSlot = {
  /** What the slot is called: 1 to 64 bytes. Whoever has the file can read it. */
  readonly label?: string;
} & (
  | { readonly passphrase: string; readonly cost?: PassphraseCost }
  | { readonly raw: Uint8Array }
  | { readonly passkey: Passkey }
  | { readonly recovery: { readonly threshold: number; readonly shares: number } }
  | { readonly wrapper: KeyWrapper }
);

/** What the module is given. */
export interface PreparedSlot {
  readonly head: string;
  /** Wiped once it is added. */
  readonly secret: Uint8Array;
}

/** Asks for what the slot needs, which may take its user's time. */
export async function prepareSlot(slot: NewSlot, saltBytes: Uint8Array): Promise<PreparedSlot> {
  const salt = toBase64url(saltBytes);
  const label = writeLabel(slot?.label);
  const head = (kind: string, ...args: (string | number)[]) =>
    writeHead({ kind, salt, label, args: args.map(String) });

  if (onlyKindOf(slot) === undefined) {
    const message = "a new slot has exactly one of passphrase, raw, passkey, recovery and wrapper";
    throw new BlindtallyError("bad-argument", message);
  }
  if ("passphrase" in slot) {
    const { memoryKiB, passes, lanes } = fullCost(slot.cost);
    return {
      head: head("passphrase", memoryKiB, passes, lanes),
      secret: passphraseBytes(slot.passphrase),
    };
  }
  if ("raw" in slot) return { head: head("raw"), secret: copyOfRaw(slot.raw) };
  if ("recovery" in slot) {
    const { threshold, shares } = checkedSplit(slot.recovery);
    return { head: head("recovery", threshold, shares), secret: new Uint8Array() };
  }
  if ("passkey" in slot) {
    const { rpId, credentialId, output } = await slot.passkey.create(prfInputOf(saltBytes));
    return wipedIfRefused(output, () => head("passkey", writeDomain(rpId), writeCredential(credentialId)));
  }
  checkWrapper(slot.wrapper);
  const { kek, blob } = await generateKek(slot.wrapper, contextOfSlot(salt));
  return { head: head("wrapper", slot.wrapper.name, toBase64url(blob)), secret: kek };
}

/** A secret with its head, which may turn out to be none. */
function wipedIfRefused(secret: Uint8Array, head: () => string): PreparedSlot {
  try {
    return { head: head(), secret };
  } catch (error) {
    secret.fill(0);
    throw error;
  }
}

const NEW_KINDS = ["passphrase", "raw", "passkey", "recovery", "wrapper"];

function onlyKindOf(slot: object): string | undefined {
  const found = NEW_KINDS.filter((kind) => slot !== null && typeof slot === "object" && kind in slot);
  return found.length === 1 ? found[0] : undefined;
}

function checkedSplit(split: { threshold: number; shares: number }): { threshold: number; shares: number } {
  const { threshold, shares } = split ?? {};
  const inRange = (count: unknown) => Number.isInteger(count) && Number(count) >= 2 && Number(count) <= 32;
  if (inRange(threshold) && inRange(shares) && threshold <= shares) return { threshold, shares };
  const message = "a recovery slot has 2 to 32 shares and a threshold of 2 to as many";
  throw new BlindtallyError("bad-argument", message);
}
