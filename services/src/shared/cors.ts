import type { FastifyInstance } from "fastify";

/**
 * Lets pages of the given origins read the answers; with no origin, nothing is added and browsers let no
 * other page.
 *
 * Credentials stay out: no cookie is ever looked at.
 */
export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  const allowed = new Set(origins);
  app.addHook("onRequest", async (request, reply) => {
    reply.header("vary", "Origin");
    const { origin } = request.headers;
    if (origin === undefined || !allowed.has(origin)) return;
    reply.header("access-control-allow-origin", origin);
    // When to come back: browsers show a page neither of the two unless they are named.
    reply.header("access-control-expose-headers", "retry-after, date");
    if (request.method !== "OPTIONS" || request.headers["access-control-request-method"] === undefined)
      return;
    return reply
      .code(204)
      .headers({
        "access-control-allow-methods": "GET, HEAD, POST",
        "access-control-allow-headers": "authorization, content-type",
        "access-control-max-age": "600",
      })
      .send();
  });
}

/**
 * Whether the text is an origin as browsers send it, e.g. `https://portal.example` or
 * `http://localhost:8080`.
 */
export function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text;
}
