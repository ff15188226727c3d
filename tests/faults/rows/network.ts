// What networks and overloaded services do, between a client and the API that live.

import type { Fault } from "../support/gate.js";
import { gateRow, oneIn, type Row, tooMany } from "./row.js";

const answer = (status: number, body?: string): Fault => ({
  kind: "answer",
  answer: { status, ...(body !== undefined && { body }) },
});
const replace = (status: number): Fault => ({ kind: "replace", answer: { status } });

const STATUSES = [500, 502, 503, 504] as const;
const statusOf = (number: number): number => STATUSES[number % STATUSES.length] ?? 500;
/** A gate may learn that a client has given up only when that has come with the next request. */
const GIVEN_UP = { underWay: 2 };
/** Larger than any event, smaller than a batch of the row that uses it. */
const LARGEST_BODY = 30_000;
const PORTAL = "<!doctype html><title>Welcome</title><p>Accept our terms to go online.</p>";

export const NETWORK_ROWS: readonly Row[] = [
  gateRow({ name: "no fault", rule: () => () => undefined, least: 0 }),
  gateRow({
    name: "connections refused",
    least: 3,
    rule: (system, app) =>
      oneIn(
        25,
        () => {
          const failures = app.failures + 4;
          void system.front
            .refuse()
            .then(() => app.until(() => app.failures >= failures))
            .then(() => system.front.admit());
          return { kind: "cut", part: 0, pass: false };
        },
        5,
      ),
  }),
  gateRow({
    name: "reset in mid-body, nothing passed",
    least: 10,
    rule: () => oneIn(3, (number) => ({ kind: "cut", part: (number % 4) / 4, pass: false })),
  }),
  gateRow({
    name: "reset in mid-body, a part passed",
    least: 10,
    rule: () => oneIn(3, (number) => ({ kind: "cut", part: 0.2 + (number % 4) / 5, pass: true })),
  }),
  gateRow({
    name: "reset before the answer",
    least: 10,
    recognises: true,
    rule: () => oneIn(3, () => ({ kind: "hang-up", part: 0 })),
  }),
  gateRow({
    name: "reset in mid-answer",
    least: 10,
    recognises: true,
    rule: () => oneIn(3, (number) => ({ kind: "hang-up", part: number % 2 === 0 ? 0.4 : 0.95 })),
  }),
  gateRow({
    name: "429 without Retry-After",
    least: 10,
    rule: () => oneIn(3, () => ({ kind: "answer", answer: tooMany("unsaid") })),
  }),
  gateRow({
    name: "429, Retry-After in seconds",
    least: 3,
    rule: () => oneIn(20, () => ({ kind: "answer", answer: tooMany("seconds") }), 3),
  }),
  gateRow({
    name: "429, Retry-After as a date",
    least: 3,
    rule: () => oneIn(20, () => ({ kind: "answer", answer: tooMany("date") }), 3),
  }),
  gateRow({
    name: "413 above a size",
    least: 10,
    options: { maxBatch: 500 },
    rule:
      () =>
      ({ length }) =>
        length > LARGEST_BODY ? answer(413) : undefined,
  }),
  gateRow({
    name: "500 to 504, nothing stored",
    least: 10,
    rule: () => oneIn(3, (number) => answer(statusOf(number))),
  }),
  gateRow({
    name: "500 to 504, all stored",
    least: 10,
    recognises: true,
    rule: () => oneIn(3, (number) => replace(statusOf(number))),
  }),
  gateRow({
    name: "answers after the time limit",
    system: GIVEN_UP,
    least: 5,
    recognises: true,
    options: { timeoutMs: 400 },
    rule: () => oneIn(12, () => ({ kind: "slow", ms: 700 })),
  }),
  gateRow({
    name: "requests that arrive after the retry",
    system: GIVEN_UP,
    least: 5,
    recognises: true,
    options: { timeoutMs: 400 },
    rule: () => oneIn(12, () => ({ kind: "late", ms: 900 })),
  }),
  gateRow({
    name: "a captive portal's 200",
    least: 10,
    rule: () => oneIn(3, () => answer(200, PORTAL)),
  }),
  gateRow({
    name: "clock jumps",
    least: 10,
    recognises: true,
    jumps: true,
    rule: () =>
      oneIn(4, (number) =>
        number === 2 ? { kind: "answer", answer: tooMany("date") } : { kind: "hang-up", part: 0 },
      ),
  }),
];
