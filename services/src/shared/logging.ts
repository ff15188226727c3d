import { type FastifyReply, type FastifyRequest, type FastifyServerOptions, LogController } from "fastify";

/** Where log lines go: `true` for standard output, a stream, or `false` for nowhere. */
export type LogDestination = boolean | { write(line: string): void };

/** What of an error may be logged: its message is left out, since it may quote the data it failed on. */
export interface ErrorDescription {
  readonly name: string;
  readonly code?: string;
  readonly frames: readonly string[];
}

/**
 * The Fastify options for logs that hold no name, token, key, header or query.
 *
 * Fastify's own request lines carry the URL with its query, so they are off; `logRequest` writes the line
 * instead.
 */
export function loggingOptions(service: string, destination: LogDestination): FastifyServerOptions {
  const logController = new LogController({ disableRequestLogging: true });
  if (destination === false) return { logger: false, logController };
  return {
    logController,
    logger: {
      level: "info",
      base: { service },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      // Nothing here logs these objects; should a new version of Fastify do so, they stay as little as
      // this.
      serializers: {
        req: ({ method }) => ({ method }),
        res: ({ statusCode }) => ({ statusCode }),
        err: describeForPino,
      },
      ...(destination === true ? {} : { stream: destination }),
    },
  };
}

/**
 * Writes the line of one answered request: method, route (never the URL), status, milliseconds; its id
 * comes along.
 */
export function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  request.log.info(
    {
      method: request.method,
      route: request.routeOptions.url ?? "unknown",
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
    },
    "request",
  );
}

/** The part of an error that is safe to write down. */
export function describeError(error: unknown): ErrorDescription {
  if (!(error instanceof Error)) return { name: typeof error, frames: [] };
  // fetch reports "fetch failed" and keeps the code, such as ECONNREFUSED, in the cause.
  const code = (error as { code?: unknown }).code ?? (error.cause as { code?: unknown } | undefined)?.code;
  return {
    name: error.name,
    ...(typeof code === "string" ? { code } : {}),
    frames: framesOf(error),
  };
}

/**
 * The call sites of a stack without the message above them, which may itself hold lines that look like call
 * sites.
 */
function framesOf({ stack = "", message }: Error): string[] {
  if (!stack.includes(message)) return [];
  return stack
    .split("\n")
    .slice(message.split("\n").length)
    .map((line) => line.trim());
}

function describeForPino(error: Error): { type: string; message: string; stack: string } {
  const { name, code, frames } = describeError(error);
  return { type: name, message: code ?? "", stack: frames.join("\n") };
}
