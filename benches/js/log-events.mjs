// @ts-check
// Events a second, encrypted and in clear, into the same analytics API: `node log-events.mjs ADDRESS ROUNDS`. Prints JSON.

import { createClient, Keyset } from "blindtally";
import { Names } from "./names.mjs";
import { inRounds } from "./rounds.mjs";
import { ratio, spread } from "./statistics.mjs";

const [endpoint = "", rounds = "1"] = process.argv.slice(2);
const BATCH = 1_000;
/** Requests of a task in a round, so that one slow one does not decide. */
const REQUESTS = 8;
const SIZE = 24;
/** Characters of a token of such a name. */
const TOKEN_SIZE = 74;
const REPEATED = 100;
/** Requests under way where there is more than one. */
const MANY = 4;

const client = createClient({ endpoint, keyset: Keyset.generate() });
const source = new Names(1);
const few = source.distinct(REPEATED, SIZE);

const distinct = () => batches(() => source.distinct(BATCH, SIZE));
const long = () => batches(() => source.distinct(BATCH, TOKEN_SIZE));
const repeated = () =>
  batches(() => source.places(BATCH, few).map((place) => /** @type {string} */ (few[place])));
const encrypted = (/** @type {string[]} */ names) => client.logEvents(names);

const KINDS = [
  { id: "clear", label: "in clear, distinct names", prepare: distinct, send: inClear },
  { id: "long", label: "in clear, names as long as tokens", prepare: long, send: inClear },
  { id: "distinct", label: "encrypted, distinct names", prepare: distinct, send: encrypted },
  { id: "clear-repeated", label: `in clear, ${REPEATED} names`, prepare: repeated, send: inClear },
  { id: "repeated", label: `encrypted, ${REPEATED} names`, prepare: repeated, send: encrypted },
  { id: "clear-many", label: `in clear, distinct, ${MANY} under way`, prepare: distinct, send: inClear },
  { id: "many", label: `encrypted, distinct, ${MANY} under way`, prepare: distinct, send: encrypted },
];
const times = await inRounds(
  KINDS.map(({ id, prepare, send }) => ({
    id,
    units: BATCH * REQUESTS,
    prepare,
    run: (/** @type {string[][]} */ requests) => sendAll(requests, send, id.endsWith("many") ? MANY : 1),
  })),
  { warmups: 3, rounds: Number(rounds) },
);
/** @param {string} id */
const of = (id) => /** @type {number[]} */ (times[id]);
const rows = KINDS.map(({ id, label }) => ({
  id,
  label,
  eventsPerSecond: spread(of(id).map((microseconds) => 1e6 / microseconds)),
  ratio: ratio(of(clearOf(id)), of(id)),
}));
process.stdout.write(JSON.stringify(rows));

/** What a kind is compared with: the same events in clear. @param {string} id */
function clearOf(id) {
  return /repeated|many/.test(id) ? `clear-${id.replace("clear-", "")}` : "clear";
}

/** @param {string[][]} requests @param {(names: string[]) => Promise<number>} send @param {number} underWay */
async function sendAll(requests, send, underWay) {
  const waiting = requests.values();
  const sendNext = async () => {
    for (const names of waiting) {
      if ((await send(names)) !== BATCH) throw new Error("not all events were stored");
    }
  };
  await Promise.all(Array.from({ length: underWay }, sendNext));
}

/** What the package does, without the encryption. @param {string[]} events */
async function inClear(events) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), 10_000);
  try {
    const response = await fetch(`${endpoint}/events`, {
      method: "POST",
      headers: new Headers({ "content-type": "application/json" }),
      body: JSON.stringify({ events }),
      signal: abort.signal,
      credentials: "omit",
      referrerPolicy: "no-referrer",
      redirect: "error",
      cache: "no-store",
    });
    return JSON.parse(await response.text()).stored;
  } finally {
    clearTimeout(timer);
  }
}

/** @param {() => string[]} batch */
function batches(batch) {
  return Array.from({ length: REQUESTS }, batch);
}
