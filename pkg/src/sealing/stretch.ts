// Argon2id by itself, for the keyring. Imported when it is first needed, as it brings the second wasm file.

import { stretch } from "../wasm/sealing.js";
import { callSealing, initSealing } from "./instance.js";
import { fullCost, type PassphraseCost, passphraseBytes } from "./passphrase.js";

export { DEFAULT_COST, type PassphraseCost } from "./passphrase.js";

/**
 * 32 bytes of a passphrase and a salt; the caller wipes them. The thread does nothing else meanwhile.
 *
 * @throws BlindtallyError `bad-passphrase`, `bad-parameters`, `wasm-unavailable`.
 */
export async function stretchPassphrase(
  passphrase: string,
  salt: Uint8Array,
  cost?: PassphraseCost,
): Promise<Uint8Array> {
  const { memoryKiB, passes, lanes } = fullCost(cost);
  await initSealing();
  const bytes = passphraseBytes(passphrase);
  try {
    return callSealing(() => stretch(bytes, salt, memoryKiB, passes, lanes));
  } finally {
    bytes.fill(0);
  }
}
