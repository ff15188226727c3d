// @ts-check
// Events a second through the whole client into the same analytics API, with encryption and with it off:
// `node --expose-gc log-events.mjs ADDRESS ROUNDS`. Prints JSON.

import { setImmediate as turn } from "node:timers/promises";
import { createClient, Keyset } from "blindtally";
import { idleKeyset } from "./identity.mjs";
import { Names } from "./names.mjs";
import { inRounds } from "./rounds.mjs";
import { ratio, spread } from "./statistics.mjs";

/** @typedef {string | { name: string, properties: Record<string, string> }} Logged */

const [endpoint = "", rounds = "1"] = process.argv.slice(2);
const BATCH = 1_000;
/** Batches of a task in a round, so that one slow request does not decide. */
const BATCHES = 16;
const SIZE = 24;
/** Characters of a token of such a name. */
const TOKEN_SIZE = 74;
const REPEATED = 100;

const source = new Names(1);
const few = source.distinct(REPEATED, SIZE);
/** Of each event: a field to group by, and one to read back. */
const POLICIES = /** @type {const} */ ({ ward: "deterministic", note: "randomized" });
const IN_CLEAR = /** @type {const} */ ({ ward: "clear", note: "clear" });

const clients = {
  encrypted: client(Keyset.generate(), POLICIES),
  clear: client(idleKeyset(), IN_CLEAR),
};

const distinct = () => batches(() => source.distinct(BATCH, SIZE));
const long = () => batches(() => source.distinct(BATCH, TOKEN_SIZE));
const repeated = () => batches(() => source.places(BATCH, few).map((place) => few[place] ?? ""));
const fields = () =>
  batches(() =>
    source.distinct(BATCH, SIZE).map((name, place) => ({
      name,
      properties: { ward: few[place % REPEATED] ?? "", note: name },
    })),
  );

/** @type {readonly { id: string, label: string, prepare: () => Logged[][], off?: true, single?: true }[]} */
const KINDS = [
  { id: "clear", label: "off, distinct names", prepare: distinct, off: true },
  { id: "long", label: "off, names as long as tokens", prepare: long, off: true },
  { id: "distinct", label: "encrypted, distinct names", prepare: distinct },
  {
    id: "clear-single",
    label: "off, distinct, `logEvent` one by one",
    prepare: distinct,
    off: true,
    single: true,
  },
  { id: "single", label: "encrypted, distinct, `logEvent` one by one", prepare: distinct, single: true },
  { id: "clear-repeated", label: `off, ${REPEATED} names`, prepare: repeated, off: true },
  { id: "repeated", label: `encrypted, ${REPEATED} names`, prepare: repeated },
  { id: "clear-fields", label: "off, distinct, two properties", prepare: fields, off: true },
  { id: "fields", label: "encrypted, distinct, two properties", prepare: fields },
];
const times = await inRounds(
  KINDS.map(({ id, prepare, off, single }) => ({
    id,
    units: BATCH * BATCHES,
    prepare,
    run: (/** @type {Logged[][]} */ events) => send(off ? clients.clear : clients.encrypted, events, single),
  })),
  { warmups: 3, rounds: Number(rounds) },
);
for (const { stats } of Object.values(clients)) {
  if (stats.delivered !== stats.logged || stats.duplicates > 0) throw new Error("not all events were stored");
}
/** @param {string} id */
const of = (id) => /** @type {number[]} */ (times[id]);
const rows = KINDS.map(({ id, label }) => ({
  id,
  label,
  eventsPerSecond: spread(of(id).map((microseconds) => 1e6 / microseconds)),
  ratio: ratio(of(offOf(id)), of(id)),
}));
process.stdout.write(JSON.stringify(rows));
for (const client of Object.values(clients)) client.dispose();

/** What a kind is compared with: the same events with encryption off. @param {string} id */
function offOf(id) {
  return /single|repeated|fields/.test(id) ? `clear-${id.replace("clear-", "")}` : "clear";
}

/** @param {Keyset} keyset @param {Record<string, "deterministic" | "randomized" | "clear">} properties */
function client(keyset, properties) {
  // Whoever logs faster than the API stores has to wait in either case.
  return createClient({ endpoint, keyset, properties, whenFull: "wait" });
}

/** @param {import("blindtally").Client} client @param {Logged[][]} batches @param {true | undefined} single */
async function send(client, batches, single) {
  for (const events of batches) {
    if (single) await Promise.all(events.map((name) => client.logEvent(/** @type {string} */ (name))));
    else await client.logEvents(events);
    // Events come from many turns of the loop, and what is under way goes on in each.
    await turn();
  }
  await client.flush();
}

/** @template T @param {() => T[]} batch */
function batches(batch) {
  return Array.from({ length: BATCHES }, batch);
}
