import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { type TestContext, test } from "node:test";
import { BenchPage, type Way } from "./support/bench-page.js";
import { type Visitor, visit } from "./support/browser.js";
import { type Deployment, deploy } from "./support/deployment.js";
import { filesBelow, Scanner } from "./support/scanner.js";

// Each test sends a name that no other file of the machine can hold: found anywhere, it has leaked there.

test("a name sent through the SDK is found in no request, no hop, no log, no database file and no browser storage", async (t) => {
  const { name, found } = await sendAndScan(t, "sdk");
  assert.deepEqual(found, NOWHERE, name);
});

test("while the API is down, a name is neither in the queue that keeps its event nor in the profile on disk", async (t) => {
  const name = freshName();
  const scanner = new Scanner(name);
  const deployment = await deploy(t);
  const visitor = await visit(t);
  const bench = await BenchPage.open(visitor, deployment.url);
  await deployment.stopApi();
  await bench.send(name);
  const waiting = await waitingIn(bench);
  assert.equal(waiting.length, 1);
  assert.match(JSON.stringify(waiting), /bt1_[\w-]{70}/);
  assert.deepEqual(scanner.find(JSON.stringify(waiting)), []);
  await leave(bench, visitor);
  assert.deepEqual(await scanner.findInFolder(visitor.profile), []);
});

test("a name sent through the proxy is found on the hop to the proxy and nowhere else", async (t) => {
  const { found } = await sendAndScan(t, "proxy");
  // That hop is inside the customer's premises; that the name is found there also shows that the taps hear.
  assert.deepEqual(found, {
    ...NOWHERE,
    bodies: ["/proxy/event: UTF-8"],
    pageToProxy: ["sent: UTF-8", "answered: UTF-8"],
  });
});

test("a name sent in clear is found by the same scan, on the wire and in the database", async (t) => {
  const { found } = await sendAndScan(t, "clear");
  assert.deepEqual(found, {
    ...NOWHERE,
    bodies: ["/api/event: UTF-8"],
    pageToApi: ["sent: UTF-8", "answered: UTF-8"],
    database: ["UTF-8"],
  });
});

test("a name that a page does keep in the browser's storage is found in the profile on disk", async (t) => {
  const name = freshName();
  const visitor = await visit(t);
  const { url } = await deploy(t);
  const bench = await BenchPage.open(visitor, url);
  await bench.page.evaluate((text) => localStorage.setItem("kept", text), name);
  assert.deepEqual(new Scanner(name).find(await storageOf(bench)), ["UTF-8"]);
  await visitor.leave();
  assert.notDeepEqual(await new Scanner(name).findInFolder(visitor.profile), []);
});

test("the scanner finds a name in every form, wherever it starts, and no form in bytes without it", () => {
  const name = freshName();
  const scanner = new Scanner(name);
  const bytes = Buffer.from(name);
  for (let before = 0; before < 6; before++) {
    const around = Buffer.concat([randomBytes(before), bytes, randomBytes(7)]);
    for (const text of [around.toString("base64"), around.toString("base64url"), around.toString("hex")]) {
      assert.notDeepEqual(scanner.find(text), [], `${before} bytes before`);
    }
    assert.deepEqual(scanner.find(around), ["UTF-8"]);
  }
  assert.deepEqual(scanner.find(Buffer.from(name, "utf16le")), ["UTF-16LE"]);
  assert.deepEqual(scanner.find(encodeURIComponent(name)), ["UTF-8"]);
  assert.deepEqual(scanner.find(randomBytes(100_000)), []);
  assert.deepEqual(scanner.find(name.slice(0, -1)), []);
});

/** Each place that is scanned, with the forms in which the name was found. */
interface Found {
  readonly bodies: string[];
  readonly addresses: string[];
  readonly headers: string[];
  readonly pageToApi: string[];
  readonly pageToProxy: string[];
  readonly proxyToApi: string[];
  readonly database: string[];
  readonly logs: string[];
  readonly storage: string[];
  readonly profile: string[];
}

const NOWHERE: Found = {
  bodies: [],
  addresses: [],
  headers: [],
  pageToApi: [],
  pageToProxy: [],
  proxyToApi: [],
  database: [],
  logs: [],
  storage: [],
  profile: [],
};

