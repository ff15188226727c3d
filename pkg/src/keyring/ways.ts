// The ways to unlock an entry: each wraps its entry key under a key-encryption key of its own.

import { BlindtallyError } from "../errors.js";
import type { Passkey } from "../passkey.js";
import { fullCost, type PassphraseCost } from "../sealing/passphrase.js";
import { sealingError } from "../sealing/refusals.js";
import { writeCredential, writeDomain, writeLabel } from "../sealing/slot.js";
import {
  bound,
  derive,
  deriveWrappingKey,
  derivingKey,
  randomBytes,
  sameBytes,
  unwrap,
  utf8,
  wrap,
} from "./crypto.js";
import {
  type Bytes,
  cannotOpen,
  fromBase64url,
  MOST_WAYS,
  toBase64url,
  type Way,
  type WayOfHead,
  wayText,
} from "./record.js";

/** A way to unlock that is added to an entry. */
export type NewUnlock = { readonly label?: string } & (
  | { readonly passkey: Passkey }
  | { readonly passphrase: string; readonly cost?: PassphraseCost }
);

/** What unlocks an entry. */
export type UnlockSecret = { readonly passkey: Passkey } | { readonly passphrase: string };

/** A way whose secret was asked for, and the secret as a key. */
export interface ReadyWay {
  readonly way: Way;
  readonly secret: CryptoKey;
}

/** Checks what can be checked before anybody is asked for anything. */
export function checkUnlocks(unlocks: readonly NewUnlock[]): void {
  if (!Array.isArray(unlocks) || unlocks.length === 0 || !unlocks.every(isSecret)) throw badUnlock();
  if (unlocks.length > MOST_WAYS) {
    throw new BlindtallyError("too-many-slots", `an entry has at most ${MOST_WAYS} ways to unlock it`);
  }
  for (const { label } of unlocks) writeLabel(label);
  checkWork(unlocks.flatMap((unlock) => ("passphrase" in unlock ? [fullCost(unlock.cost)] : [])));
}

/** Makes a passkey or stretches a passphrase. */
export async function prepareWay(unlock: NewUnlock): Promise<ReadyWay> {
  const salt = randomBytes(16);
  const common = { label: unlock.label ?? "", salt: toBase64url(salt) };
  if ("passkey" in unlock) {
    const { rpId, credentialId, output } = await unlock.passkey.create(prfInput(salt));
    const secret = await secretKey(output);
    writeDomain(rpId);
    const way = { kind: "passkey", ...common, rpId, credentialId: writeCredential(credentialId) } as const;
    return { way, secret };
  }
  const { stretchPassphrase } = await import("../sealing/stretch.js");
  const cost = fullCost(unlock.cost);
  const way = { kind: "passphrase", ...common, ...cost } as const;
  return { way, secret: await secretKey(await stretchPassphrase(unlock.passphrase, salt, cost)) };
}

/** Wraps the entry key under a way's own key. */
export async function closeWay({ way, secret }: ReadyWay, name: string, entryKey: Bytes): Promise<WayOfHead> {
  const { check, kek } = await wayKeys(way, secret, ["encrypt"]);
  const wrapped = await wrap(kek, entryData(name), entryKey);
  return { ...way, check: toBase64url(check), wrapped: toBase64url(wrapped) };
}

/**
 * The entry key, by whichever way of its kind the secret opens.
 *
 * @throws BlindtallyError `unknown-slot` if the entry has no way of this kind, `cannot-open` if none opens, and
 * what a passkey or a passphrase is refused with.
 */
export async function openWays(
  ways: readonly WayOfHead[],
  secret: UnlockSecret | undefined,
  name: string,
): Promise<CryptoKey> {
  if (secret === undefined || !isSecret(secret)) throw badUnlock();
  const entryKey =
    "passkey" in secret
      ? await byPasskey(ways, secret.passkey, name)
      : await byPassphrase(ways, secret, name);
  if (entryKey) return entryKey;
  throw cannotOpen();
}

/** KiB times passes, as with a sealed file. */
const MOST_WORK = 4_194_304;

type PasskeyWay = Extract<WayOfHead, { kind: "passkey" }>;
type PassphraseWay = Extract<WayOfHead, { kind: "passphrase" }>;

