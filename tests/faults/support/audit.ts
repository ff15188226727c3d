// What was logged against what the API counts, event by event.

import { createEventCipher, type Keyset } from "blindtally";
import type { Account } from "./ledger.js";
import { POLICIES, serialOf, wardOf } from "./names.js";

/** What became of the events of a run. */
export interface Audit {
  /** Events of which the application was told that they are kept. */
  readonly sent: number;
  /** Of these, those that the API counts. */
  readonly counted: number;
  readonly lost: number;
  /** How many times too often events are counted. */
  readonly double: number;
  /** Events whose application was killed before it was told anything, and how many of them arrived. */
  readonly doubtful: number;
  readonly arrived: number;
  /** Rows of no event of the run, and rows that cannot be read. */
  readonly strange: number;
  /** Events that `?by=ward` does not count exactly as it should. */
  readonly misgrouped: number;
}

/** Asks the API at an address, reads its answers with the keyset and compares. */
export async function audit(url: string, keyset: Keyset, stem: string, account: Account): Promise<Audit> {
  const { counts, unreadable } = keyset.cipher().decryptResults(await resultsOf(`${url}/results`));
  const seen = new Map<number, number>();
  let strange = unreadable.length;
  for (const [name, count] of counts) {
    const serial = serialOf(stem, name);
    if (serial >= 0 && (account.kept.has(serial) || account.doubtful.has(serial))) seen.set(serial, count);
    else strange += 1;
  }
  const tally = (serials: ReadonlySet<number>): number => {
    let found = 0;
    for (const serial of serials) if (seen.has(serial)) found += 1;
    return found;
  };
  const counted = tally(account.kept);
  let double = 0;
  for (const count of seen.values()) double += count - 1;
  return {
    sent: account.kept.size,
    counted,
    lost: account.kept.size - counted,
    double,
    doubtful: account.doubtful.size,
    arrived: tally(account.doubtful),
    strange,
    misgrouped: await misgrouped(url, keyset, stem, seen),
  };
}

/** What is counted as a whole has to be counted by its field too, each event under its own ward. */
async function misgrouped(
  url: string,
  keyset: Keyset,
  stem: string,
  seen: ReadonlyMap<number, number>,
): Promise<number> {
  const cipher = createEventCipher(keyset, { properties: POLICIES });
  const { counts, unreadable } = cipher.decryptGroups("ward", await resultsOf(`${url}/results?by=ward`));
  let wrong = unreadable.length;
  const expected = new Map<string, number>();
  for (const [serial, count] of seen) {
    const ward = wardOf(stem, serial);
    if (ward !== undefined) expected.set(`${serial} ${ward}`, count);
  }
  for (const [name, values] of counts) {
    for (const [ward, count] of values) {
      const key = `${serialOf(stem, name)} ${ward}`;
      if (expected.get(key) !== count) wrong += 1;
      expected.delete(key);
    }
  }
  cipher.dispose();
  return wrong + expected.size;
}

// biome-ignore lint/suspicious/noExplicitAny: whoever reads it checks it
async function resultsOf(url: string): Promise<any> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${new URL(url).search || "the results"}: status ${answer.status}`);
  return ((await answer.json()) as { results: unknown }).results;
}
