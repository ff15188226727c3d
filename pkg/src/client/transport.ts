// One HTTP request to an analytics API.

import { BlindtallyError } from "../errors.js";
import { retryAfterMs } from "./delays.js";
import type { Clock } from "./types.js";

/** Header fields of a request. */
export type HeaderFields = Readonly<Record<string, string>> | Headers;

/** How requests are made. */
export interface TransportOptions {
  /** Address of the analytics API: `https:`, or `http:` on this machine. */
  readonly endpoint: string | URL;
  /** Header fields for each request, or a function that gives them, such as a fresh access token. */
  readonly headers?: HeaderFields | (() => HeaderFields | Promise<HeaderFields>) | undefined;
  /** What to send requests with. Default: the platform's `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** How long to wait for an answer, in milliseconds. Default 10000 (10 seconds). */
  readonly timeoutMs?: number | undefined;
  /** Whether a browser sends cookies. Default `"omit"`. */
  readonly credentials?: RequestCredentials | undefined;
}

/** What was answered. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  /** How long the API asks to be left alone, in milliseconds. */
  readonly retryAfterMs: number;
}

/** Requests to one endpoint. */
export interface Transport {
  readonly endpoint: string;
  /**
   * Rejects with `network`, `timeout`, `bad-argument`, or what a caller's own function for headers throws. Nothing is sent
   * if it is not wanted any more once that function is done.
   */
  request(method: "GET" | "POST", path: string, body?: string, isWanted?: () => boolean): Promise<Answer>;
  /** Sends at once, in a way that outlives the page; `undefined` if the header fields cannot be had at once. */
  requestNow(path: string, body: string): Promise<Answer> | undefined;
  /** Ends what is under way. */
  abort(): void;
}

export function createTransport(options: TransportOptions, timeoutMs: number, clock: Clock): Transport {
  const endpoint = checkedEndpoint(options.endpoint);
  const { headers = {}, credentials = "omit", fetch = globalFetch } = options;
  const underWay = new Set<AbortController>();
  let lastFields: Headers | undefined;

  const fieldsOf = (fields: HeaderFields): Headers => {
    try {
      lastFields = new Headers(fields);
      return new Headers(lastFields);
    } catch {
      // No `cause`: it quotes the value, which may be a credential.
      throw new BlindtallyError("bad-argument", "`headers` has a name or a value that HTTP does not allow");
    }
  };

  const exchange = async (path: string, init: RequestInit): Promise<Answer> => {
    try {
      const response = await fetch(endpoint + path, {
        ...init,
        // Nothing is sent that the caller did not name, and nothing goes to an address the caller did not name.
        credentials,
        referrerPolicy: "no-referrer",
        redirect: "error",
        cache: "no-store",
      });
      // The body is read in any case, so that the connection is free again.
      const text = await response.text();
      return { status: response.status, text, retryAfterMs: retryAfterMs(response.headers, clock.now()) };
    } catch (cause) {
      const hint =
        "is the endpoint up and reachable; in a page, does it allow its origin (CORS), and its Content-Security-Policy the endpoint (connect-src)?";
      const message = `${init.method} ${path} failed; ${hint}`;
      throw new BlindtallyError("network", message, { cause });
    }
  };

  /** A race, so that neither a function for headers nor a `fetch` that heeds no signal can hold it up. */
  const inTime = async (what: string, begin: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> => {
    const abort = new AbortController();
    underWay.add(abort);
    let stop = () => {};
    try {
      return await new Promise<Answer>((resolve, reject) => {
        const end = (error: BlindtallyError) => {
          reject(error);
          abort.abort();
        };
        abort.signal.onabort = () => reject(ended(what));
        stop = clock.setTimer(() => end(timeout(what, timeoutMs)), timeoutMs, true);
        begin(abort.signal).then(resolve, reject);
      });
    } finally {
      stop();
      underWay.delete(abort);
    }
  };

  return {
    endpoint,
    request: (method, path, body, isWanted = () => true) =>
      inTime(`${method} ${path}`, async (signal) => {
        // What a caller's own function throws comes out as it is.
        const fields = fieldsOf(typeof headers === "function" ? await headers() : headers);
        if (!isWanted()) throw ended(`${method} ${path}`);
        if (body === undefined) return exchange(path, { method, headers: fields, signal });
        fields.set("content-type", "application/json");
        return exchange(path, { method, headers: fields, body, signal });
      }),
    requestNow(path, body) {
      let fields: Headers | undefined;
      try {
        const given = typeof headers === "function" ? headers() : headers;
        if ("then" in given) (given as Promise<unknown>).then(null, () => {});
        else fields = fieldsOf(given);
      } catch {}
      if (!(fields ?? lastFields)) return undefined;
      const sent = new Headers(fields ?? lastFields);
      // Across origins, a browser asks first before it sends JSON, and then the page may be gone.
      sent.set("content-type", "text/plain");
      return inTime(`POST ${path}`, () =>
        exchange(path, { method: "POST", headers: sent, body, keepalive: true }),
      );
    },
    abort() {
      for (const abort of underWay) abort.abort();
    },
  };
}

/** Anew each time: a page may replace it. */
const globalFetch: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, init);

/** The error for an answer that is no success. */
export function httpStatus(path: string, status: number): BlindtallyError {
  const message = `the analytics API answered ${status} to a request for ${path}`;
  return new BlindtallyError("http-status", message, { status });
}

/** The error for an answer that is none of an analytics API. */
export function badResponse(path: string): BlindtallyError {
  return new BlindtallyError("bad-response", `the answer to ${path}; is the endpoint an analytics API?`);
}

/** The member of an object in JSON; `undefined` if there is none. */
export function memberOf(text: string, key: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && Object.hasOwn(value, key))
      return (value as Record<string, unknown>)[key];
  } catch {
    // Nothing of it is said: a parser's message quotes the text.
  }
  return undefined;
}

function checkedEndpoint(endpoint: string | URL): string {
  let url: URL;
  try {
    url = new URL(endpoint, globalThis.location?.href);
  } catch {
    // No `cause`: it quotes the text, which may hold a password.
    throw new BlindtallyError("bad-argument", "`endpoint` is not a URL");
  }
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname))) {
    const message =
      "`endpoint` must be https:, or http: on this machine; tokens and headers do not travel in clear";
    throw new BlindtallyError("insecure-endpoint", message);
  }
  if (url.username || url.password || url.search || url.hash) {
    const message = "`endpoint` has no user, password, query or fragment; put credentials into `headers`";
    throw new BlindtallyError("bad-argument", message);
  }
  return url.origin + url.pathname.replace(/\/+$/, "");
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

const ended = (what: string) => new BlindtallyError("network", `${what} was ended`);

function timeout(what: string, timeoutMs: number): BlindtallyError {
  const message = `no answer to ${what} within ${timeoutMs} ms; it may have been stored all the same`;
  return new BlindtallyError("timeout", message);
}
