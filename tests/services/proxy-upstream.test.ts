import assert from "node:assert/strict";
import { type IncomingHttpHeaders, request } from "node:http";
import { test } from "node:test";
import { Keyset } from "blindtally";
import { createProxy, UpstreamUrlError } from "blindtally-services/proxy";
import { localAnalytics } from "./support/analytics.js";
import { codeOf, post, send } from "./support/http.js";
import { localProxy } from "./support/proxy.js";
import { constantUpstream, unusedAddress, upstream } from "./support/upstreams.js";

const MARK = "marked-name";

const NOT_PRIVATE = "it must be https, or http to this machine (localhost, 127.0.0.1, [::1])";

const BAD_UPSTREAMS = [
  ["not a URL", "it is not a URL"],
  ["http://analytics.example", NOT_PRIVATE],
  ["http://127.0.0.1.example", NOT_PRIVATE],
  ["http://localhost.example", NOT_PRIVATE],
  ["http://[::2]", NOT_PRIVATE],
  ["ftp://127.0.0.1", NOT_PRIVATE],
  [
    "https://user:password@analytics.example",
    "it must hold no user or password; clients send an Authorization header, which is passed on",
  ],
  ["https://analytics.example/?key=1", "it must have no query and no fragment"],
  ["https://analytics.example/#key", "it must have no query and no fragment"],
] as const;

for (const [url, reason] of BAD_UPSTREAMS) {
  test(`the upstream "${url}" is refused with the reason`, (t) => {
    const keyset = Keyset.generate();
    t.after(() => keyset.dispose());
    assert.throws(
      () => createProxy({ keyset, upstream: url }),
      (error) => {
        assert.ok(error instanceof UpstreamUrlError);
        assert.equal(error.message, reason);
        return true;
      },
    );
  });
}

for (const url of [
  "https://analytics.example/v1",
  "http://localhost:9000",
  "http://127.1.2.3",
  "http://[::1]:9000/",
]) {
  test(`the upstream "${url}" is taken`, async (t) => {
    const keyset = Keyset.generate();
    t.after(() => keyset.dispose());
    await createProxy({ keyset, upstream: url }).close();
  });
}

test("an upstream that is down is 502 upstream-unavailable, and health says so while the proxy is well", async (t) => {
  const proxy = await localProxy(t, { upstream: await unusedAddress() });
  const answers = [
    await post(`${proxy.url}/event`, { event: MARK }),
    await post(`${proxy.url}/events`, { events: [MARK] }),
    await send(`${proxy.url}/results`),
  ];
  for (const answer of answers) {
    assert.deepEqual([answer.status, codeOf(answer)], [502, "upstream-unavailable"]);
    assert.ok(!answer.text.includes(MARK));
  }
  const health = await send(`${proxy.url}/healthz`);
  assert.deepEqual([health.status, health.text], [200, '{"status":"ok","upstream":"unavailable"}']);
});

test("health says that the upstream answers when it does", async (t) => {
  const api = await localAnalytics(t);
  const proxy = await localProxy(t, { upstream: api.url });
  assert.equal((await send(`${proxy.url}/healthz`)).text, '{"status":"ok","upstream":"ok"}');
});

test("an upstream that does not answer in time, in its head or its body, is 502 upstream-unavailable", async (t) => {
  const silent = await upstream(t, () => {});
  const stalled = await upstream(t, (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).write('{"results":');
  });
  for (const url of [silent, stalled]) {
    const proxy = await localProxy(t, { upstream: url, timeoutMs: 100 });
    const answer = await send(`${proxy.url}/results`);
    assert.deepEqual([answer.status, codeOf(answer)], [502, "upstream-unavailable"]);
    assert.match(answer.text, /in time/);
  }
});

test("an upstream that breaks off its answer is 502 upstream-unavailable", async (t) => {
  const url = await upstream(t, (_request, response) => {
    response.writeHead(200, { "content-length": "1000" });
    response.write('{"results":{', () => response.destroy());
  });
  const proxy = await localProxy(t, { upstream: url });
  const answer = await send(`${proxy.url}/results`);
  assert.deepEqual([answer.status, codeOf(answer)], [502, "upstream-unavailable"]);
});

