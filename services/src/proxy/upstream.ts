import type { Answer } from "../shared/event-api.js";
import { HttpProblem } from "../shared/problem.js";
import { isLoopback } from "./hosts.js";

/** The default time an upstream has for its whole answer: 10000 (10 seconds). */
export const UPSTREAM_TIMEOUT_MS = 10_000;

/** The reason why a URL is no upstream. It repeats nothing of the URL, which may hold a password. */
export class UpstreamUrlError extends Error {
  override readonly name = "UpstreamUrlError";
}

/** What the upstream answered: the text, and its value as JSON. */
export interface UpstreamAnswer extends Answer {
  readonly value: unknown;
}

/** The analytics API behind the proxy. Every failure of it comes out as an {@link HttpProblem}. */
export class Upstream {
  readonly #base: string;
  readonly #timeoutMs: number;

  /** Throws an {@link UpstreamUrlError} unless the URL is https, or http to this machine. */
  constructor(url: string | URL, timeoutMs: number = UPSTREAM_TIMEOUT_MS) {
    this.#base = checkedBase(url);
    this.#timeoutMs = timeoutMs;
  }

  /** Posts a JSON body. */
  post(path: string, body: unknown, authorization: string | undefined): Promise<UpstreamAnswer> {
    const headers = { ...headersOf(authorization), "content-type": "application/json" };
    return this.#request(path, { method: "POST", headers, body: JSON.stringify(body) }, MAX_ANSWER_BYTES);
  }

  /** Reads the result map, or the counts by a field, which may be long. */
  getResults(authorization: string | undefined, by?: string): Promise<UpstreamAnswer> {
    const query = by === undefined ? "" : `?by=${encodeURIComponent(by)}`;
    return this.#request(`/results${query}`, { headers: headersOf(authorization) }, MAX_RESULTS_BYTES);
  }

  /** Whether anything at all answers at its `/healthz`, within 2 seconds. */
  async answers(): Promise<boolean> {
    try {
      const response = await fetch(`${this.#base}/healthz`, {
        headers: headersOf(undefined),
        redirect: "manual",
        signal: AbortSignal.timeout(Math.min(HEALTH_TIMEOUT_MS, this.#timeoutMs)),
      });
      await response.body?.cancel();
      return response.status < 500;
    } catch {
      return false;
    }
  }

  async #request(path: string, init: RequestInit, maxBytes: number): Promise<UpstreamAnswer> {
    let response: Response;
    let bytes: Buffer | undefined;
    try {
      // A redirect is not followed: it could lead to another host, and in clear.
      response = await fetch(this.#base + path, {
        ...init,
        redirect: "manual",
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      bytes = await readUpTo(response, maxBytes);
    } catch (cause) {
      const late = cause instanceof DOMException && cause.name === "TimeoutError";
      throw new HttpProblem(
        502,
        "upstream-unavailable",
        late ? "The analytics API did not answer in time." : "The analytics API cannot be reached.",
        {},
        { cause },
      );
    }
    const { status } = response;
    if (status < 200 || (status >= 300 && status < 400) || status > 599) {
      throw badResponse("The analytics API answered with a redirect or an unknown status.");
    }
    if (bytes === undefined) throw badResponse("The answer of the analytics API is too long.");
    if (valuesIn(bytes) > MAX_VALUES) {
      throw badResponse(`The answer of the analytics API has more than ${MAX_VALUES} values.`);
    }
    const headers = passedOn(response);
    const parsed = parseJson(bytes);
    if (parsed !== undefined) return { status, headers, ...parsed };
    if (status < 400) throw badResponse("The answer of the analytics API is not JSON.");
    // The status still tells the client what to do: log in, slow down, come back later.
    throw new HttpProblem(
      status,
      "upstream-refused",
      "The analytics API refused, and gave no reason in JSON.",
      headers,
    );
  }
}

/** The refusal for an answer that makes no sense. */
export function badResponse(message: string, cause?: unknown): HttpProblem {
  return new HttpProblem(502, "upstream-bad-response", message, {}, { cause });
}

const MAX_ANSWER_BYTES = 1_048_576;
const MAX_RESULTS_BYTES = 64 * 1_048_576;
/** A row of results is a value. Millions of short ones would fit, and keep the proxy from all else for a minute. */
const MAX_VALUES = 250_000;
const HEALTH_TIMEOUT_MS = 2_000;

/** The headers of an answer that tell a client what to do next. */
const PASSED_ON = ["retry-after", "www-authenticate"] as const;

const utf8 = new TextDecoder("utf-8", { fatal: true });

function checkedBase(url: string | URL): string {
  if (!URL.canParse(String(url))) throw new UpstreamUrlError("it is not a URL");
  const { protocol, hostname, username, password, search, hash, href } = new URL(url);
  if (protocol !== "https:" && !(protocol === "http:" && isLoopback(hostname))) {
    throw new UpstreamUrlError("it must be https, or http to this machine (localhost, 127.0.0.1, [::1])");
  }
  if (username !== "" || password !== "") {
    throw new UpstreamUrlError(
      "it must hold no user or password; clients send an Authorization header, which is passed on",
    );
  }
  if (search !== "" || hash !== "") throw new UpstreamUrlError("it must have no query and no fragment");
  return href.replace(/\/+$/, "");
}

/**
 * All that the upstream learns of the client: its Authorization. Address, user agent, cookies and referrer
 * stay here.
 */
function headersOf(authorization: string | undefined): Record<string, string> {
  return {
    accept: "application/json",
    "accept-encoding": "identity",
    "user-agent": "blindtally-proxy",
    ...(authorization === undefined ? {} : { authorization }),
  };
}

async function readUpTo(response: Response, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    // Leaving the loop cancels the rest.
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * How many values a JSON text holds; text in strings is none. Cheaper by far than to parse it, which is what this
 * is to decide.
 */
function valuesIn(json: Buffer): number {
  let values = 1;
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (byte === QUOTE) inString = !inString;
    else if (inString && byte === BACKSLASH) at += 1;
    // Every value but the first stands behind one of these, and nothing else does.
    else if (!inString && (byte === COMMA || byte === BRACKET || byte === BRACE)) values += 1;
  }
  return values;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const BRACE = 0x7b;

function parseJson(bytes: Buffer): { json: string; value: unknown } | undefined {
  try {
    const json = utf8.decode(bytes);
    return { json, value: JSON.parse(json) };
  } catch {
    return undefined;
  }
}

function passedOn(response: Response): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = response.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  return headers;
}
