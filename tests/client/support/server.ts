// A real HTTP server that keeps what it is sent as an analytics API does, and answers as told.

import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

/** What arrived. */
export interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Names and values of header fields as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** Answers a request; `store` answers as the API does. */
export type Answer = (response: ServerResponse, store: () => void, request: Received) => void;

/** A server that keeps events by their ids. */
export interface Server {
  readonly endpoint: string;
  readonly received: Received[];
  /** The requests with events, each as the ids in it. */
  readonly batches: string[][];
  /** Events by id, each once. */
  readonly stored: Map<string, string>;
  /** How many requests are not answered, and the most that ever were. */
  readonly open: number;
  readonly mostOpen: number;
  /** What is used for the next requests, one each; then everything is stored. */
  readonly answers: Answer[];
  /** What is used when there is none left. */
  otherwise: Answer;
}

/** An answer of JSON, or of a text as it is. */
export const answer =
  (status: number, body: unknown = {}, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));

export const store: Answer = (_, keep) => keep();
export const hangUp: Answer = (response) => response.destroy();
export const nothing: Answer = () => {};

/** Serves until the test ends. */
export async function serve(t: TestContext, ...answers: Answer[]): Promise<Server> {
  const stored = new Map<string, string>();
  const received: Received[] = [];
  const batches: string[][] = [];
  const state = { open: 0, mostOpen: 0, otherwise: store };
  const server = createServer(async (request, response) => {
    state.open += 1;
    state.mostOpen = Math.max(state.mostOpen, state.open);
    response.on("close", () => {
      state.open -= 1;
    });
    let body = "";
    try {
      for await (const chunk of request) body += chunk;
    } catch {
      return;
    }
    const { method, url, headers, rawHeaders } = request;
    const entry = { method, url, headers, rawHeaders, body };
    received.push(entry);
    const events: { id: string; event: string }[] = body ? JSON.parse(body).events : [];
    if (events.length) batches.push(events.map(({ id }) => id));
    const keep = () => {
      const fresh = events.filter(({ id }) => !stored.has(id));
      for (const { id, event } of fresh) stored.set(id, event);
      const counts = { stored: fresh.length, duplicates: events.length - fresh.length };
      response.writeHead(201, { "content-type": "application/json" }).end(JSON.stringify(counts));
    };
    (answers.shift() ?? state.otherwise)(response, keep, entry);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const seen: Omit<Server, "endpoint"> = {
    received,
    batches,
    stored,
    answers,
    get open() {
      return state.open;
    },
    get mostOpen() {
      return state.mostOpen;
    },
    get otherwise() {
      return state.otherwise;
    },
    set otherwise(next) {
      state.otherwise = next;
    },
  };
  // What was seen is behind it, not in it: `{ ...server }` are options of a client, which takes no others.
  const { port } = server.address() as AddressInfo;
  return Object.assign(Object.create(seen), { endpoint: `http://127.0.0.1:${port}` });
}
