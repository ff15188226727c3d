// Opens an entry by the words that describe it, in the head of pkg/src/keyring/record.ts, with libraries that share
// nothing with the keyring.

import { gcm } from "@noble/ciphers/aes.js";
import { argon2id } from "@noble/hashes/argon2.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { EntryText } from "../page.js";

/** What a passphrase opens, and everything on the way. */
export interface OpenedEntry {
  readonly head: Record<string, unknown> & {
    readonly keys: readonly { check: string; status: string; created: number }[];
  };
  readonly secret: Uint8Array;
  /** As the way holds it, and as the secret gives it. */
  readonly check: { readonly stored: string; readonly derived: string };
  readonly kek: Uint8Array;
  readonly entryKey: Uint8Array;
  readonly roots: readonly Uint8Array[];
  /** As the entry holds it, and as the primary key gives it. */
  readonly seal: { readonly stored: string; readonly derived: string };
}

/** Opens an entry by its first way, which is a passphrase. */
export function openEntry(entry: EntryText, passphrase: string): OpenedEntry {
  const head = JSON.parse(entry.head);
  const [{ check, wrapped, ...way }] = head.unlocks;
  const salt = Buffer.from(way.salt, "base64url");
  const secret = argon2id(passphrase, salt, { m: way.memoryKiB, t: way.passes, p: way.lanes, dkLen: 32 });
  const derive = (words: string) =>
    hkdf(sha256, secret, salt, bytes(`blindtally keyring ${words}\0${JSON.stringify(way)}`), 32);
  const kek = derive("kek");
  const entryKey = open(kek, `blindtally keyring entry\0${entry.name}`, Buffer.from(wrapped, "base64url"));
  const enabled = head.keys.filter((key: { status: string }) => key.status === "enabled");
  const roots = entry.roots.map((root, position) =>
    open(
      entryKey,
      Buffer.concat([
        bytes("blindtally keyring root\0"),
        Buffer.from(enabled[position].check, "base64url"),
        bytes(entry.name),
      ]),
      Buffer.from(root, "hex"),
    ),
  );
  const sealed = Buffer.concat([bytes("blindtally keyring head\0"), sha256(bytes(entry.head))]);
  const seal = hkdf(sha256, roots[0] as Uint8Array, undefined, sealed, 32);
  return {
    head,
    secret,
    check: { stored: check, derived: Buffer.from(derive("check")).toString("base64url") },
    kek,
    entryKey,
    roots,
    seal: { stored: entry.seal, derived: Buffer.from(seal).toString("hex") },
  };
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

function open(key: Uint8Array, associated: string | Uint8Array, sealed: Uint8Array): Uint8Array {
  const data = typeof associated === "string" ? bytes(associated) : associated;
  return gcm(key, sealed.subarray(0, 12), data).decrypt(sealed.subarray(12));
}
