import type { FastifyInstance, FastifyRequest } from "fastify";
import { unsupportedMediaType } from "./http-errors.js";
import { HttpProblem } from "./problem.js";

/**
 * Makes the app read JSON bodies, and only those.
 *
 * text/plain is taken as well: it is what a page can send across origins without a preflight, and what
 * sendBeacon sends.
 */
export function readJsonBodies(app: FastifyInstance): void {
  app.addHook("onRequest", async (request) => {
    const encoding = request.headers["content-encoding"];
    if (encoding !== undefined && encoding !== "identity") throw unsupportedMediaType();
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>(["application/json", "text/plain"], { parseAs: "buffer" }, parseJsonBody);
}

/** Whether a value out of JSON is an object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

async function parseJsonBody(_request: FastifyRequest, body: Buffer): Promise<unknown> {
  try {
    // Fatal decoding, because a replaced byte would merge two names. Plain JSON.parse, because it makes
    // "__proto__" an own member like any other, which the schema then refuses as unknown; it sets no
    // prototype.
    return JSON.parse(utf8.decode(body));
  } catch {
    throw new HttpProblem(400, "bad-json", "The body is not JSON in UTF-8.");
  }
}
