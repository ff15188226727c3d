// @ts-check
// A keyset whose ciphers leave texts as they are: the same client with encryption off.

import { Keyset } from "blindtally";

/** @param {unknown} text */
const same = (text) => text;
const UNCHANGED = {
  encrypt: { value: same },
  encryptRandomized: { value: same },
  encryptAll: { value: (/** @type {Iterable<string>} */ names) => [...names] },
};

/** A fresh keyset that does not encrypt. Only for a comparison. */
export function idleKeyset() {
  const keyset = Keyset.generate();
  const cipher = keyset.cipher.bind(keyset);
  return Object.defineProperty(keyset, "cipher", {
    value: (/** @type {Parameters<typeof cipher>} */ ...of) =>
      Object.defineProperties(cipher(...of), UNCHANGED),
  });
}
