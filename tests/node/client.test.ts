// The client against a real HTTP server, which records what arrives and answers as told.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { type ClientOptions, createClient, type ErrorCode, isBlindtallyError, Keyset } from "blindtally";

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

type Answer = (request: Received, response: ServerResponse) => void;

const json = (status: number, body: unknown): Answer => {
  return (_, response) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
};

async function serve(context: TestContext, answer: Answer) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers } = request;
    const entry = { method, url, headers, body: Buffer.concat(chunks).toString() };
    received.push(entry);
    answer(entry, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

function refusal(code: ErrorCode, details: { status?: number; index?: number } = {}) {
  return (error: unknown) => {
    assert.ok(isBlindtallyError(error), String(error));
    assert.equal(error.code, code);
    assert.equal(error.status, details.status);
    assert.equal(error.index, details.index);
    assert.doesNotMatch(`${error} ${error.stack}`, /secret-event/);
    return true;
  };
}

const keyset = Keyset.generate();
const events = keyset.cipher();

test("logEvent sends the token and nothing that the caller did not name", async (context) => {
  const { endpoint, received } = await serve(context, json(201, "201 - Created"));
  await createClient({ endpoint, keyset }).logEvent("secret-event-a");
  const [request] = received;
  assert.equal(received.length, 1);
  assert.equal(`${request?.method} ${request?.url}`, "POST /event");
  assert.equal(request?.body, JSON.stringify({ event: events.encrypt("secret-event-a") }));
  assert.equal(request?.headers["content-type"], "application/json");
  for (const header of ["cookie", "referer", "origin", "authorization"])
    assert.equal(request?.headers[header], undefined);
});

test("logEvents sends one request and returns the number stored", async (context) => {
  const { endpoint, received } = await serve(context, json(201, { stored: 3 }));
  const client = createClient({ endpoint, keyset });
  assert.equal(await client.logEvents(["a", "b", "a"]), 3);
  assert.deepEqual(JSON.parse(received[0]?.body ?? ""), { events: events.encryptAll(["a", "b", "a"]) });
  assert.equal(await client.logEvents([]), 0);
  assert.equal(received.length, 1, "an empty batch sends nothing");
});

test("getResults has a null prototype, and getReport has what could not be read", async (context) => {
  const results = { [events.encrypt("secret-event-a")]: 3, [events.encrypt("__proto__")]: 2, "in clear": 1 };
  const { endpoint } = await serve(context, json(200, { results }));
  const client = createClient({ endpoint, keyset });
  const counts = await client.getResults();
  assert.equal(Object.getPrototypeOf(counts), null);
  assert.deepEqual(Object.entries(counts), [
    ["secret-event-a", 3],
    ["__proto__", 2],
  ]);
  const report = await client.getReport();
  assert.deepEqual(
    [...report.counts],
    [
      ["secret-event-a", 3],
      ["__proto__", 2],
    ],
  );
  assert.deepEqual(report.unreadable, [{ token: "in clear", count: 1, code: "not-a-token" }]);
});

test("an answer that is no success is an error with its status", async (context) => {
  for (const status of [400, 401, 404, 413, 429, 500, 503]) {
    const { endpoint } = await serve(context, json(status, { error: "secret-event-a" }));
    await assert.rejects(
      createClient({ endpoint, keyset }).logEvent("secret-event-a"),
      refusal("http-status", { status }),
    );
  }
});

test("an answer that is no result map is an error, and does not quote the answer", async (context) => {
  const bodies = [
    '"201"',
    "null",
    "[]",
    "{}",
    '{"results":null}',
    '{"results":[]}',
    '{"results":3}',
    "secret-event-a",
    "",
  ];
  for (const body of bodies) {
    const { endpoint } = await serve(context, (_, response) => response.end(body));
    await assert.rejects(createClient({ endpoint, keyset }).getReport(), refusal("bad-response"));
  }
  const { endpoint } = await serve(context, json(201, { number: 1 }));
  await assert.rejects(createClient({ endpoint, keyset }).logEvents(["a"]), refusal("bad-response"));
});

test("no answer in time is a timeout, before and after the headers", async (context) => {
  const silent = await serve(context, () => {});
  const half = await serve(context, (_, response) => response.writeHead(200).write('{"results"'));
  for (const { endpoint } of [silent, half]) {
    await assert.rejects(createClient({ endpoint, keyset, timeoutMs: 50 }).getResults(), refusal("timeout"));
  }
});

test("a server that is not there, or hangs up, is a network error", async (context) => {
  const { endpoint } = await serve(context, (_, response) => response.destroy());
  await assert.rejects(createClient({ endpoint, keyset }).logEvent("a"), refusal("network"));
  await assert.rejects(
    createClient({ endpoint: "http://127.0.0.1:1", keyset }).logEvent("a"),
    refusal("network"),
  );
});

test("a redirect is not followed: tokens and headers go to the named address only", async (context) => {
  const other = await serve(context, json(200, { results: {} }));
  const { endpoint } = await serve(context, (_, response) =>
    response.writeHead(307, { location: other.endpoint }).end(),
  );
  await assert.rejects(createClient({ endpoint, keyset }).logEvent("a"), refusal("network"));
  assert.equal(other.received.length, 0);
});

test("header fields are sent, and a function is asked for them anew each time", async (context) => {
  const { endpoint, received } = await serve(context, json(201, "201 - Created"));
  await createClient({ endpoint, keyset, headers: { authorization: "Bearer 0" } }).logEvent("a");
  let calls = 0;
  const client = createClient({
    endpoint,
    keyset,
    headers: async () => ({ authorization: `Bearer ${++calls}` }),
  });
  await client.logEvent("a");
  await client.logEvent("a");
  assert.deepEqual(
    received.map(({ headers }) => headers.authorization),
    ["Bearer 0", "Bearer 1", "Bearer 2"],
  );
});

test("header fields may be a Headers object, and cannot double or change the content type", async (context) => {
  const { endpoint, received } = await serve(context, json(201, "201 - Created"));
  const fields = new Headers({ authorization: "Bearer 1", "Content-Type": "text/html" });
  await createClient({ endpoint, keyset, headers: fields }).logEvent("a");
  await createClient({ endpoint, keyset, headers: { "Content-Type": "application/json" } }).logEvent("a");
  assert.equal(received[0]?.headers.authorization, "Bearer 1");
  assert.deepEqual(
    received.map(({ headers }) => headers["content-type"]),
    ["application/json", "application/json"],
  );
});

test("a header value that HTTP does not allow is refused without being quoted", async () => {
  const headers = { authorization: "Bearer secret-event\nsecret" };
  const client = createClient({ endpoint: "https://example.com", keyset, headers });
  await assert.rejects(client.logEvent("a"), (error: Error) => {
    assert.equal(error.cause, undefined);
    return refusal("bad-argument")(error);
  });
});

test("what a headers function throws comes out as it is", async () => {
  const expired = new Error("login expired");
  const headers = () => Promise.reject(expired);
  const client = createClient({ endpoint: "https://example.com", keyset, headers });
  await assert.rejects(client.logEvent("a"), (error) => error === expired);
});

test("a headers function or a fetch that never answers is a timeout too", async () => {
  const never = () => new Promise<never>(() => {});
  for (const hanging of [{ headers: never }, { fetch: never }]) {
    const client = createClient({ endpoint: "https://example.com", keyset, timeoutMs: 50, ...hanging });
    await assert.rejects(client.logEvent("a"), refusal("timeout"));
  }
});

test("an answer that not all events were stored is an error", async (context) => {
  for (const stored of [1, 4, -3, "3", null]) {
    const { endpoint } = await serve(context, json(201, { stored }));
    await assert.rejects(
      createClient({ endpoint, keyset }).logEvents(["a", "b", "c"]),
      refusal("bad-response"),
    );
  }
});

test("a name that is none is refused before anything is sent", async (context) => {
  const { endpoint, received } = await serve(context, json(201, "201 - Created"));
  const client = createClient({ endpoint, keyset });
  await assert.rejects(client.logEvent(""), refusal("bad-name"));
  await assert.rejects(client.logEvent("secret-event\ud800"), refusal("bad-name"));
  await assert.rejects(client.logEvents(["a", ""]), refusal("bad-name", { index: 1 }));
  assert.equal(received.length, 0);
});

test("http: is refused unless it stays on this machine", () => {
  const insecure = [
    "http://example.com",
    "http://10.0.0.1",
    "http://localhost.example.com",
    "http://127.0.0.1.example.com",
  ];
  const others = [
    "ftp://127.0.0.1",
    "ws://127.0.0.1",
    "file:///tmp",
    "http://[::2]",
    "http://api.localhost",
    "http://0.0.0.0",
  ];
  for (const endpoint of [...insecure, ...others]) {
    assert.throws(() => createClient({ endpoint, keyset }), refusal("insecure-endpoint"), endpoint);
  }
  const secure = ["https://example.com/a", "http://localhost:9000", "http://127.9.9.9", "http://[::1]:9000"];
  for (const endpoint of [...secure, new URL("https://example.com")]) createClient({ endpoint, keyset });
});

test("an endpoint with a user, a query or a fragment, or that is no URL, is refused", () => {
  for (const endpoint of [
    "https://u:p@example.com",
    "https://example.com?q=1",
    "https://example.com/#f",
    "https://u:secret-event@bad host/",
    "",
    "x",
  ]) {
    assert.throws(
      () => createClient({ endpoint, keyset }),
      (error: Error) => {
        assert.equal(error.cause, undefined, "a cause would quote a password");
        return refusal("bad-argument")(error);
      },
    );
  }
});

test("a path in the endpoint is kept, with or without a slash at its end", async (context) => {
  const { endpoint, received } = await serve(context, json(201, "201 - Created"));
  await createClient({ endpoint: `${endpoint}/api/v1`, keyset }).logEvent("a");
  await createClient({ endpoint: `${endpoint}/api/v1/`, keyset }).logEvent("a");
  assert.deepEqual(
    received.map(({ url }) => url),
    ["/api/v1/event", "/api/v1/event"],
  );
});

test("a timeout that is no number of milliseconds is refused", () => {
  for (const timeoutMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, "10" as never]) {
    assert.throws(
      () => createClient({ endpoint: "https://example.com", keyset, timeoutMs }),
      refusal("bad-argument"),
    );
  }
});

test("the given fetch is used, and the context decides the tokens", async () => {
  const bodies: unknown[] = [];
  const fetch: typeof globalThis.fetch = async (_, init) => {
    bodies.push(JSON.parse(String(init?.body)));
    return Response.json("201 - Created", { status: 201 });
  };
  const options: ClientOptions = {
    endpoint: "https://example.com",
    keyset,
    fetch,
    context: ["acme", "prod", "event"],
  };
  await createClient(options).logEvent("a");
  assert.deepEqual(bodies, [{ event: keyset.cipher(["acme", "prod", "event"]).encrypt("a") }]);
});

test("a disposed client refuses, and its keyset stays", async () => {
  const client = createClient({ endpoint: "https://example.com", keyset });
  client.dispose();
  client[Symbol.dispose]();
  await assert.rejects(client.logEvent("a"), refusal("disposed"));
  assert.equal(events.decrypt(events.encrypt("a")), "a");
});
