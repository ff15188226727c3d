import { isUnreadableCode, type Reading, type UnreadRow } from "./reading.ts";

/** A client that knows nothing of keys: what a page sends in clear, or to the proxy, which answers alike. */

export type FailureCode = "http-status" | "timeout" | "network" | "bad-response";

export class RequestFailure extends Error {
  override readonly name = "RequestFailure";
  readonly code: FailureCode;
  readonly status: number | undefined;

  constructor(code: FailureCode, status?: number) {
    super(status === undefined ? code : `${code} ${status}`);
    this.code = code;
    this.status = status;
  }
}

const TIMEOUT_MS = 10_000;

export class PlainClient {
  readonly #endpoint: URL;
  readonly #fetch: typeof globalThis.fetch;

  constructor(endpoint: URL, fetch: typeof globalThis.fetch) {
    this.#endpoint = endpoint;
    this.#fetch = fetch;
  }

  async logEvent(name: string): Promise<void> {
    await this.#request("event", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ event: name }),
    });
  }

  async getResults(): Promise<Map<string, number>> {
    return parseResults(await this.#request("results", { method: "GET" }));
  }

  /** The results with what could not be read beside them, as the proxy answers. */
  async getReport(): Promise<Reading> {
    const text = await this.#request("results", { method: "GET" });
    return { counts: parseResults(text), unreadable: parseUnreadable(text) };
  }

  async #request(path: string, init: RequestInit): Promise<string> {
    try {
      const response = await this.#fetch(`${this.#endpoint.href}/${path}`, {
        ...init,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        credentials: "omit",
        redirect: "error",
        cache: "no-store",
      });
      const text = await response.text();
      if (!response.ok) throw new RequestFailure("http-status", response.status);
      return text;
    } catch (error) {
      if (error instanceof RequestFailure) throw error;
      throw new RequestFailure(
        error instanceof DOMException && error.name === "TimeoutError" ? "timeout" : "network",
      );
    }
  }
}

/** The result map of an answer. A Map, because `__proto__` is a name like any other. */
export function parseResults(text: string): Map<string, number> {
  const { results } = parseRecord(text);
  if (!isRecord(results)) throw new RequestFailure("bad-response");
  return new Map(Object.entries(results).map(([row, count]) => [row, checkedCount(count)]));
}

function parseUnreadable(text: string): UnreadRow[] {
  const { unreadable = [] } = parseRecord(text);
  if (!Array.isArray(unreadable)) throw new RequestFailure("bad-response");
  return unreadable.map((row: unknown) => {
    if (!isRecord(row)) throw new RequestFailure("bad-response");
    const { token, count, code, keyId } = row;
    if (typeof token !== "string" || !isUnreadableCode(code)) throw new RequestFailure("bad-response");
    return { token, count: checkedCount(count), code, ...(typeof keyId === "string" ? { keyId } : {}) };
  });
}

function parseRecord(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RequestFailure("bad-response");
  }
  if (!isRecord(value)) throw new RequestFailure("bad-response");
  return value;
}

function checkedCount(value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
    throw new RequestFailure("bad-response");
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
