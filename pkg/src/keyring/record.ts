// An entry of the keyring as it lies in the database, and how its parts hang together.
//
//   entry = { name, head, seal, roots }
//   head  = JSON text: { format: 1, name, revision, rotateAfterDays, protection, keys, unlocks }, in this order, no spaces
//   key   = { check: key_check, status, created }                    the primary key first; `created` in seconds, 0 = not known
//   way   = { kind, label, salt, …, check, wrapped }                 a way to unlock; none under the protection "device"
//   roots = for each enabled key, in the order of the head: its root key, wrapped; under "device" as a CryptoKey.
//           A disabled or destroyed key has none: nothing is kept that may not be used.
//
// Bytes inside the head are base64url. `key_check` and the root keys are those of SPEC.md, section 3. All of HKDF is
// HKDF-SHA-256, all of AES is AES-256-GCM with a random iv of 12 bytes before the ciphertext, and `‖` joins bytes:
//
//   secret    = passphrase: Argon2id(passphrase, salt[16], memoryKiB, passes, lanes), 32 bytes
//               passkey: the output of its PRF for "blindtally keyring" ‖ 0x00 ‖ salt[16], 32 bytes
//   way_head  = the JSON text of the way without check and wrapped
//   check     = HKDF(secret, salt, "blindtally keyring check" ‖ 0x00 ‖ way_head), 32 bytes
//   KEK       = HKDF(secret, salt, "blindtally keyring kek" ‖ 0x00 ‖ way_head), 32 bytes
//   wrapped   = AES(KEK, associated data "blindtally keyring entry" ‖ 0x00 ‖ name, plaintext entry_key[32])
//   root      = AES(entry_key, associated data "blindtally keyring root" ‖ 0x00 ‖ key_check ‖ name, plaintext root key[32])
//   seal      = HKDF(primary root key, no salt, "blindtally keyring head" ‖ 0x00 ‖ SHA-256(head)), 32 bytes
//
// Why so: the entry key, 32 random bytes, is new with each storing, so that any of several ways opens one entry. AES-GCM
// does not commit to its key, and one wrapped key could be made to open under two passphrases, so `check` commits to the
// KEK and is compared first. `key_check` commits to each root key. The seal holds the head against a change by anybody who
// has not the primary key: no key can be enabled again, no way added, no revision raised.

import { BlindtallyError } from "../errors.js";
import type { KeyStatus } from "../record.js";
import { fromBase64url as decode, toBase64url } from "../sealing/base64url.js";
import { writeDomain, writeLabel } from "../sealing/slot.js";

/** An entry as the database holds it. */
export interface StoredEntry {
  readonly name: string;
  readonly head: string;
  readonly seal: Bytes;
  readonly roots: readonly (Bytes | CryptoKey)[];
}

export { toBase64url };

export type Bytes = Uint8Array<ArrayBuffer>;

/** Whether an entry has to be unlocked, or opens on this device without a secret. */
export type Protection = "unlock" | "device";

/** What stands in the head. */
export interface Head {
  readonly name: string;
  readonly revision: number;
  readonly rotateAfterDays: number;
  readonly protection: Protection;
  readonly keys: readonly KeyOfHead[];
  readonly unlocks: readonly WayOfHead[];
}

export interface KeyOfHead {
  readonly check: string;
  readonly status: KeyStatus;
  /** Seconds since 1970; 0 = not known. */
  readonly created: number;
}

/** What a way to unlock is, without what it holds. */
export type Way =
  | {
      readonly kind: "passphrase";
      readonly label: string;
      readonly salt: string;
      readonly memoryKiB: number;
      readonly passes: number;
      readonly lanes: number;
    }
  | {
      readonly kind: "passkey";
      readonly label: string;
      readonly salt: string;
      readonly rpId: string;
      readonly credentialId: string;
    };

export type WayOfHead = Way & { readonly check: string; readonly wrapped: string };

export const MOST_WAYS = 16;

/** The text of a head. One head has one text. */
export function headText(head: Head): string {
  const { name, revision, rotateAfterDays, protection } = head;
  const keys = head.keys.map(({ check, status, created }) => ({ check, status, created }));
  const unlocks = head.unlocks.map((way) => ({ ...fieldsOf(way), check: way.check, wrapped: way.wrapped }));
  return JSON.stringify({ format: FORMAT, name, revision, rotateAfterDays, protection, keys, unlocks });
}

