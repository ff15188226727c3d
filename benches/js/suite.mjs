// @ts-check
// What is measured alike in every runtime.

import { importRootKey } from "blindtally/hazard";
import { measureDecrypting } from "./decrypting.mjs";
import { checkAgreement, measureEncrypting, ours } from "./encrypting.mjs";
import { randomKeys } from "./format.mjs";
import { Names } from "./names.mjs";
import { nobleResults, peersEverywhere } from "./peers.mjs";

/** @typedef {{ rounds: number, mapRounds: number, hugeRounds: number }} Plan how often what is repeated */
/** @typedef {import("./format.mjs").Keys} Keys */

/**
 * @param {Plan} plan
 * @param {{ peers?: (keys: Keys) => import("./peers.mjs").Peer[], extra?: readonly import("./rounds.mjs").Task[], note?: (line: string) => void }} [more]
 */
export async function measure(plan, { peers, extra = [], note } = {}) {
  const keys = randomKeys();
  const keyset = importRootKey(keys.root);
  const cipher = keyset.cipher();
  const source = new Names(Date.now() & 0xffffff);
  const noted = note && { note };

  const contenders = [...(await peersEverywhere(keys)), ...(peers?.(keys) ?? []), ...ours(cipher)];
  const checked = await checkAgreement(contenders, cipher, source);
  const encrypting = await measureEncrypting({
    contenders,
    cipher,
    source,
    rounds: plan.rounds,
    extra,
    ...noted,
  });
  const decrypting = await measureDecrypting({
    cipher,
    noble: nobleResults(keys),
    source,
    rounds: plan.mapRounds,
    hugeRounds: plan.hugeRounds,
    ...noted,
  });
  keyset.dispose();
  return { checked, encrypting, decrypting };
}
