// One HTTP request to an analytics API. Queueing and retries belong between the client and this.

import { BlindtallyError } from "./errors.js";

/** Header fields of a request. */
export type HeaderFields = Readonly<Record<string, string>> | Headers;

/** How requests are made. */
export interface TransportOptions {
  readonly endpoint: string | URL;
  readonly headers?: HeaderFields | (() => HeaderFields | Promise<HeaderFields>);
  readonly fetch?: typeof globalThis.fetch;
  readonly timeoutMs?: number;
}

/** Sends a request and returns the JSON of the answer. */
export type Send = (method: "GET" | "POST", path: string, body?: unknown) => Promise<unknown>;

const DEFAULT_TIMEOUT_MS = 10_000;
/** The longest a timer can be set to. */
const LONGEST_TIMEOUT_MS = 2_147_483_647;

/** A function that sends requests to one endpoint. */
export function createTransport(options: TransportOptions): Send {
  const base = checkedEndpoint(options.endpoint);
  const timeoutMs = checkedTimeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const { headers = {} } = options;

  const exchange: Exchange = async (method, path, body, signal) => {
    // What a caller's own function throws comes out as it is.
    const fields = headerFields(typeof headers === "function" ? await headers() : headers);
    if (body !== undefined) fields.set("content-type", "application/json");
    let response: Response;
    let text: string;
    try {
      response = await fetch(base + path, {
        method,
        headers: fields,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal,
        // Nothing is sent that the caller did not name, and nothing goes to an address the caller did not name.
        credentials: "omit",
        referrerPolicy: "no-referrer",
        redirect: "error",
        cache: "no-store",
      });
      // Read in any case, so that the connection is free again.
      text = await response.text();
    } catch (cause) {
      throw new BlindtallyError("network", `${method} ${path} failed; is the endpoint up and reachable?`, {
        cause,
      });
    }
    if (!response.ok) throw httpStatus(method, path, response.status);
    return parsed(text, path);
  };

  return async (method, path, body) => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(timeout(method, path, timeoutMs));
        abort.abort();
      }, timeoutMs);
    });
    try {
      // A race, so that neither a function for headers nor a `fetch` that heeds no signal can hold it up.
      return await Promise.race([exchange(method, path, body, abort.signal), late]);
    } finally {
      clearTimeout(timer);
    }
  };
}

type Exchange = (method: string, path: string, body: unknown, signal: AbortSignal) => Promise<unknown>;

function headerFields(fields: HeaderFields): Headers {
  try {
    return new Headers(fields);
  } catch {
    // No `cause`: it quotes the value, which may be a credential.
    throw new BlindtallyError("bad-argument", "`headers` has a name or a value that HTTP does not allow");
  }
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

function checkedTimeout(timeoutMs: number): number {
  if (Number.isFinite(timeoutMs) && timeoutMs > 0 && timeoutMs <= LONGEST_TIMEOUT_MS) return timeoutMs;
  throw new BlindtallyError("bad-argument", "`timeoutMs` is a number of milliseconds above 0");
}

function httpStatus(method: string, path: string, status: number): BlindtallyError {
  return new BlindtallyError("http-status", `the analytics API answered ${status} to ${method} ${path}`, {
    status,
  });
}

function timeout(method: string, path: string, timeoutMs: number): BlindtallyError {
  const message = `no answer to ${method} ${path} within ${timeoutMs} ms; it may have been stored all the same`;
  return new BlindtallyError("timeout", message);
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No `cause`: a parser's message quotes the text.
    throw new BlindtallyError("bad-response", `the answer to ${path} is not JSON`);
  }
}