/** Sends a fresh name twice, reads it back, stops everything and scans what is left. */
async function sendAndScan(t: TestContext, way: Way): Promise<{ name: string; found: Found }> {
  const name = freshName();
  const scanner = new Scanner(name);
  const deployment = await deploy(t);
  const visitor = await visit(t);
  const bench = await BenchPage.open(visitor, deployment.url);
  await bench.choose(way);
  await bench.send(name);
  await bench.page.getByLabel("Or one event by name").press("Enter");
  await bench.settled();
  // The name did go through all of it: what follows does not search for something that never was.
  assert.deepEqual(await bench.counts(), [[name, 2]]);
  assert.deepEqual(
    (await bench.stored()).map(([, count]) => count),
    [2],
  );

  const requests = await searchRequests(bench, scanner);
  const storage = scanner.find(await storageOf(bench));
  const kept = await itemsInStorage(bench);
  assert.equal(
    kept.length,
    way === "sdk" ? 1 : 0,
    "the page keeps nothing in the browser but the SDK's queue",
  );
  assert.deepEqual(await waitingIn(bench), []);
  const database = await searchDatabase(deployment, scanner);
  await leave(bench, visitor);
  return {
    name,
    found: {
      ...requests,
      ...searchTaps(deployment, scanner),
      database,
      logs: scanner.find(deployment.logs()),
      storage,
      profile: await scanner.findInFolder(visitor.profile),
    },
  };
}

async function searchRequests(
  { requests }: BenchPage,
  scanner: Scanner,
): Promise<Pick<Found, "bodies" | "addresses" | "headers">> {
  const bodies = new Set<string>();
  const addresses = new Set<string>();
  const headers = new Set<string>();
  let posts = 0;
  for (const request of requests) {
    const path = new URL(request.url()).pathname;
    const body = request.postDataBuffer();
    if (request.method() === "POST") posts += Number((body?.length ?? 0) > 0);
    for (const form of scanner.find(body ?? "")) bodies.add(`${path}: ${form}`);
    for (const form of scanner.find(request.url())) addresses.add(`${path}: ${form}`);
    for (const form of scanner.find(JSON.stringify(await request.allHeaders())))
      headers.add(`${path}: ${form}`);
  }
  assert.equal(posts, 2, "both events were seen with their bodies");
  return { bodies: [...bodies], addresses: [...addresses], headers: [...headers] };
}

function searchTaps({ taps }: Deployment, scanner: Scanner): Pick<Found, keyof Deployment["taps"]> {
  const search = ({ sent, answered }: Deployment["taps"]["pageToApi"]): string[] => [
    ...scanner.find(sent()).map((form) => `sent: ${form}`),
    ...scanner.find(answered()).map((form) => `answered: ${form}`),
  ];
  return {
    pageToApi: search(taps.pageToApi),
    pageToProxy: search(taps.pageToProxy),
    proxyToApi: search(taps.proxyToApi),
  };
}

/** Scans the files while the API holds them open, its write-ahead log among them, and again once it has closed them. */
async function searchDatabase(deployment: Deployment, scanner: Scanner): Promise<string[]> {
  const open = await filesBelow(deployment.database);
  assert.ok(
    open.some(([path]) => path.endsWith(".wal")),
    "the write-ahead log is among the files",
  );
  await deployment.stopApi();
  const closed = await filesBelow(deployment.database);
  const found = [...open, ...closed].flatMap(([, bytes]) => scanner.find(bytes));
  return [...new Set(found)];
}

/** Goes to an empty page first: a browser writes down what it keeps of a page when the visitor moves on. */
async function leave(bench: BenchPage, visitor: Visitor): Promise<void> {
  await bench.page.goto("about:blank");
  await visitor.leave();
}

async function storageOf(bench: BenchPage): Promise<string> {
  return JSON.stringify(await itemsInStorage(bench));
}

/** All that the page keeps in the browser, by any interface it has for that. */
async function itemsInStorage({ page }: BenchPage): Promise<unknown[]> {
  const cookies = await page.context().cookies();
  const items = await page.evaluate(async () => {
    const files: string[] = [];
    for await (const file of (await navigator.storage.getDirectory()).keys()) files.push(file);
    return [
      ...Object.entries(localStorage),
      ...Object.entries(sessionStorage),
      ...(await indexedDB.databases()),
      ...(await caches.keys()),
      ...(await navigator.serviceWorker.getRegistrations()).map(({ scope }) => scope),
      ...files,
      ...(history.state === null ? [] : [history.state]),
      ...(window.name === "" ? [] : [window.name]),
    ];
  });
  return [...cookies, ...items];
}

/** Every record of every database of the page. */
async function waitingIn({ page }: BenchPage): Promise<unknown[]> {
  return page.evaluate(async () => {
    const records: unknown[] = [];
    const resultOf = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    for (const { name } of await indexedDB.databases()) {
      const database = await resultOf(indexedDB.open(name as string));
      for (const store of database.objectStoreNames)
        records.push(...(await resultOf(database.transaction(store).objectStore(store).getAll())));
      database.close();
    }
    return records;
  });
}

function freshName(): string {
  return `leak-${randomBytes(9).toString("hex")}`;
}
