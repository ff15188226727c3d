import type { FastifyRequest } from "fastify";
import { HttpProblem } from "../shared/problem.js";

/** Whether a URL's host is this machine itself: `localhost`, 127.0.0.0/8 or `[::1]`. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" || hostname === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
  );
}

/**
 * Makes the check that a request was meant for this service, by its Host header: loopback names and the
 * given ones.
 *
 * Without it, a page anywhere could point its own domain at 127.0.0.1 and read the decrypted results as its
 * own origin (DNS rebinding): the browser would send that domain as the Host. `/healthz` tells nothing and
 * stays open to probes.
 */
export function hostCheck(allowHosts: readonly string[]): (request: FastifyRequest) => void {
  const allowed = new Set(allowHosts.map((host) => host.toLowerCase()));
  return (request) => {
    const hostname = hostnameOf(request.headers.host);
    if (hostname !== undefined && (isLoopback(hostname) || allowed.has(hostname))) return;
    if (request.routeOptions.url === "/healthz") return;
    throw new HttpProblem(
      421,
      "wrong-host",
      "The Host of the request is not one this proxy answers to; its operator can add it with --allow-host.",
    );
  };
}

/** The host name, lower case, of a `host` or `host:port`; undefined when it is neither. */
export function hostnameOf(host: string | undefined): string | undefined {
  if (host === undefined || !/^[\w.:[\]-]+$/.test(host) || !URL.canParse(`http://${host}`)) return undefined;
  return new URL(`http://${host}`).hostname;
}
