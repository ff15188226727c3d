import { randomUUID } from "node:crypto";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { allowOrigins } from "./cors.js";
import { type Entry, entriesOfBody, entryOfBody, isField, MAX_BODY_BYTES } from "./entries.js";
import { sendClientError, sendProblem } from "./http-errors.js";
import { readJsonBodies } from "./json-body.js";
import { type LogDestination, loggingOptions, logRequest } from "./logging.js";
import { HttpProblem } from "./problem.js";

/** What a service answers: a status and a JSON text. */
export interface Answer {
  readonly status: number;
  readonly json: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What differs between the two services: how they carry out the four requests. */
export interface EventHandlers {
  /** Throws to refuse a request before anything but its head is looked at. */
  admit?(request: FastifyRequest): void;
  logEvent(entry: Entry, request: FastifyRequest): Promise<Answer>;
  logEvents(entries: readonly Entry[], request: FastifyRequest): Promise<Answer>;
  results(request: FastifyRequest): Promise<Answer>;
  /** The results of those events that have the field, by its values. */
  resultsBy(field: string, request: FastifyRequest): Promise<Answer>;
  health(): Promise<Answer>;
}

/** The options both services have. */
export interface ServiceOptions {
  /** Where log lines go; default `false`, nowhere. */
  readonly log?: LogDestination;
  /** Origins whose pages may call from a browser; default none. */
  readonly allowOrigins?: readonly string[];
  /**
   * Sees what the service receives and answers, names included; for demonstrations. Must not throw. Default
   * none.
   */
  readonly observe?: Observer;
}

/** What an observer sees: every event as it arrived, and every result map as it was answered. */
export type Observation =
  | { readonly type: "received"; readonly event: string }
  | { readonly type: "results"; readonly results: Readonly<Record<string, number>> };

export type Observer = (observation: Observation) => void;

/**
 * Builds the HTTP face that both services share, so that a client cannot tell one from the other: the same
 * paths, the same validation, the same refusals.
 */
export function createEventApi(
  name: string,
  handlers: EventHandlers,
  options: ServiceOptions,
): FastifyInstance {
  const app = Fastify({
    ...loggingOptions(name, options.log ?? false),
    genReqId: () => randomUUID(),
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: IDLE_TIMEOUT_MS,
    // Node looks only every 30 seconds by default, so a slow client would stay twice as long as it may.
    http: { headersTimeout: IDLE_TIMEOUT_MS, connectionsCheckingInterval: CHECKING_INTERVAL_MS },
    // A request that was begun is carried out: closing waits for it.
    return503OnClosing: false,
    clientErrorHandler: sendClientError,
    // A URL that cannot be decoded meets no hook, so its line is written here.
    frameworkErrors(error, request, reply) {
      sendProblem(error, request, reply);
      logRequest(request, reply);
    },
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  app.addHook("onResponse", async (request, reply) => logRequest(request, reply));
  app.addHook("onRequest", async (request) => handlers.admit?.(request));
  allowOrigins(app, options.allowOrigins ?? []);
  app.addHook("onRequest", refuseUnknownRoutes);
  readJsonBodies(app);
  closeConnectionsOnClose(app);
  app.setErrorHandler(sendProblem);
  app.setNotFoundHandler(refuseUnknownRoutes);

  // The bodies are checked by hand rather than by a schema: it is faster, and a refusal can say which entry it is.
  app.post("/event", async (request, reply) =>
    send(reply, await handlers.logEvent(entryOfBody(request.body), request)),
  );
  app.post("/events", async (request, reply) =>
    send(reply, await handlers.logEvents(entriesOfBody(request.body), request)),
  );
  app.get("/results", async (request, reply) => {
    const field = fieldOfQuery(request.query);
    return send(
      reply,
      await (field === undefined ? handlers.results(request) : handlers.resultsBy(field, request)),
    );
  });
  app.get("/healthz", async (_request, reply) => send(reply, await handlers.health()));
  return app;
}

/** The answer with this value as its JSON body. */
export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, json: JSON.stringify(value) };
}

/**
 * Counts as a plain JSON object. It has no prototype: on an ordinary object, `__proto__` as a name would
 * set the prototype and vanish, and `constructor` would seem to exist.
 */
export function resultsRecord(counts: Iterable<readonly [string, number]>): Record<string, number> {
  const record: Record<string, number> = Object.create(null);
  for (const [name, count] of counts) record[name] = count;
  return record;
}

/** The field that `?by=` names. Anything else in a query is refused: a misspelt one would answer another question. */
function fieldOfQuery(query: unknown): string | undefined {
  const { by, ...others } = query as Readonly<Record<string, unknown>>;
  if (Object.keys(others).length > 0)
    throw new HttpProblem(400, "bad-request", 'The one member that a query may have is "by".');
  if (by === undefined) return undefined;
  if (typeof by === "string" && isField(by)) return by;
  throw new HttpProblem(400, "bad-request", 'The member "by" of the query must be the name of one field.');
}

/** The time a client has for a whole request. */
const REQUEST_TIMEOUT_MS = 30_000;
/** The time it has for a request's head, and to begin another after an answer. */
const IDLE_TIMEOUT_MS = 10_000;
const CHECKING_INTERVAL_MS = 2_000;
/** Below the 1024 open files that a process has by default. */
const MAX_CONNECTIONS = 500;

const METHODS_BY_PATH: ReadonlyMap<string, string> = new Map([
  ["/event", "POST"],
  ["/events", "POST"],
  ["/results", "GET, HEAD"],
  ["/healthz", "GET, HEAD"],
]);

/** Runs before the body is read: a wrong path is a 404 whatever its body is. */
async function refuseUnknownRoutes(request: FastifyRequest): Promise<void> {
  if (!request.is404) return;
  const path = request.raw.url?.split("?", 1)[0] ?? "";
  const methods = METHODS_BY_PATH.get(path);
  if (methods === undefined) {
    throw new HttpProblem(404, "not-found", "There is nothing at this path.");
  }
  throw new HttpProblem(405, "method-not-allowed", `This path takes ${methods}.`, { allow: methods });
}

/**
 * A connection kept alive after the last answer would hold up the end of the process until it timed out.
 */
function closeConnectionsOnClose(app: FastifyInstance): void {
  let closing = false;
  app.addHook("preClose", async () => {
    closing = true;
  });
  app.addHook("onSend", async (_request, reply) => {
    if (closing) reply.header("connection", "close");
  });
}

/** Results name events, so nothing on the way may keep a copy; the other answers are of no use to keep. */
function send(reply: FastifyReply, { status, json, headers }: Answer): FastifyReply {
  return reply
    .code(status)
    .headers(headers ?? {})
    .header("cache-control", "no-store")
    .type("application/json; charset=utf-8")
    .send(json);
}
