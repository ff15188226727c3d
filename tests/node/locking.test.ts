// Locking and what is on its way: a real server that holds its answers, real timers, and the memory afterwards.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { inspect, promisify } from "node:util";
import { getHeapSnapshot } from "node:v8";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { TestClock } from "../suite/clock.js";
import { hazard, inMemory, main } from "./support/memory.js";

const { Keyset, createClient } = main;

/** A server that answers when it is told to. */
async function holdingServer(context: TestContext) {
  const bodies: string[] = [];
  const held: { readonly response: ServerResponse; readonly body: string }[] = [];
  let arrived = () => {};
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    bodies.push(body);
    held.push({ response, body });
    arrived();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const answer = (of: (events: number) => unknown) => {
    for (const { response, body } of held.splice(0)) {
      response.end(JSON.stringify(of(body === "" ? 0 : JSON.parse(body).events.length)));
    }
  };
  const count = async (wanted: number) => {
    while (bodies.length < wanted) {
      await new Promise<void>((resolve) => {
        arrived = resolve;
      });
    }
  };
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { endpoint, bodies, answer, count };
}

test("what was encrypted before the lock is sent and answered; what comes later reaches no network", async (context) => {
  const { endpoint, bodies, answer, count } = await holdingServer(context);
  const keyset = Keyset.generate();
  const clock = new TestClock();
  keyset.autoLock(clock.options({ lockAfterIdle: 1_000 }));
  const token = keyset.cipher().encrypt("queued");
  let giveHeaders = (_: Record<string, string>) => {};
  const slow = new Promise<Record<string, string>>((resolve) => {
    giveHeaders = resolve;
  });
  const client = createClient({ endpoint, keyset });
  const waiting = createClient({ endpoint, keyset, headers: () => slow });
  await client.logEvent("queued");
  await waiting.logEvents(["queued", "queued"]);
  const sent = [client.flush(), waiting.flush()];
  await count(1);
  clock.pass(1_000);
  assert.equal(keyset.locked, true);

  for (const one of [client, waiting]) {
    for (const late of [
      () => one.logEvent("queued"),
      () => one.logEvent("other"),
      () => one.logEvents(["queued"]),
      () => one.logEvents([]),
      () => one.getResults(),
      () => one.getReport(),
    ]) {
      await assert.rejects(late(), { code: "locked" });
    }
  }
  giveHeaders({});
  await count(2);
  answer((events) => ({ stored: events, duplicates: 0 }));
  await Promise.all(sent);
  assert.deepEqual([client.stats.delivered, waiting.stats.delivered], [1, 2]);
  const tokens = bodies.map((body) => JSON.parse(body).events.map(({ event }: { event: string }) => event));
  assert.deepEqual(tokens, [[token], [token, token]]);
});

test("results that were asked for before the lock are not read after it", async (context) => {
  const { endpoint, answer, count } = await holdingServer(context);
  const keyset = Keyset.generate();
  const token = keyset.cipher().encrypt("n");
  const report = createClient({ endpoint, keyset }).getReport();
  await count(1);
  keyset.lock();
  answer(() => ({ results: { [token]: 1 } }));
  await assert.rejects(report, { code: "locked" });
});

test("a disposed client asks no network for results", async (context) => {
  const { endpoint, bodies } = await holdingServer(context);
  const client = createClient({ endpoint, keyset: Keyset.generate() });
  client.dispose();
  await assert.rejects(client.getResults(), { code: "disposed" });
  assert.deepEqual(bodies, []);
});

