// A keyset whose ciphers leave names as they are: the same client without encryption.

import type { Cipher, Keyset } from "blindtally";

/** Lets all ciphers of the keyset do nothing. For what stands in front of the proxy, and for checks of the scan. */
export function inClear(keyset: Keyset): Keyset {
  const cipher = keyset.cipher.bind(keyset);
  Object.defineProperty(keyset, "cipher", {
    value: (...of: Parameters<typeof cipher>): Cipher => Object.defineProperties(cipher(...of), UNCHANGED),
  });
  return keyset;
}

const same = (text: string): string => text;
const all = (texts: Iterable<string>): string[] => [...texts];

const UNCHANGED: PropertyDescriptorMap = Object.fromEntries(
  Object.entries({ encrypt: same, encryptRandomized: same, encryptAll: all }).map(([name, value]) => [
    name,
    { value },
  ]),
);
