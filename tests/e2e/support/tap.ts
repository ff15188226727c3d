import { connect, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { portOf } from "../../services/support/ports.js";

/** Sits between two parts, passes on every byte and keeps a copy. */
export interface Tap {
  readonly port: number;
  /** All that went to the server so far. */
  sent(): Buffer;
  /** All that came back so far. */
  answered(): Buffer;
  /** Refuses connections as a port does that nothing listens on; used while the server behind it is down. */
  close(): Promise<void>;
  /** Listens again, on the same port. */
  open(): Promise<void>;
}

/** Listens on a free port until the test ends and passes on to the one that the function gives then. */
export async function tap(t: TestContext, upstreamPort: () => number): Promise<Tap> {
  const sent: Buffer[] = [];
  const answered: Buffer[] = [];
  const listener = await serve(t, (client) => {
    const server = connect(upstreamPort(), "127.0.0.1");
    copy(client, server, sent);
    copy(server, client, answered);
    return server;
  });
  return { ...listener, sent: () => Buffer.concat(sent), answered: () => Buffer.concat(answered) };
}

/** Accepts connections and never says a word, until the test ends. */
export async function silence(t: TestContext): Promise<number> {
  return (await serve(t, (client) => client.resume())).port;
}

function copy(from: Socket, to: Socket, record: Buffer[]): void {
  from.on("data", (bytes) => {
    record.push(bytes);
    to.write(bytes);
  });
  from.once("end", () => to.end());
  // Either side gone means both gone: whoever waits learns that nothing more will come.
  from.once("error", () => to.destroy());
}

async function serve(
  t: TestContext,
  accept: (client: Socket) => Socket,
): Promise<Pick<Tap, "port" | "close" | "open">> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    for (const socket of [client, accept(client)]) {
      open.add(socket);
      socket.once("close", () => open.delete(socket));
      // A reset is the end of a connection like any other here.
      socket.on("error", () => socket.destroy());
    }
  });
  const listen = (at: number) => new Promise<void>((resolve) => server.listen(at, "127.0.0.1", resolve));
  const close = async (): Promise<void> => {
    for (const socket of open) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  await listen(0);
  t.after(close);
  const port = portOf(server);
  return { port, close, open: () => listen(port) };
}