test("the platform's own timer locks, and no program waits for its end", async () => {
  const program = `
    import { Keyset } from "blindtally";
    const keep = setInterval(() => {}, 1000);
    const keyset = Keyset.generate();
    await new Promise((resolve) => keyset.autoLock({ lockAfterIdle: 20, onLock: resolve }));
    const other = Keyset.generate();
    other.autoLock({ lockAfterIdle: 3_600_000 });
    clearInterval(keep);
    console.log(keyset.locked, other.locked);`;
  const cwd = new URL("../../..", import.meta.url).pathname;
  const args = ["--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, timeout: 60_000 });
  assert.equal(stdout.trim(), "true false");
});

test("a thread that is kept busy for longer than the time without use finds its keys locked", () => {
  const keyset = Keyset.generate();
  const cipher = keyset.cipher();
  keyset.autoLock({ lockAfterIdle: 30 });
  const token = cipher.encrypt("n");
  for (const end = performance.now() + 40; performance.now() < end; );
  assert.throws(() => cipher.encrypt("n"), { code: "locked" });
  assert.throws(() => cipher.decrypt(token), { code: "locked" });
});

/** The keys of a context: SPEC.md, section 3. */
function contextKeys(root: Uint8Array, label: string): Uint8Array {
  const info = `blindtally bt1 context\0${String.fromCharCode(label.length)}${label}`;
  return hkdf(sha256, root, undefined, Buffer.from(info), 44);
}

/** Texts from end to beginning, so that looking for them does not put them into the heap. */
const backwards = (text: string) => [...text].reverse().join("");

/** How many of these texts, given backwards, are in a snapshot of the heap, for which garbage is collected first. */
async function inHeap(texts: readonly string[]): Promise<number> {
  const found = new Set<string>();
  let rest = "";
  for await (const chunk of getHeapSnapshot()) {
    const part = backwards(rest + String(chunk));
    for (const text of texts) if (part.includes(text)) found.add(text);
    rest = String(chunk).slice(-100);
  }
  return found.size;
}

/** Bytes as the texts that a program makes of them: 12 bytes of the middle, in each form. */
function textsOf(secret: Uint8Array): string[] {
  const part = Buffer.from(secret.subarray(12, 24));
  return [part.toString("hex"), part.toString("base64url"), part.join(",")];
}

/** Everything that is done with keys. By itself, as an asynchronous function keeps its last values while it waits. */
function usedKeyset(root: Uint8Array, nameOf: (index: number) => string) {
  const keyset = hazard.importRootKey(root);
  const scope = keyset.scope("scoped");
  const again = hazard.importKeysetText(hazard.exportKeysetText(scope));
  const [cipher, scoped] = [keyset.cipher("whole"), scope.cipher()];
  for (let index = 0; index < 50; index += 1) {
    assert.equal(again.cipher().encrypt(nameOf(index)), scoped.encrypt(nameOf(index)));
    cipher.decryptResults([[cipher.encrypt(nameOf(index)), 1]]);
  }
  for (const one of [keyset, scope]) assert.ok(JSON.stringify(one) + inspect(one));
  again.dispose();
  return { keyset, held: [keyset, scope, cipher, scoped] };
}

test("after the lock wasm memory holds no key, and the heap neither keys as text nor the names that were remembered", async () => {
  const root = crypto.getRandomValues(new Uint8Array(32));
  const nameOf = (index: number) => `locked${process.pid}-${index}-end`;
  const { keyset, held } = usedKeyset(root, nameOf);
  const secrets = [root, contextKeys(root, "whole"), contextKeys(root, "scoped")];
  const names = [0, 24, 49].map((index) => backwards(nameOf(index)));
  const keys = secrets.flatMap(textsOf).map(backwards);
  assert.deepEqual(secrets.map(inMemory), [true, true, true], "the scan finds keys in use");
  assert.equal(await inHeap(names), 3, "the search finds names that are remembered");
  keyset.lock();
  assert.deepEqual(secrets.map(inMemory), [false, false, false]);
  assert.equal(await inHeap(names), 0);
  assert.equal(await inHeap(keys), 0);
  const [control] = textsOf(root);
  assert.equal(await inHeap(keys), 1, "the search finds a key as text");
  assert.deepEqual([held.length, control?.length], [4, 24], "all was held on to until here");
});

test("what a console shows of a keyset and a cipher is ids and labels", () => {
  const root = crypto.getRandomValues(new Uint8Array(32));
  const keyset = hazard.importRootKey(root);
  const scope = keyset.scope(["acme", "event"]);
  const cipher = scope.cipher();
  cipher.encrypt("secret-event-a");
  const options = { depth: 20, showHidden: true, maxArrayLength: null } as const;
  const shown = [keyset, scope, cipher].map((one) => inspect(one, options) + JSON.stringify(one)).join();
  for (const secret of [root, contextKeys(root, "event")])
    for (const text of textsOf(secret)) assert.equal(shown.includes(text), false);
  assert.equal(shown.includes("secret-event-a"), false);
  assert.ok(shown.includes(keyset.primaryKeyId) && shown.includes("acme"));
  keyset.dispose();
  scope.dispose();
});
