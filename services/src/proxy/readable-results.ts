import { type GroupReport, type GroupRow, isBlindtallyError, type Results } from "blindtally";
import { type Answer, jsonAnswer, type Observer, resultsRecord } from "../shared/event-api.js";
import { isObject } from "../shared/json-body.js";
import { HttpProblem } from "../shared/problem.js";
import type { Ciphers } from "./current-cipher.js";
import { badResponse, type UpstreamAnswer } from "./upstream.js";

/** The upstream's answer with the names in clear; an answer that is a refusal goes on as it is. */
export function readableResults(
  { names }: Ciphers,
  answer: UpstreamAnswer,
  observe: Observer | undefined,
): Answer {
  if (answer.status >= 400) return answer;
  const { value } = answer;
  if (answer.status !== 200 || !isObject(value) || !isObject(value.results))
    throw badResponse("The answer of the analytics API is not a result map.");
  // Entries rather than the object, for the sake of `__proto__`. The cipher itself checks that every count is one.
  const rows = new Map(Object.entries(value.results) as [string, number][]);
  const { counts, unreadable }: Results = readable(() => names.decryptResults(rows));
  const results = resultsRecord(counts);
  observe?.({ type: "results", results });
  return answerWith(value, results, unreadable);
}

/** The upstream's counts by a field with names and values in clear; a refusal goes on as it is. */
export function readableGroups({ events }: Ciphers, answer: UpstreamAnswer, field: string): Answer {
  if (answer.status >= 400) return answer;
  const { value } = answer;
  if (answer.status !== 200 || !isObject(value) || !Array.isArray(value.results))
    throw badResponse("The answer of the analytics API is not a list of counts by a field.");
  const rows: GroupRow[] = value.results;
  const { counts, unreadable }: GroupReport = readable(() => events.decryptGroups(field, rows));
  const results = [...counts].flatMap(([event, byValue]) =>
    Array.from(byValue, ([text, count]) => ({ event, value: text, count })),
  );
  return answerWith(value, results, unreadable);
}

/** What else the upstream says stays, except that only the proxy can know what it could not read. */
function answerWith(
  answered: Readonly<Record<string, unknown>>,
  results: unknown,
  unreadable: readonly unknown[],
): Answer {
  const { results: _tokens, unreadable: _claimed, ...rest } = answered;
  return jsonAnswer(200, { ...rest, results, ...(unreadable.length === 0 ? {} : { unreadable }) });
}

function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isBlindtallyError(error)) throw error;
    switch (error.code) {
      case "bad-count":
      case "count-overflow":
        throw badResponse(
          "The analytics API answered a count that is not a whole number from 0 to 2^53 - 1.",
          error,
        );
      case "bad-response":
        throw badResponse("The analytics API answered a row that is no count of an event by a value.", error);
      case "out-of-scope":
        throw new HttpProblem(
          400,
          "bad-request",
          "The keys of this proxy are a scope, which reads names, but no property except one that travels in clear.",
        );
      default:
        throw error;
    }
  }
}
