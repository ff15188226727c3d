import { once } from "node:events";
import { connect } from "node:net";
import type { TestContext } from "node:test";
import type { FastifyInstance } from "fastify";

/** An answer as it came over the wire. */
export interface Wire {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Sends a request; the body goes out as it is. */
export async function send(url: string, init: RequestInit = {}): Promise<Wire> {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Posts a body, by default as JSON. A text is sent as it is, anything else is made JSON first. */
export async function post(url: string, body: unknown, contentType = "application/json"): Promise<Wire> {
  const sent = typeof body === "string" || body instanceof Buffer ? body : JSON.stringify(body);
  return send(url, { method: "POST", body: sent, headers: { "content-type": contentType } });
}

/**
 * The results of a service as [name, count] pairs in the order of the names, so that `__proto__` is one of
 * them.
 */
export async function results(base: string): Promise<[string, number][]> {
  const { status, text } = await send(`${base}/results`);
  if (status !== 200) throw new Error(`results answered ${status}: ${text}`);
  return entriesOf(JSON.parse(text).results);
}

/** The own members of an object in the order of their names. */
export function entriesOf(record: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The code of a refusal; fails when the body is not exactly `{"error":{"code","message"}}`. */
export function codeOf({ text }: { readonly text: string }): string {
  const body = JSON.parse(text);
  const { code, message } = body.error;
  const shape = JSON.stringify({ error: { code, message } });
  if (text !== shape || typeof message !== "string" || message === "")
    throw new Error(`not a refusal: ${text}`);
  return code;
}

/**
 * Sends raw bytes on a connection and gives back all that comes until the other side ends it; `more` leaves it
 * open as if more bytes were to follow.
 */
export async function exchange(base: string, bytes: string, { more = false } = {}): Promise<string> {
  const { hostname, port } = new URL(base);
  const socket = connect(Number(port), hostname).setEncoding("utf8");
  let received = "";
  socket.on("data", (text: string) => {
    received += text;
  });
  if (more) socket.write(bytes);
  else socket.end(bytes);
  await once(socket, "close");
  return received;
}

/** Listens on a free port until the test ends; gives back the address. */
export async function listen(t: TestContext, app: FastifyInstance): Promise<string> {
  t.after(() => app.close());
  return app.listen({ host: "127.0.0.1", port: 0 });
}
