import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { TestContext } from "node:test";
import { freePort, portOf } from "./ports.js";

/** Runs an HTTP server in the place of the analytics API until the test ends; gives back its address. */
export async function upstream(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return urlOf(portOf(server));
}

/** Runs one that answers every request alike. */
export function constantUpstream(
  t: TestContext,
  status: number,
  text: string | Buffer,
  headers: Readonly<Record<string, string>> = { "content-type": "application/json" },
): Promise<string> {
  return upstream(t, (request: IncomingMessage, response: ServerResponse) => {
    request.resume();
    response.writeHead(status, headers).end(text);
  });
}

/** An address of the loopback interface where nothing listens. */
export async function unusedAddress(): Promise<string> {
  return urlOf(await freePort());
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}
