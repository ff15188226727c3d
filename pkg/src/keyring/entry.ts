// Makes an entry of a keyset, the only time that root keys are bytes here, and opens one, where they never are.

import { BlindtallyError } from "../errors.js";
import { exportKeyset } from "../hazard.js";
import type { Keyset } from "../keyset.js";
import { readRecord } from "../record.js";
import { bound, derive, derivingKey, randomBytes, sameBytes, sha256, unwrap, utf8, wrap } from "./crypto.js";
import {
  type Bytes,
  cannotOpen,
  fromBase64url,
  type Head,
  headText,
  type Protection,
  type StoredEntry,
  toBase64url,
} from "./record.js";
import type { Roots } from "./scope.js";
import { closeWay, openWays, type ReadyWay, type UnlockSecret } from "./ways.js";

/** Makes an entry of a keyset with root keys. */
export async function makeEntry(
  keyset: Keyset,
  name: string,
  revision: number,
  protection: Protection,
  ways: readonly ReadyWay[],
): Promise<StoredEntry> {
  const entryKey = randomBytes(32);
  const record = exportKeyset(keyset);
  try {
    const { keys, rotateAfterDays = 0 } = readRecord(record);
    const wrappingKey = await crypto.subtle.importKey("raw", entryKey, "AES-GCM", false, ["encrypt"]);
    const enabled = keys.filter(({ info }) => info.status === "enabled");
    const roots = await Promise.all(
      enabled.map(({ secret, check }) =>
        protection === "device"
          ? derivingKey(secret as Bytes)
          : wrap(wrappingKey, rootData(check, name), secret as Bytes),
      ),
    );
    const head = headText({
      name,
      revision,
      rotateAfterDays,
      protection,
      keys: keys.map(({ info, check }) => ({
        check: toBase64url(check),
        status: info.status,
        created: (info.created?.getTime() ?? 0) / 1000,
      })),
      unlocks: await Promise.all(ways.map((way) => closeWay(way, name, entryKey))),
    });
    const primary = await derivingKey(keys[0]?.secret as Bytes);
    return { name, head, seal: await sealOf(primary, head), roots };
  } finally {
    record.fill(0);
    entryKey.fill(0);
  }
}

/**
 * The root keys of an entry, which give no bytes, in the order of its head.
 *
 * @throws BlindtallyError `cannot-open`; `key-check` for an entry whose writer held a wrong key.
 */
export async function openEntry(
  entry: StoredEntry,
  head: Head,
  secret: UnlockSecret | undefined,
): Promise<Roots> {
  const keys =
    head.protection === "device" ? heldRoots(entry, secret) : await unwrappedRoots(entry, head, secret);
  const [primary] = keys;
  if (!primary || !sameBytes(await sealOf(primary, entry.head), entry.seal)) throw cannotOpen();
  const left = [...keys];
  const roots = head.keys.map(({ status }) => (status === "enabled" ? left.shift() : undefined));
  await Promise.all(head.keys.map(({ check }, position) => checkRoot(roots[position], fromBase64url(check))));
  return roots;
}

/** What shows that the head is the one that was written. */
async function sealOf(primary: CryptoKey, head: string): Promise<Bytes> {
  return derive(primary, bound("blindtally keyring head", await sha256(utf8(head))), 32);
}

function heldRoots(entry: StoredEntry, secret: UnlockSecret | undefined): CryptoKey[] {
  if (secret !== undefined) {
    throw new BlindtallyError("bad-argument", "this entry opens without a secret; pass none");
  }
  return entry.roots.map((root) => {
    if (root instanceof CryptoKey && isDerivingKey(root)) return root;
    throw cannotOpen();
  });
}

/** A key of another kind, or one that gives its bytes, was not put there by this keyring. */
function isDerivingKey({ algorithm, extractable, usages }: CryptoKey): boolean {
  return algorithm.name === "HKDF" && !extractable && usages.join() === "deriveBits";
}

async function unwrappedRoots(
  entry: StoredEntry,
  head: Head,
  secret: UnlockSecret | undefined,
): Promise<CryptoKey[]> {
  const entryKey = await openWays(head.unlocks, secret, head.name);
  const enabled = head.keys.filter(({ status }) => status === "enabled");
  const unwrapped = enabled.map(async ({ check }, position) => {
    const root = entry.roots[position];
    if (!(root instanceof Uint8Array)) throw cannotOpen();
    return unwrap(entryKey, rootData(fromBase64url(check), head.name), root, "HKDF");
  });
  return Promise.all(unwrapped).catch(() => Promise.reject(cannotOpen()));
}

async function checkRoot(root: CryptoKey | undefined, check: Bytes): Promise<void> {
  if (!root || sameBytes(await derive(root, utf8("blindtally key check"), 32), check)) return;
  throw new BlindtallyError("key-check", "a root key of this entry does not belong to its check value");
}

const rootData = (check: Uint8Array, name: string): Bytes =>
  bound("blindtally keyring root", check, utf8(name));
