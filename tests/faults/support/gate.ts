// A gate between a client and a service: every byte passes it and is recorded, and it does to requests what networks,
// proxies and overloaded services do.

import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as later } from "node:timers/promises";
import { answerOf, type Head, Reader, withLength } from "./frames.js";
import type { Traffic } from "./traffic.js";

/** A request that carries events, when its head has been read and its body has not. */
export interface Delivery {
  /** 1 for the first that came to this gate. */
  readonly number: number;
  readonly path: string;
  /** Bytes of the body. */
  readonly length: number;
}

/** What a gate does to a delivery. */
export type Fault =
  /** Resets the connection after a part of the body; with `pass`, the service has got that part. */
  | { readonly kind: "cut"; readonly part: number; readonly pass: boolean }
  /** Answers by itself: the service never learns of it. */
  | { readonly kind: "answer"; readonly answer: Canned }
  /** Lets the service answer, throws that away and answers something else. */
  | { readonly kind: "replace"; readonly answer: Canned }
  /** Lets the service answer, then resets the connection after a part of the answer. */
  | { readonly kind: "hang-up"; readonly part: number }
  /** Holds the answer back. */
  | { readonly kind: "slow"; readonly ms: number }
  /** Holds the request back, and passes it on even if nobody waits for the answer any more. */
  | { readonly kind: "late"; readonly ms: number }
  /** Passes it on and calls the function when the service has a part of the body, or all of it. */
  | { readonly kind: "meanwhile"; readonly part: number; readonly run: () => void };

/** An answer that a gate gives. */
export interface Canned {
  readonly status: number;
  /** Its text, or what makes it of the body that was sent. */
  readonly body?: string | ((request: string) => string);
  readonly fields?: () => Readonly<Record<string, string>>;
  /** The `Retry-After` among the fields in milliseconds, for the check that nobody comes earlier. */
  readonly retryAfterMs?: number;
}

/** Decides what happens to a delivery; nothing lets it pass. */
export type Rule = (delivery: Delivery) => Fault | undefined;

/** Clocks and timers of two processes do not agree to the millisecond. */
const EARLY_TOLERANCE_MS = 25;

/** Passes on to the port that a function gives then, from a port of the loopback interface. */
export class Gate {
  /** What happens to deliveries; may be exchanged at any time. */
  rule: Rule = () => undefined;
  /** Changes the bodies that are passed on. */
  change: ((body: string) => string) | undefined;
  /** How often each kind of fault happened. */
  readonly faults = new Map<Fault["kind"], number>();
  /** How often the service behind answered with each status, deliveries alone. */
  readonly answers = new Map<number, number>();
  deliveries = 0;
  /** The most deliveries that were under way at one time. */
  mostUnderWay = 0;
  /** Duplicates that the service behind said it had recognised. */
  duplicates = 0;
  /** Deliveries that came before a `Retry-After` was over. */
  early = 0;

  readonly #traffic: Traffic;
  readonly #upstreamPort: () => number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #failures: unknown[] = [];
  readonly #watchers = new Set<() => void>();
  #port = 0;
  #underWay = 0;
  #notBefore = 0;

  constructor(traffic: Traffic, upstreamPort: () => number) {
    this.#traffic = traffic;
    this.#upstreamPort = upstreamPort;
    this.#server = createServer((client) => {
      this.#serve(this.#track(client)).catch((error) => {
        this.#failures.push(error);
        client.destroy();
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** What went wrong in the gate itself, if anything did. */
  get failure(): string | undefined {
    return this.#failures.length === 0 ? undefined : String(this.#failures[0]);
  }

  /** Resolves when the condition holds; it is looked at after each answer. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** Resets what is open and refuses connections, as a port does on which nothing listens. */
  async refuse(): Promise<void> {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Listens: on a free port, and later on the same. */
  async admit(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#port, "127.0.0.1", resolve);
    });
    const address = this.#server.address();
    if (address !== null && typeof address === "object") this.#port = address.port;
  }

  async close(): Promise<void> {
    await this.refuse();
    this.#traffic.flush();
  }

  async #serve(client: Socket): Promise<void> {
    const [requests, answers] = [this.#traffic.connection(), this.#traffic.connection()];
    client.once("close", () => {
      requests.end();
      answers.end();
    });
    const reader = new Reader(client, requests.record);
    const respond = (bytes: Buffer): void => {
      answers.record(bytes);
      if (client.writable) client.write(bytes);
    };
    for (let head = await reader.head(); head !== undefined; head = await reader.head()) {
      const [method = "", path = ""] = head.first.split(" ");
      if (method === "POST" && /\/events?$/.test(path))
        await this.#deliver(client, reader, respond, head, path);
      else await this.#pass(client, respond, head, (await reader.take(head.length)) ?? Buffer.alloc(0));
    }
  }

