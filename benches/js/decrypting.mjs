// @ts-check
// Decrypting result maps: ours of three sizes, and noble on some of the rows.

import { inRounds } from "./rounds.mjs";
import { ratio, spread } from "./statistics.mjs";

/** @typedef {import("./names.mjs").Names} Names */
/** @typedef {import("./rounds.mjs").Task} Task */
/** @typedef {import("./statistics.mjs").Spread} Spread */
/** @typedef {Record<string, number>} ResultMap */
/** @typedef {{ encryptAll(names: Iterable<string>): string[], decryptResults(results: ResultMap | Map<string, number>): any }} Cipher */

const SIZE = 24;
/** As many small maps as make the time of one round long enough to be read off a browser's clock, */
const SMALL_MAPS = 10;
/** and as many times these as make it worth comparing with that of a huge map. */
const MANY = 10;
const SMALL = 1_000;
const LARGE = 100_000;
export const HUGE = 1_000_000;
/** Noble would take most of a minute for a huge map; its time an entry hardly depends on the size. */
const SAMPLE = 10_000;

/** A line of the table: microseconds an entry. @typedef {{ id: string, label: string, time: Spread, ratio?: Spread }} Row */

/**
 * @param {{ cipher: Cipher, noble: (results: ResultMap) => Map<string, number>, source: Names, rounds: number, hugeRounds: number, note?: (line: string) => void }} options
 */
export async function measureDecrypting({ cipher, noble, source, rounds, hugeRounds, note }) {
  // Made once: what is decrypted again is met by nothing that could remember it between two other maps.
  const huge = resultText(cipher, source, HUGE);
  const large = resultText(cipher, source, LARGE);
  const small = Array.from({ length: SMALL_MAPS }, () => resultText(cipher, source, SMALL));
  const sample = resultText(cipher, source, SAMPLE);
  await checkAgreement(cipher, noble, sample);

  const decrypt = (/** @type {ResultMap | Map<string, number>} */ results) => cipher.decryptResults(results);
  const smallTask = {
    id: "1k",
    units: SMALL_MAPS * SMALL,
    prepare: () => small.map(parsed),
    run: (/** @type {ResultMap[]} */ maps) => eachOf(maps, decrypt),
  };
  const manySmall = {
    ...smallTask,
    units: MANY * SMALL_MAPS * SMALL,
    prepare: () => Array.from({ length: MANY }, smallTask.prepare).flat(),
  };
  const tasks = [
    smallTask,
    { id: "100k", units: LARGE, prepare: () => parsed(large), run: decrypt },
    { id: "100k-map", units: LARGE, prepare: () => new Map(Object.entries(parsed(large))), run: decrypt },
    { id: "noble", units: SAMPLE, prepare: () => parsed(sample), run: noble },
  ];
  const hugeTasks = [
    { ...manySmall, id: "1k-beside" },
    { id: "1m", units: HUGE, prepare: () => parsed(huge), run: decrypt },
  ];
  const noted = note && { note };
  const times = {
    ...(await inRounds(tasks, { warmups: 1, rounds, ...noted })),
    ...(await inRounds(hugeTasks, { warmups: 0, rounds: hugeRounds, ...noted })),
  };

  /** @param {string} id */
  const of = (id) => /** @type {number[]} */ (times[id]);
  /** @param {string} id @param {string} label @returns {Row} */
  const row = (id, label) => ({ id, label, time: spread(of(id)), ratio: ratio(of("noble"), of(id)) });
  return {
    rows: [
      row("1k", "blindtally, 1,000 rows"),
      row("100k", "blindtally, 100,000 rows"),
      row("100k-map", "blindtally, 100,000 rows, a Map"),
      // In rounds of its own, and so without a ratio to noble.
      { id: "1m", label: "blindtally, 1,000,000 rows", time: spread(of("1m")) },
      row("noble", "@noble/ciphers gcmsiv, 10,000 rows"),
    ],
    growth: ratio(of("1m"), of("1k-beside")),
  };
}

/** A result map of `count` names, as the text that a vendor answers. @param {Cipher} cipher @param {Names} source @param {number} count */
export function resultText(cipher, source, count) {
  const rows = cipher
    .encryptAll(source.distinct(count, SIZE))
    .map((token, at) => `"${token}":${(at % 9) + 1}`);
  return `{${rows.join(",")}}`;
}

/** @param {Cipher} cipher @param {(results: ResultMap) => Map<string, number>} noble @param {string} text */
async function checkAgreement(cipher, noble, text) {
  const expected = noble(parsed(text));
  const { counts, unreadable } = await cipher.decryptResults(parsed(text));
  const same = [...expected].every(([name, count]) => counts.get(name) === count);
  if (!same || counts.size !== expected.size || unreadable.length > 0) {
    throw new Error("a result map is not read as noble reads it");
  }
}

/** One after the other, also where each is waited for. @param {readonly ResultMap[]} maps @param {(results: ResultMap) => unknown} decrypt */
function eachOf(maps, decrypt) {
  const outcomes = maps.map(decrypt);
  return outcomes[0] instanceof Promise ? Promise.all(outcomes) : outcomes;
}

/** @param {string} text @returns {ResultMap} */
const parsed = (text) => JSON.parse(text);
