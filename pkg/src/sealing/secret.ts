// What opens a sealed file: a secret of one kind, turned into what the module takes for each slot that is tried.

import { BlindtallyError, isBlindtallyError } from "../errors.js";
import type { Passkey } from "../passkey.js";
import type { WasmSealedFile } from "../wasm/sealing.js";
import { fromBase64url, toBase64url } from "./base64url.js";
import { callSealing } from "./instance.js";
import { passphraseBytes } from "./passphrase.js";
import { sealingError } from "./refusals.js";
import { joinShares } from "./share.js";
import { readHeads, SLOT_KINDS, type SlotHead, slotIdOf } from "./slot.js";
import { checkWrapper, contextOfSlot, type KeyWrapper, unwrapKek } from "./wrapper.js";

/** A secret: exactly one of the kinds, and the id of a slot if only that one is meant. */
export type Secret = {
  /** The id of the slot to open. Default: every slot of the secret's kind is tried. */
  readonly slot?: string;
} & (
  | { readonly passphrase: string }
  | { readonly raw: Uint8Array }
  | { readonly passkey: Passkey }
  | { readonly shares: readonly string[] }
  | { readonly wrapper: KeyWrapper }
);

/** The record inside a parsed file, in clear: the caller wipes it. The handle then holds the file key. */
export async function openWith(
  handle: WasmSealedFile,
  secret: Secret,
  minRevision: number,
): Promise<Uint8Array> {
  const kind = kindOf(secret);
  const slot = slotOf(secret);
  const open = (bytes: Uint8Array, id: number | undefined): Uint8Array => {
    try {
      return callSealing(() => handle.open(KIND_NUMBERS[kind], id, bytes, minRevision));
    } finally {
      bytes.fill(0);
    }
  };
  if ("passphrase" in secret) return open(passphraseBytes(secret.passphrase), slot);
  if ("raw" in secret) return open(copyOfRaw(secret.raw), slot);
  if ("shares" in secret) return open(joinShares(secret.shares), slot);
  if ("passkey" in secret) {
    const { head, output } = await askPasskey(secret.passkey, candidates(handle, "passkey", slot));
    return open(output, numberOf(head));
  }
  checkWrapper(secret.wrapper);
  const named = candidates(handle, "wrapper", slot).filter(({ args }) => args[0] === secret.wrapper.name);
  return firstToOpen(named, async (head) => {
    const blob = fromBase64url(head.args[1] as string);
    return open(await unwrapKek(secret.wrapper, blob, contextOfSlot(head.salt)), numberOf(head));
  });
}

/** A copy of a raw key-encryption key: what is the caller's is the caller's to wipe. */
export function copyOfRaw(raw: unknown): Uint8Array {
  if (raw instanceof Uint8Array && raw.length === 32) return Uint8Array.from(raw);
  throw sealingError("bad-key");
}

/** What the PRF of a passkey is evaluated for. */
export function prfInputOf(salt: Uint8Array): Uint8Array {
  return Uint8Array.of(...new TextEncoder().encode("blindtally keyset\0"), ...salt);
}

const KINDS = ["passphrase", "raw", "passkey", "shares", "wrapper"] as const;
type Kind = (typeof KINDS)[number];
const KIND_NUMBERS: Readonly<Record<Kind, number>> = {
  passphrase: SLOT_KINDS.indexOf("passphrase"),
  raw: SLOT_KINDS.indexOf("raw"),
  passkey: SLOT_KINDS.indexOf("passkey"),
  shares: SLOT_KINDS.indexOf("recovery"),
  wrapper: SLOT_KINDS.indexOf("wrapper"),
};

function kindOf(secret: Secret): Kind {
  const [kind, ...more] = KINDS.filter(
    (kind) => secret !== null && typeof secret === "object" && kind in secret,
  );
  if (kind !== undefined && more.length === 0) return kind;
  const message = "a secret has exactly one of passphrase, raw, passkey, shares and wrapper";
  throw new BlindtallyError("bad-argument", message);
}

function slotOf({ slot }: Secret): number | undefined {
  if (slot === undefined) return undefined;
  if (typeof slot === "string" && /^[0-9a-f]{8}$/.test(slot)) return Number.parseInt(slot, 16);
  throw sealingError("unknown-slot");
}

/** The slots of a kind that are tried, in their order. */
function candidates(handle: WasmSealedFile, kind: string, slot: number | undefined): SlotHead[] {
  const heads = readHeads(callSealing(() => handle.slots()));
  return heads.filter((head) => head.kind === kind && (slot === undefined || numberOf(head) === slot));
}

const numberOf = (head: SlotHead): number => Number.parseInt(slotIdOf(head), 16);

async function askPasskey(
  passkey: Passkey,
  heads: readonly SlotHead[],
): Promise<{ head: SlotHead; output: Uint8Array }> {
  if (heads.length === 0) throw sealingError("unknown-slot");
  // A passkey answers for one input, so of two slots with one passkey the first is asked for.
  const slots = new Map<string, SlotHead>();
  for (const head of heads) {
    const credential = head.args[1] as string;
    if (!slots.has(credential)) slots.set(credential, head);
  }
  const requests = [...slots].map(([credential, head]) => ({
    rpId: new TextDecoder().decode(fromBase64url(head.args[0] as string)),
    credentialId: fromBase64url(credential),
    prfInput: prfInputOf(fromBase64url(head.salt)),
  }));
  const { credentialId, output } = await passkey.evaluate(requests);
  const head = slots.get(toBase64url(credentialId));
  if (head) return { head, output };
  output.fill(0);
  throw sealingError("unknown-slot");
}

/**
 * Tries each slot: two of one key store may need different rights in it. If none opens, the failure of the key store
 * counts for more than that another slot did not open.
 */
async function firstToOpen(
  heads: readonly SlotHead[],
  open: (head: SlotHead) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  let failure = sealingError("unknown-slot");
  for (const head of heads) {
    try {
      return await open(head);
    } catch (error) {
      if (!isBlindtallyError(error) || !["key-store", "cannot-open"].includes(error.code)) throw error;
      if (failure.code !== "key-store") failure = error;
    }
  }
  throw failure;
}