  async #deliver(
    client: Socket,
    reader: Reader,
    respond: (bytes: Buffer) => void,
    head: Head,
    path: string,
  ): Promise<void> {
    const leave = this.#enter(client);
    try {
      const fault = this.rule({ number: ++this.deliveries, path, length: head.length });
      if (fault !== undefined) this.#count(this.faults, fault.kind);
      await this.#act(fault, client, reader, respond, head);
    } finally {
      leave();
    }
  }

  async #act(
    fault: Fault | undefined,
    client: Socket,
    reader: Reader,
    respond: (bytes: Buffer) => void,
    head: Head,
  ): Promise<void> {
    if (fault?.kind === "cut") {
      const bytes = await reader.take(Math.floor(head.length * fault.part));
      if (fault.pass && bytes !== undefined) await this.#passPart(head, bytes);
      client.resetAndDestroy();
      return;
    }
    const sent = await reader.take(head.length);
    // Who has gone in the middle of a body has sent nothing that could be passed on.
    if (sent === undefined) return;
    const body = this.change === undefined ? sent : Buffer.from(this.change(sent.toString("utf8")));
    if (body !== sent) head = { ...head, bytes: withLength(head, body.length) };
    const origin = head.fields.get("origin");
    switch (fault?.kind) {
      case "answer":
        return respond(this.#canned(fault.answer, origin, body));
      case "replace":
        await this.#pass(client, () => {}, head, body);
        return respond(this.#canned(fault.answer, origin, body));
      case "hang-up":
        await this.#pass(
          client,
          (bytes) => respond(bytes.subarray(0, Math.floor(bytes.length * fault.part))),
          head,
          body,
        );
        // Written bytes would be thrown away by a reset that follows at once.
        client.end(() => client.resetAndDestroy());
        return;
      case "slow":
        return this.#pass(client, respond, head, body, { holdAnswerMs: fault.ms });
      case "late":
        await later(fault.ms);
        return this.#pass(client, respond, head, body);
      case "meanwhile":
        return this.#pass(client, respond, head, body, { meanwhile: fault });
      default:
        return this.#pass(client, respond, head, body);
    }
  }

  /** Passes a request on, each on a connection of its own, and gives the answer. A service that is gone resets the client. */
  async #pass(
    client: Socket,
    respond: (bytes: Buffer) => void,
    head: Head,
    body: Buffer,
    {
      holdAnswerMs,
      meanwhile,
    }: { holdAnswerMs?: number; meanwhile?: { readonly part: number; readonly run: () => void } } = {},
  ): Promise<void> {
    const upstream = await this.#connect();
    if (upstream === undefined) {
      client.resetAndDestroy();
      return;
    }
    const reader = new Reader(upstream, () => {});
    upstream.write(head.bytes);
    const middle = Math.floor(body.length * (meanwhile?.part ?? 1));
    await written(upstream, body.subarray(0, middle));
    meanwhile?.run();
    upstream.write(body.subarray(middle));
    const answerHead = await reader.head();
    const answerBody = answerHead && (await reader.take(answerHead.length));
    upstream.destroy();
    if (answerHead === undefined || answerBody === undefined) {
      client.resetAndDestroy();
      return;
    }
    if (head.first.startsWith("POST")) {
      this.#count(this.answers, Number(answerHead.first.split(" ")[1]));
      this.duplicates += Number(/"duplicates": *(\d+)/.exec(answerBody.toString("utf8"))?.[1] ?? 0);
      for (const watcher of [...this.#watchers]) watcher();
    }
    if (holdAnswerMs !== undefined) await later(holdAnswerMs);
    respond(Buffer.concat([answerHead.bytes, answerBody]));
  }

  async #passPart(head: Head, bytes: Buffer): Promise<void> {
    const upstream = await this.#connect();
    if (upstream === undefined) return;
    upstream.write(head.bytes);
    await written(upstream, bytes);
    upstream.resetAndDestroy();
  }

  #connect(): Promise<Socket | undefined> {
    return new Promise((resolve) => {
      const socket = this.#track(connect(this.#upstreamPort(), "127.0.0.1"));
      socket.once("connect", () => resolve(socket));
      socket.once("close", () => resolve(undefined));
    });
  }

  #canned(
    { status, body = "", fields, retryAfterMs }: Canned,
    origin: string | undefined,
    request: Buffer,
  ): Buffer {
    if (retryAfterMs !== undefined) this.#notBefore = performance.now() + retryAfterMs;
    return answerOf(
      status,
      {
        "content-type": "application/json",
        // Without these a page would see a failed request, and neither its status nor its fields.
        ...(origin !== undefined && {
          "access-control-allow-origin": origin,
          "access-control-expose-headers": "retry-after, date",
        }),
        ...fields?.(),
      },
      typeof body === "string" ? body : body(request.toString("utf8")),
    );
  }

  #enter(client: Socket): () => void {
    if (performance.now() < this.#notBefore - EARLY_TOLERANCE_MS) this.early += 1;
    this.#underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.#underWay);
    let inside = true;
    const leave = (): void => {
      if (inside) this.#underWay -= 1;
      inside = false;
      client.off("close", leave);
    };
    // Who has given up waits no longer, whatever the gate still does with the request.
    client.once("close", leave);
    return leave;
  }

  #count<Key>(counts: Map<Key, number>, key: Key): void {
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }

  #track(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    // A reset is the end of a connection like any other here.
    socket.on("error", () => socket.destroy());
    return socket;
  }
}

function written(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    socket.once("close", () => resolve());
    socket.write(bytes, () => resolve());
  });
}
