// One HTTP request to an analytics API. Queueing and retries belong between the client and this.

import { BlindtallyError, isBlindtallyError } from "./errors.js";

/** Header fields, or a function that gives them anew for each request, such as a fresh access token. */
export type Headers = Readonly<Record<string, string>>;

/** How requests are made. */
export interface TransportOptions {
  readonly endpoint: string | URL;
  readonly headers?: Headers | (() => Headers | Promise<Headers>);
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

  return async (method, path, body) => {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeoutMs);
    try {
      const response = await fetch(base + path, {
        method,
        headers: {
          ...(typeof headers === "function" ? await headers() : headers),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: abort.signal,
        // Nothing is sent that the caller did not name, and nothing goes to an address the caller did not name.
        credentials: "omit",
        referrerPolicy: "no-referrer",
        redirect: "error",
        cache: "no-store",
      });
      if (!response.ok) throw httpStatus(method, path, response.status);
      return await jsonOf(response, path);
    } catch (cause) {
      if (isBlindtallyError(cause)) throw cause;
      if (abort.signal.aborted) {
        const message = `no answer to ${method} ${path} within ${timeoutMs} ms; it may have been stored all the same`;
        throw new BlindtallyError("timeout", message, { cause });
      }
      throw new BlindtallyError("network", `${method} ${path} failed; is the endpoint up and reachable?`, {
        cause,
      });
    } finally {
      clearTimeout(timer);
    }
  };
}

function checkedEndpoint(endpoint: string | URL): string {
  let url: URL;
  try {
    url = new URL(endpoint, globalThis.location?.href);
  } catch (cause) {
    throw new BlindtallyError("bad-argument", "`endpoint` is not a URL", { cause });
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
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
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

async function jsonOf(response: Response, path: string): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    // No `cause`: a parser's message quotes the text.
    throw new BlindtallyError("bad-response", `the answer to ${path} is not JSON`);
  }
}
