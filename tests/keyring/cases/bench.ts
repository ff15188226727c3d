// What the cases work with: a keyring of their own, a keyset whose keys are known, a passkey without a prompt, and a
// look at what lies in the database.

import * as main from "blindtally";
import * as hazard from "blindtally/hazard";
import { Keyring } from "blindtally/keyring";
import type { Passkey } from "blindtally/passkey";
import { equal } from "../../suite/check.js";

export type Bytes = Uint8Array<ArrayBuffer>;

/** A claim and what shows it. */
export interface Claim {
  readonly claim: string;
  readonly run: () => Promise<void>;
}

/** Fails unless the promise rejects with an error of the package with this code. */
export async function rejects(promised: Promise<unknown>, code: string): Promise<void> {
  const outcome = await promised.then(
    () => "nothing was refused",
    (error) => (main.isBlindtallyError(error) ? error.code : String(error)),
  );
  equal(outcome, code, "code");
}

/** Fails unless `act` throws an error with this code. */
export const throws = (act: () => unknown, code: string) => rejects((async () => act())(), code);

/** The least that a passphrase may cost. */
export const COST = { memoryKiB: 19_456, passes: 2, lanes: 1 };

/** A keyring in a database of its own, which is deleted afterwards. */
export async function withKeyring(run: (keyring: Keyring, database: string) => Promise<void>): Promise<void> {
  const database = `test-${crypto.randomUUID()}`;
  const keyring = await Keyring.open({ database });
  try {
    await run(keyring, database);
  } finally {
    keyring.close();
    await settled(indexedDB.deleteDatabase(database));
  }
}

/** A keyset with three enabled keys, a disabled and a destroyed one, and a policy; and the bytes of its keys. */
export function sampleKeyset(): { keyset: main.Keyset; roots: Bytes[] } {
  const roots = Array.from({ length: 5 }, () => random(32));
  const [first, ...others] = roots;
  const keyset = hazard.importRootKey(first as Bytes, undefined, { now: 1_700_000_000_000 });
  for (const [position, root] of others.entries()) {
    hazard.importRootKey(root, keyset, { now: 1_700_000_000_000 + position * 86_400_000 });
  }
  keyset.rotateAfterDays = 90;
  const ids = keyset.keys.map(({ id }) => id);
  keyset.promote(ids[2] as string);
  keyset.disable(ids[3] as string);
  keyset.destroy(ids[4] as string);
  return { keyset, roots };
}

/** A passkey as a program may bring its own: HMAC, without a prompt. */
export function ownPasskey(): Passkey {
  const credentialId = random(16);
  const key = crypto.subtle.importKey("raw", random(32), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const output = async (input: Uint8Array) =>
    new Uint8Array(await crypto.subtle.sign("HMAC", await key, Uint8Array.from(input)));
  return {
    create: async (prfInput) => ({ rpId: "localhost", credentialId, output: await output(prfInput) }),
    evaluate: async (requests) => {
      const request = requests.find((request) => hex(request.credentialId) === hex(credentialId));
      return { credentialId, output: await output((request ?? requests[0])?.prfInput ?? credentialId) };
    },
  };
}

/** An entry as it lies in the database. */
export interface RawEntry {
  name: string;
  head: string;
  seal: Bytes;
  roots: (Bytes | CryptoKey)[];
}

/** The database behind the keyring's back. */
export async function raw<T>(database: string, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const connection = await settled(indexedDB.open(database));
  try {
    return await settled(act(connection.transaction("entries", "readwrite").objectStore("entries")));
  } finally {
    connection.close();
  }
}

export const rawEntry = (database: string, name: string): Promise<RawEntry> =>
  raw(database, (store) => store.get(name));

export const putRaw = (database: string, entry: object): Promise<unknown> =>
  raw(database, (store) => store.put(entry));

export function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export function random(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A record in hexadecimal; the keyset is disposed. */
export function recordOf(keyset: main.Keyset): string {
  const record = hazard.exportKeyset(keyset);
  keyset.dispose();
  return hex(record);
}