async function byPasskey(
  ways: readonly WayOfHead[],
  passkey: Passkey,
  name: string,
): Promise<CryptoKey | undefined> {
  const own = some(ways.filter((way): way is PasskeyWay => way.kind === "passkey"));
  const { credentialId, output } = await passkey.evaluate(
    own.map((way) => ({
      rpId: way.rpId,
      credentialId: fromBase64url(way.credentialId),
      prfInput: prfInput(fromBase64url(way.salt)),
    })),
  );
  const key = await secretKey(output);
  const way = own.find((way) => way.credentialId === toBase64url(credentialId));
  return way && openWay(way, key, name);
}

async function byPassphrase(
  ways: readonly WayOfHead[],
  { passphrase }: { readonly passphrase: string },
  name: string,
): Promise<CryptoKey | undefined> {
  const own = some(ways.filter((way): way is PassphraseWay => way.kind === "passphrase"));
  checkWork(own);
  const { stretchPassphrase } = await import("../sealing/stretch.js");
  for (const way of own) {
    const entryKey = await openWay(
      way,
      await secretKey(await stretchPassphrase(passphrase, fromBase64url(way.salt), way)),
      name,
    );
    if (entryKey) return entryKey;
  }
  return undefined;
}

async function openWay(way: WayOfHead, secret: CryptoKey, name: string): Promise<CryptoKey | undefined> {
  const { check, kek } = await wayKeys(way, secret, ["unwrapKey"]);
  const isOurs = sameBytes(check, fromBase64url(way.check));
  // Done in either case, so that nothing tells at which step it failed.
  const entryKey = await unwrap(kek, entryData(name), fromBase64url(way.wrapped), "AES-GCM").catch(
    () => undefined,
  );
  return isOurs ? entryKey : undefined;
}

async function wayKeys(way: Way, secret: CryptoKey, usages: KeyUsage[]) {
  const [salt, head] = [fromBase64url(way.salt), utf8(wayText(way))];
  const check = await derive(secret, bound("blindtally keyring check", head), 32, salt);
  const kek = await deriveWrappingKey(secret, bound("blindtally keyring kek", head), salt, usages);
  return { check, kek };
}

/** All passphrases of an entry are tried, so all together must not take forever. */
function checkWork(costs: readonly Required<PassphraseCost>[]): void {
  if (costs.reduce((sum, { memoryKiB, passes }) => sum + memoryKiB * passes, 0) <= MOST_WORK) return;
  throw new BlindtallyError("bad-parameters", "the passphrases of this entry take too long to be tried");
}

/**
 * The 32 bytes become a key that gives none, and are wiped. What is no secret is refused: a passkey may be of a program,
 * and one that gives zeros or nothing would leave the entry open to everybody.
 */
async function secretKey(bytes: unknown): Promise<CryptoKey> {
  if (!(bytes instanceof Uint8Array)) throw sealingError("bad-key");
  const copy = Uint8Array.from(bytes);
  bytes.fill(0);
  try {
    if (copy.length !== 32 || copy.every((byte) => byte === 0)) throw sealingError("bad-key");
    return await derivingKey(copy, ["deriveBits", "deriveKey"]);
  } finally {
    copy.fill(0);
  }
}

const prfInput = (salt: Uint8Array): Bytes => bound("blindtally keyring", salt);

const entryData = (name: string): Bytes => bound("blindtally keyring entry", utf8(name));

function some<T>(ways: readonly T[]): readonly T[] {
  if (ways.length > 0) return ways;
  throw new BlindtallyError("unknown-slot", "the entry has no way of this kind to unlock it");
}

function isSecret(value: unknown): boolean {
  const { passkey, passphrase } = { ...(value as { passkey?: Partial<Passkey>; passphrase?: unknown }) };
  if (passkey === undefined) return typeof passphrase === "string";
  return (
    passphrase === undefined &&
    typeof passkey?.create === "function" &&
    typeof passkey.evaluate === "function"
  );
}

function badUnlock(): BlindtallyError {
  const message = "a way to unlock is { passkey } or { passphrase }, and at least one is needed";
  return new BlindtallyError("bad-argument", message);
}
