// Passkeys and key stores that work, on the cryptography of the platform, in every runtime.

import type { KeyWrapper, Passkey } from "blindtally/sealed";
import { hexOf, randomKey } from "./sealing-check.js";

/** A passkey with a PRF of its own, as an authenticator has one. */
export function somePasskey(note = (bytes: Uint8Array): Uint8Array => bytes): Passkey {
  const credentialId = crypto.getRandomValues(new Uint8Array(16));
  const key = crypto.subtle.importKey(
    "raw",
    randomKey() as BufferSource,
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const prf = async (input: Uint8Array) =>
    note(new Uint8Array(await crypto.subtle.sign("HMAC", await key, input as BufferSource)));
  return {
    create: async (input) => ({ rpId: "keys.example", credentialId, output: await prf(input) }),
    async evaluate(requests) {
      const mine = requests.find((request) => hexOf(request.credentialId) === hexOf(credentialId));
      if (!mine) throw new Error("none of these passkeys is here");
      if (mine.rpId !== "keys.example") throw new Error("this passkey is of another domain");
      return { credentialId, output: await prf(mine.prfInput) };
    },
  };
}

/** What makes a passkey of a domain that may be none, and with an id that may be none. */
export const madeFor =
  (rpId: unknown, credentialId: unknown = randomKey(), output = randomKey()) =>
  async () => ({
    rpId: rpId as string,
    credentialId: credentialId as Uint8Array,
    output,
  });

interface KeyStoreOptions {
  readonly name?: string;
  readonly contexts?: object[];
  readonly note?: <T extends Uint8Array>(bytes: T) => T;
}

/** A key store that wraps with AES-256-GCM and authenticates the context, as the great ones do. */
export function someKeyStore({
  name = "test-store",
  contexts = [],
  note = (bytes) => bytes,
}: KeyStoreOptions = {}): KeyWrapper {
  const key = crypto.subtle.importKey("raw", randomKey() as BufferSource, "AES-GCM", false, [
    "encrypt",
    "decrypt",
  ]);
  const parameters = (iv: Uint8Array, context: object) => ({
    name: "AES-GCM",
    iv: iv as BufferSource,
    additionalData: new TextEncoder().encode(JSON.stringify(context)),
  });
  return {
    name,
    async generate(context) {
      contexts.push(context);
      const kek = note(randomKey());
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const sealed = await crypto.subtle.encrypt(parameters(iv, context), await key, kek as BufferSource);
      return { kek, blob: Uint8Array.of(...iv, ...new Uint8Array(sealed)) };
    },
    async unwrap(blob, context) {
      contexts.push(context);
      const { buffer } = Uint8Array.from(blob.subarray(12));
      const opened = await crypto.subtle.decrypt(
        parameters(blob.subarray(0, 12), context),
        await key,
        buffer,
      );
      return note(new Uint8Array(opened));
    },
  };
}
