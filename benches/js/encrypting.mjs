// @ts-check
// Encrypting: ours and the peers, distinct and repeated names.

import { rebuilt } from "./names.mjs";
import { BASE } from "./peers.mjs";
import { inRounds } from "./rounds.mjs";
import { ratio, spread } from "./statistics.mjs";

/** @typedef {import("./peers.mjs").Peer} Peer */
/** @typedef {import("./names.mjs").Names} Names */
/** @typedef {import("./rounds.mjs").Task} Task */
/** @typedef {import("./statistics.mjs").Spread} Spread */
/** @typedef {{ encrypt(name: string): string, encryptAll(names: Iterable<string>): string[], decrypt(token: string): string }} Cipher */

/** The size, in bytes, that the ratios are stated for; the others stand beside it. */
export const MAIN_SIZE = 24;
const SIZES = [8, MAIN_SIZE, 64];
const MAIN_COUNT = 10_000;
/** So that a run takes minutes: of the other sizes, fewer names. */
const OTHER_COUNT = 2_500;
/** Names before the time of a task begins. */
const WAKING = 500;
/** Different names among the repeated ones. */
const REPEATED = 100;

/**
 * A line of the table: microseconds a name, and how many times as fast as noble's gcmsiv in the same round.
 * @typedef {{ id: string, label: string, note: string, size: number, time: Spread, ratio: Spread }} Row
 */

/** @param {Cipher} cipher @returns {Peer[]} */
export function ours(cipher) {
  return [
    { id: "single", label: "blindtally, one by one", note: "default options", ...bySingle(cipher) },
    { id: "batch", label: "blindtally, batch", note: "default options", ...byBatch(cipher) },
  ];
}

/**
 * Refuses to time what is not the same: names of every size, encrypted by all that claim to make this token.
 * @param {readonly Peer[]} contenders @param {Cipher} cipher @param {Names} source
 */
export async function checkAgreement(contenders, cipher, source) {
  const names = SIZES.flatMap((size) => source.distinct(size === MAIN_SIZE ? MAIN_COUNT : OTHER_COUNT, size));
  const expected = await contenders.find(({ id }) => id === BASE)?.encryptAll(names);
  for (const { id, encryptAll } of contenders.filter(({ sameToken }) => sameToken)) {
    const tokens = await encryptAll(names);
    const differs = names.findIndex((_, at) => tokens[at] !== expected?.[at]);
    if (differs >= 0) throw new Error(`${id} makes another token than ${BASE} for name ${differs}`);
    if (tokens.length !== names.length) throw new Error(`${id} makes ${tokens.length} tokens`);
  }
  const opened = names.findIndex((name, at) => cipher.decrypt(expected?.[at] ?? "") !== name);
  if (opened >= 0) throw new Error(`the cipher does not open name ${opened}`);
  return names.length;
}

/**
 * @param {{ contenders: readonly Peer[], cipher: Cipher, source: Names, rounds: number, extra?: readonly Task[], note?: (line: string) => void }} options
 */
export async function measureEncrypting({ contenders, cipher, source, rounds, extra = [], note }) {
  const distinct = SIZES.flatMap((size) =>
    contenders.map((contender) => distinctTask(contender, size, source)),
  );
  const repeated = repeatedTasks(cipher, source);
  const times = await inRounds([...distinct, ...repeated, ...extra], {
    warmups: 2,
    rounds,
    ...(note && { note }),
  });

  /** @param {string} id */
  const of = (id) => /** @type {number[]} */ (times[id]);
  /** @param {{ id: string, label: string, note: string }} task @param {number} size @returns {Row} */
  const row = ({ id, label, note }, size) => {
    const time = of(id);
    return { id, label, note, size, time: spread(time), ratio: ratio(of(`${BASE}-${size}`), time) };
  };
  return {
    distinct: SIZES.flatMap((size) =>
      contenders.map(({ id, label, note }) => row({ id: `${id}-${size}`, label, note }, size)),
    ),
    repeated: repeated.map((task) => row(task, MAIN_SIZE)),
    againstSodium: ratio(of(`sodium-${MAIN_SIZE}`), of(`single-${MAIN_SIZE}`)),
    times,
  };
}

/** @param {Peer} contender @param {number} size @param {Names} source @returns {Task} */
function distinctTask({ id, encryptAll }, size, source) {
  const units = size === MAIN_SIZE ? MAIN_COUNT : OTHER_COUNT;
  // Names of its own for each task of each round: no cache may have met them in another.
  return {
    id: `${id}-${size}`,
    units,
    prepare: () => source.distinct(units, size),
    wake: () => source.distinct(WAKING, size),
    run: encryptAll,
  };
}

/** @param {Cipher} cipher @param {Names} source */
function repeatedTasks(cipher, source) {
  const few = source.distinct(REPEATED, MAIN_SIZE);
  const places = source.places(MAIN_COUNT, few);
  const same = () => places.map((place) => /** @type {string} */ (few[place]));
  const fresh = () => rebuilt(same());
  // Other names: the first call for each of the hundred is a part of the time.
  const others = source.distinct(REPEATED, MAIN_SIZE);
  const wake = () => places.slice(0, WAKING).map((place) => /** @type {string} */ (others[place]));
  const known = new Map(few.map((name) => [name, cipher.encrypt(name)]));
  const fromMap = (/** @type {string[]} */ names) => names.map((name) => known.get(name));
  const [single, batch] = [bySingle(cipher).encryptAll, byBatch(cipher).encryptAll];
  const note = `${MAIN_COUNT} calls over ${REPEATED} names`;
  return [
    {
      id: "repeated-single",
      label: "blindtally, one by one, strings newly built",
      prepare: fresh,
      run: single,
    },
    {
      id: "repeated-same",
      label: "blindtally, one by one, the same string objects",
      prepare: same,
      run: single,
    },
    { id: "repeated-batch", label: "blindtally, batch, strings newly built", prepare: fresh, run: batch },
    { id: "map-fresh", label: "a Map of tokens, strings newly built", prepare: fresh, run: fromMap },
    { id: "map-same", label: "a Map of tokens, the same string objects", prepare: same, run: fromMap },
  ].map((task) => ({ ...task, note, units: MAIN_COUNT, wake }));
}

/** @param {Cipher} cipher */
function bySingle(cipher) {
  const encryptAll = (/** @type {readonly string[]} */ names) => names.map((name) => cipher.encrypt(name));
  return { sameToken: true, encryptAll };
}

/** @param {Cipher} cipher */
function byBatch(cipher) {
  return {
    sameToken: true,
    encryptAll: (/** @type {readonly string[]} */ names) => cipher.encryptAll(names),
  };
}
