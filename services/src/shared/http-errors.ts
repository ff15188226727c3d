import type { Socket } from "node:net";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { MAX_BODY_BYTES } from "./entries.js";
import { describeError } from "./logging.js";
import { HttpProblem } from "./problem.js";

/** Answers any error; the Fastify error handler and its handler of framework errors. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error);
  if (problem.status >= 500) {
    request.log.error({ code: problem.code, error: describeError(problem.cause ?? error) }, "refused");
  }
  reply
    .code(problem.status)
    .headers(problem.headers)
    .header("cache-control", "no-store")
    .type("application/json; charset=utf-8")
    .send(problem.body);
}

/** Answers what is not even HTTP: there is no request object then, only a socket. */
export function sendClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = problemOfClientError(error.code);
  const body = problem.body;
  socket.end(
    `HTTP/1.1 ${problem.status} ${REASONS[problem.status]}\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

const REASONS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
};

function problemOfClientError(code: string | undefined): HttpProblem {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return new HttpProblem(431, "headers-too-large", "The request's headers are too large.");
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new HttpProblem(408, "request-timeout", "The request did not arrive in time.");
    default:
      return new HttpProblem(400, "bad-request", "This is not a well-formed HTTP request.");
  }
}

function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (!(error instanceof Error)) return internal(error);
  const { code, statusCode } = error as FastifyError;
  switch (code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return new HttpProblem(413, "body-too-large", `A body has at most ${MAX_BODY_BYTES} bytes.`);
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return unsupportedMediaType();
    default:
  }
  // Fastify's own messages may quote the URL or the body, so of its other refusals only the fact is passed
  // on.
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new HttpProblem(400, "bad-request", "The request is not well-formed.");
  }
  return internal(error);
}

/** 415, for a content type or a content encoding that is not taken. */
export function unsupportedMediaType(): HttpProblem {
  return new HttpProblem(
    415,
    "unsupported-media-type",
    "Send JSON as application/json or text/plain, in UTF-8, without a content encoding.",
  );
}

function internal(cause: unknown): HttpProblem {
  return new HttpProblem(
    500,
    "internal",
    "The service failed; the request was not carried out.",
    {},
    { cause },
  );
}
