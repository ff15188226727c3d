// The implementation that made the vectors: it shares nothing with the package.

/** What is used of it, as its own comments say it. */
export interface Independent {
  open(text: string, secret: IndependentSecret): { revision: number; record: Uint8Array };
  wrapKeysOf(
    head: string,
    salt: Uint8Array,
    kek: Uint8Array,
  ): { aead: { decrypt(sealed: Uint8Array): Uint8Array } };
  headOf(
    kind: string,
    salt: Uint8Array,
    label: string | undefined,
    args: readonly (string | number)[],
  ): string;
  slotLine(head: string, salt: Uint8Array, kek: Uint8Array, fileKey: Uint8Array): string;
  seal(lines: readonly string[], fileKey: Uint8Array, nonce: Uint8Array, content: Uint8Array): string;
  contentOf(revision: number, record: Uint8Array): Uint8Array;
}

/** A secret as it takes it. */
export interface IndependentSecret {
  readonly kind: string;
  readonly passphrase?: string;
  readonly key?: Uint8Array;
  readonly shares?: readonly string[];
}

/** Its reading of shares. */
export interface IndependentShares {
  combine(texts: readonly string[]): { key: Uint8Array; setId: Uint8Array };
}

const load = (name: string) => import(new URL(`../../../vectors/generate/${name}.mjs`, import.meta.url).href);

export const independent: Independent = await load("sealed");
export const independentShares: IndependentShares = await load("shares");

/** The key of a file, by the key of its first slot. */
export function fileKeyOf(text: string, kek: Uint8Array): Uint8Array {
  const fields = (text.split("\n")[1] as string).split(" ");
  const bytes = (field: string | undefined) => new Uint8Array(Buffer.from(field as string, "base64url"));
  // The last two are its check value and what is wrapped.
  const head = fields.slice(0, -2).join(" ");
  return independent.wrapKeysOf(head, bytes(fields[2]), kek).aead.decrypt(bytes(fields.at(-1)));
}