const GARBAGE: readonly (readonly [claim: string, status: number, text: string | Buffer])[] = [
  ["no JSON", 200, "<html>hello</html>"],
  ["nothing", 200, ""],
  ["bytes that are not UTF-8", 200, Buffer.from('{"results":{"\xff":1}}', "latin1")],
  ["no object", 200, '"results"'],
  ["no results", 200, "{}"],
  ["a list as results", 200, '{"results":[]}'],
  ["null as results", 200, '{"results":null}'],
  ["a text as a count", 200, '{"results":{"a":"1"}}'],
  ["null as a count", 200, '{"results":{"a":null}}'],
  ["a negative count", 200, '{"results":{"a":-1}}'],
  ["a fraction as a count", 200, '{"results":{"a":1.5}}'],
  ["a count above 2^53 - 1", 200, '{"results":{"a":9007199254740993}}'],
  ["a status that promises no results", 202, '{"results":{"a":1}}'],
  ["a redirect", 302, "{}"],
];

for (const [claim, status, text] of GARBAGE) {
  test(`an upstream that answers ${claim} for results is 502 upstream-bad-response`, async (t) => {
    const proxy = await localProxy(t, { upstream: await constantUpstream(t, status, text) });
    const answer = await send(`${proxy.url}/results`);
    assert.deepEqual([answer.status, codeOf(answer)], [502, "upstream-bad-response"]);
  });
}

test("an upstream that answers an event with no JSON, or with too much of it, is 502 upstream-bad-response", async (t) => {
  for (const text of ["201 - Created", "", JSON.stringify("x".repeat(1_048_577))]) {
    const proxy = await localProxy(t, { upstream: await constantUpstream(t, 201, text) });
    const answer = await post(`${proxy.url}/event`, { event: MARK });
    assert.deepEqual([answer.status, codeOf(answer)], [502, "upstream-bad-response"]);
  }
});

test("results of more than 250000 values are 502 upstream-bad-response, whatever names consist of", async (t) => {
  const resultsOf = (names: readonly string[]) =>
    JSON.stringify({ results: Object.fromEntries(names.map((name) => [name, 1])) });
  const answerTo = async (text: string) => {
    const proxy = await localProxy(t, { upstream: await constantUpstream(t, 200, text) });
    return send(`${proxy.url}/results`);
  };
  // The map, the object around it and the rows.
  const rows = Array.from({ length: 249_998 }, (_, index) => index.toString(36));
  assert.equal((await answerTo(resultsOf(rows))).status, 200);
  const odd = await answerTo(resultsOf([`"${",[{\\".repeat(100_000)}"`]));
  assert.equal(odd.status, 200);
  for (const text of [
    resultsOf([...rows, "one-more"]),
    `{"results":{},"more":[${"{},".repeat(250_000)}{}]}`,
    `{"results":{},"more":${"[".repeat(250_000)}${"]".repeat(250_000)}}`,
  ]) {
    const answer = await answerTo(text);
    assert.deepEqual([answer.status, codeOf(answer)], [502, "upstream-bad-response"]);
    assert.match(answer.text, /more than 250000 values/);
  }
});

test("a redirect is not followed", async (t) => {
  let followed = false;
  const elsewhere = await upstream(t, (_request, response) => {
    followed = true;
    response.end('{"results":{}}');
  });
  const proxy = await localProxy(t, {
    upstream: await constantUpstream(t, 307, "{}", { location: `${elsewhere}/results` }),
  });
  for (const answer of [
    await send(`${proxy.url}/results`),
    await post(`${proxy.url}/event`, { event: MARK }),
  ]) {
    assert.deepEqual([answer.status, codeOf(answer)], [502, "upstream-bad-response"]);
  }
  assert.equal(followed, false);
});

test("the upstream's own refusals come through with status, JSON text and what to do next", async (t) => {
  const refusals = [
    [400, '{"error":{"code":"their-code","message":"their words"}}', {}],
    [401, '{ "spaced" : true }', { "www-authenticate": "Bearer" }],
    [429, '{"error":"slow down"}', { "retry-after": "7" }],
    [503, "null", { "retry-after": "1" }],
  ] as const;
  for (const [status, text, headers] of refusals) {
    const proxy = await localProxy(t, {
      upstream: await constantUpstream(t, status, text, { "content-type": "application/json", ...headers }),
    });
    for (const answer of [
      await post(`${proxy.url}/event`, { event: "a" }),
      await post(`${proxy.url}/events`, { events: ["a"] }),
      await send(`${proxy.url}/results`),
    ]) {
      assert.deepEqual([answer.status, answer.text], [status, text]);
      for (const [name, value] of Object.entries(headers)) assert.equal(answer.headers.get(name), value);
    }
  }
});

