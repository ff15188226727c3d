import type { Bench } from "../bench.ts";
import { byId, h, plural, replaceKeepingFocus } from "../dom.ts";
import { isToken, lengthBucket } from "../reading.ts";

const MOST_NAMED = 4;

/** What the vendor knows by now, worked out from nothing but what it stored and when it was asked. */
export function mountLearnt(bench: Bench): void {
  const host = byId("learnt", HTMLElement);
  bench.subscribe(() => {
    replaceKeepingFocus(
      host,
      facts(bench).map(([term, detail, exposed]) =>
        h("div", exposed ? { class: "is-exposed" } : {}, h("dt", {}, term), h("dd", {}, detail)),
      ),
    );
  });
}

type Fact = readonly [term: string, detail: string, exposed?: boolean];

function facts(bench: Bench): Fact[] {
  const rows = [...(bench.stored ?? new Map<string, number>())];
  const sealed = rows.filter(([row]) => isToken(row));
  const readable = rows.filter(([row]) => !isToken(row));
  return [
    ["Names it can read", list(readable.map(([row]) => row)), readable.length > 0],
    [
      "How many kinds there are",
      sealed.length === 0 ? "no tokens yet" : plural(sealed.length, "different token"),
    ],
    [
      "How often each came",
      list(
        sealed
          .map(([, count]) => count)
          .sort((one, other) => other - one)
          .map(String),
      ),
    ],
    ["How long names are", lengths(sealed.map(([row]) => row))],
    ["When each was sent", times(bench)],
    [
      "Who sent it",
      bench.way === "proxy" ? "the proxy’s IP address" : "this browser’s IP address and headers",
    ],
  ];
}

function list(items: readonly string[]): string {
  if (items.length === 0) return "none";
  const shown = items.slice(0, MOST_NAMED).join(", ");
  return items.length > MOST_NAMED ? `${shown} and ${items.length - MOST_NAMED} more` : shown;
}

function lengths(tokens: readonly string[]): string {
  const buckets = [...new Set(tokens.map(lengthBucket))].filter((bucket) => bucket !== undefined);
  return buckets.length === 0 ? "no tokens yet" : `${buckets.join(" or ")} bytes, no closer`;
}

function times(bench: Bench): string {
  const sent = bench.wire.of(bench.way).filter(({ method, status }) => method === "POST" && status === 201);
  const [first, last] = [sent[0], sent.at(-1)];
  if (first === undefined || last === undefined) return "nothing sent this way yet";
  const [from, to] = [clock(first.at), clock(last.at)];
  return from === to ? from : `${from} to ${to}`;
}

function clock(at: Date): string {
  return at.toLocaleTimeString("en-GB");
}