/** What a way's keys are derived for. */
export function wayText(way: Way): string {
  return JSON.stringify(fieldsOf(way));
}

/**
 * Reads what the database gave for a name. Nothing of it is proven before the seal is compared.
 *
 * @throws BlindtallyError `cannot-open` for anything but an entry of this form.
 */
export function readEntry(stored: unknown, name: string): { entry: StoredEntry; head: Head } {
  if (isEntry(stored) && stored.name === name) {
    const head = readHead(stored.head);
    const enabled = head?.keys.filter(({ status }) => status === "enabled").length;
    if (head?.name === name && enabled === stored.roots.length) return { entry: stored, head };
  }
  throw cannotOpen();
}

/** One answer for a wrong secret and for an altered entry. */
export function cannotOpen(): BlindtallyError {
  const message = "the entry does not open: the secret is wrong, or the entry was altered";
  return new BlindtallyError("cannot-open", message);
}

/** The id of a key, from its check value. */
export function keyIdOf(check: string): string {
  return Array.from(fromBase64url(check).subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}

export const fromBase64url = decode as (text: string) => Bytes;

const FORMAT = 1;
const MOST_KEYS = 1000;
const STATUSES: readonly unknown[] = ["enabled", "disabled", "destroyed"] satisfies KeyStatus[];

function fieldsOf(way: Way): Way {
  const { kind, label, salt } = way;
  if (kind === "passkey") return { kind, label, salt, rpId: way.rpId, credentialId: way.credentialId };
  return { kind, label, salt, memoryKiB: way.memoryKiB, passes: way.passes, lanes: way.lanes };
}

function isEntry(value: unknown): value is StoredEntry {
  const { name, head, seal, roots } = { ...(value as Partial<StoredEntry>) };
  return (
    typeof name === "string" &&
    typeof head === "string" &&
    seal instanceof Uint8Array &&
    Array.isArray(roots) &&
    roots.every((root) => root instanceof Uint8Array || root instanceof CryptoKey)
  );
}

/** `undefined` for any text but the one that a writer would have made. */
function readHead(text: string): Head | undefined {
  try {
    const head = JSON.parse(text);
    return isHead(head) && headText(head) === text ? head : undefined;
  } catch {
    return undefined;
  }
}

/** The form is compared as text afterwards; here it is about types and ranges. */
function isHead(head: Head): boolean {
  const { name, revision, rotateAfterDays, protection, keys, unlocks } = head;
  return (
    typeof name === "string" &&
    isWhole(revision, Number.MAX_SAFE_INTEGER) &&
    isWhole(rotateAfterDays, 65_535) &&
    (protection === "unlock" ? unlocks.length > 0 : protection === "device" && unlocks.length === 0) &&
    unlocks.length <= MOST_WAYS &&
    unlocks.every(isWay) &&
    keys.length <= MOST_KEYS &&
    keys[0]?.status === "enabled" &&
    keys.every(
      ({ check, status, created }) =>
        isBase64url(check, 32) && STATUSES.includes(status) && isWhole(created, 2 ** 40 - 1),
    )
  );
}

function isWay(way: WayOfHead): boolean {
  // Both throw. They are shown to people, and anybody could have written them.
  writeLabel(way.label || undefined);
  if (way.kind === "passkey") writeDomain(way.rpId);
  const arguments_ =
    way.kind === "passkey"
      ? isBase64url(way.credentialId)
      : way.kind === "passphrase" &&
        [way.memoryKiB, way.passes, way.lanes].every((cost) => isWhole(cost, 2 ** 31));
  return (
    arguments_ &&
    typeof way.label === "string" &&
    isBase64url(way.salt, 16) &&
    isBase64url(way.check, 32) &&
    isBase64url(way.wrapped, 60)
  );
}

const isWhole = (value: unknown, most: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;

function isBase64url(text: unknown, bytes?: number): boolean {
  if (typeof text !== "string" || !/^[\w-]+$/.test(text)) return false;
  const decoded = fromBase64url(text);
  return toBase64url(decoded) === text && (bytes === undefined || decoded.length === bytes);
}