test("a refusal without JSON keeps its status and says upstream-refused", async (t) => {
  const proxy = await localProxy(t, {
    upstream: await constantUpstream(t, 503, "<html>busy</html>", {
      "content-type": "text/html",
      "retry-after": "9",
    }),
  });
  const answer = await post(`${proxy.url}/event`, { event: MARK });
  assert.deepEqual([answer.status, codeOf(answer)], [503, "upstream-refused"]);
  assert.equal(answer.headers.get("retry-after"), "9");
});

test("what else the upstream's results say stays, but its word on what is unreadable does not", async (t) => {
  const text = '{"period":"2026-11","results":{},"unreadable":[{"token":"forged"}],"next":null}';
  const proxy = await localProxy(t, { upstream: await constantUpstream(t, 200, text) });
  assert.equal((await send(`${proxy.url}/results`)).text, '{"period":"2026-11","next":null,"results":{}}');
});

test("the upstream gets the token, the Authorization and nothing else of the client", async (t) => {
  const seen: { url: string; headers: IncomingHttpHeaders; body: string }[] = [];
  const url = await upstream(t, (incoming, response) => {
    let body = "";
    incoming.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    incoming.on("end", () => {
      seen.push({ url: incoming.url ?? "", headers: incoming.headers, body });
      response
        .writeHead(incoming.method === "POST" ? 201 : 200)
        .end(incoming.method === "POST" ? "{}" : '{"results":{}}');
    });
  });
  const proxy = await localProxy(t, { upstream: `${url}/v1/` });
  const identifying = {
    authorization: "Bearer vendor-token",
    cookie: "session=1",
    "user-agent": "client/1",
    referer: "https://portal.example/patients/1",
    "x-forwarded-for": "10.1.2.3",
    "x-request-id": "abc",
    "accept-language": "de",
    "content-type": "text/plain",
  };
  await send(`${proxy.url}/event?patient=1`, {
    method: "POST",
    body: '{"event":"marked-name"}',
    headers: identifying,
  });
  assert.equal((await send(`${proxy.url}/results?patient=1`, { headers: identifying })).status, 400);
  await send(`${proxy.url}/results`, { headers: identifying });
  await send(`${proxy.url}/results`);

  assert.deepEqual(
    seen.map((request) => request.url),
    ["/v1/event", "/v1/results", "/v1/results"],
  );
  assert.match(seen[0]?.body ?? "", /^\{"event":"bt1_[A-Za-z0-9_-]{70}"\}$/);
  const whole = JSON.stringify(seen);
  for (const secret of [MARK, "session=1", "client/1", "portal.example", "10.1.2.3", "abc", "patient"]) {
    assert.ok(!whole.includes(secret), secret);
  }
  assert.equal(seen[0]?.headers["content-type"], "application/json");
  assert.equal(seen[0]?.headers["user-agent"], "blindtally-proxy");
  assert.deepEqual(
    seen.map(({ headers }) => headers.authorization),
    ["Bearer vendor-token", "Bearer vendor-token", undefined],
  );
});

test("a Host that is not the proxy's is refused with 421, so no page can rebind its own name to it", async (t) => {
  const api = await localAnalytics(t);
  const proxy = await localProxy(t, { upstream: api.url, allowHosts: ["Proxy.Example"] });
  const { port } = new URL(proxy.url);
  const answerTo = (host: string, path = "/results"): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const outgoing = request(`${proxy.url}${path}`, { headers: { host } }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (more: string) => {
          text += more;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      });
      outgoing.on("error", reject).end();
    });
  for (const host of [
    "localhost",
    `localhost:${port}`,
    `127.0.0.1:${port}`,
    `[::1]:${port}`,
    "proxy.example",
    "PROXY.example:80",
  ]) {
    assert.equal((await answerTo(host)).status, 200, host);
  }
  for (const host of [
    "attacker.example",
    `attacker.example:${port}`,
    "localhost.attacker.example",
    "127.0.0.1.nip.example",
    "10.0.0.1",
    "a b",
  ]) {
    const answer = await answerTo(host);
    assert.deepEqual([answer.status, codeOf(answer)], [421, "wrong-host"], host);
  }
  assert.equal((await answerTo("10.0.0.1", "/healthz")).status, 200);
});
