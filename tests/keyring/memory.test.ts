// What is left of keys in Chromium beside wasm memory, which the cases look at: in its heap, in the memory of the
// page's process, and on disk.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { CDPSession, Page } from "playwright-core";
import { whyNoChromium } from "../browser/chromium.js";
import { type Visitor, visit } from "../e2e/support/browser.js";
import type { Steps } from "./page.js";
import { openEntry } from "./support/entry.js";
import { takeSnapshot } from "./support/heap-snapshot.js";
import { processMemory, whyNoProcessMemory } from "./support/process-memory.js";
import { servePackage } from "./support/site.js";

const PASSPHRASE = "correct horse";
const skip = whyNoChromium;

interface Opened {
  readonly visitor: Visitor;
  readonly page: Page;
  readonly session: CDPSession;
}

async function open(t: TestContext): Promise<Opened> {
  const visitor = await visit(t);
  const page = await visitor.context.newPage();
  await load(page, await servePackage(t));
  const session = await visitor.context.newCDPSession(page);
  await session.send("HeapProfiler.enable");
  return { visitor, page, session };
}

async function load(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.waitForFunction(() => globalThis.steps !== undefined);
}

function step<S extends keyof Steps>(
  page: Page,
  step: S,
  ...args: Parameters<Steps[S]>
): Promise<Awaited<ReturnType<Steps[S]>>> {
  return page.evaluate(
    ([step, args]) => {
      const steps = globalThis.steps as unknown as Record<string, (...args: unknown[]) => never>;
      return (steps[step] as (...args: unknown[]) => never)(...args);
    },
    [step, args] as const,
  );
}

/** Stores a keyset of one root key, loads the page anew, unlocks it, and tells every secret there is then. */
async function unlockedStaff({ page, session }: Opened) {
  const root = randomBytes(32);
  assert.equal(await step(page, "store", "staff", [[...root]], [PASSPHRASE]), "none");
  const { secret, kek, entryKey } = openEntry(await step(page, "dump", "staff"), PASSPHRASE);
  const info = Buffer.from("blindtally bt1 context\0\x05event");
  const contextKey = hkdf(sha256, root, undefined, info, 32);
  // Provisioning had the root key as bytes; a page that is only ever unlocked never has.
  await load(page, page.url());
  assert.equal(await step(page, "unlock", "staff", PASSPHRASE), "none");
  await session.send("HeapProfiler.collectGarbage");
  return { root, contextKey, others: { secret, kek, entryKey } };
}

async function lock({ page, session }: Opened): Promise<void> {
  await step(page, "lock");
  await session.send("HeapProfiler.collectGarbage");
}

test("a heap snapshot taken after lock() shows no key, neither as text nor as numbers in an array; what lies in buffers no snapshot shows", {
  skip,
}, async (t) => {
  const opened = await open(t);
  const { root, contextKey, others } = await unlockedStaff(opened);
  await lock(opened);
  const canaries = await opened.page.evaluate(() => {
    const [texts, numbers, buffers] = [0, 1, 2].map(() => crypto.getRandomValues(new Uint8Array(32)));
    const text = Array.from(texts as Uint8Array, (byte) => byte.toString(16).padStart(2, "0")).join("");
    Object.assign(globalThis, { canaries: [text, [...(numbers as Uint8Array)], buffers] });
    return [texts, numbers, buffers].map((bytes) => Array.from(bytes as Uint8Array).reverse());
  });
  const [text, numbers, buffer] = canaries.map((bytes) => Uint8Array.from(bytes.reverse()));
  const snapshot = await takeSnapshot(opened.session);
  assert.ok(snapshot.hasInText(text as Uint8Array), "a secret in a text is found");
  assert.ok(snapshot.hasInArray(numbers as Uint8Array), "and one in an array of numbers");
  const seen = (secret: Uint8Array) => snapshot.hasInText(secret) || snapshot.hasInArray(secret);
  assert.equal(
    seen(buffer as Uint8Array),
    false,
    "but not one in a buffer: this snapshot says nothing of those",
  );
  for (const [what, secret] of Object.entries({ root, contextKey, ...others }))
    assert.equal(seen(secret), false, what);
});

test("after lock() and a collection of garbage no whole key is left in the memory of the page's process; of pieces of freed buffers only the browser could say so", {
  skip: skip || whyNoProcessMemory,
}, async (t) => {
  const opened = await open(t);
  const { root, contextKey, others } = await unlockedStaff(opened);
  const before = processMemory(opened.visitor.profile, [root, contextKey]);
  assert.ok(before[0] && before[1], "the scan finds the root key and the context key of what is unlocked");
  await lock(opened);
  const secrets = { root, contextKey, ...others };
  const found = processMemory(opened.visitor.profile, Object.values(secrets));
  assert.deepEqual(
    Object.keys(secrets).filter((_, position) => found[position]),
    [],
  );
});

test("on disk the browser has no root key of an entry that has to be unlocked; under the protection device it has it in clear", {
  skip,
}, async (t) => {
  const { visitor, page } = await open(t);
  const [unlock, device] = [randomBytes(32), randomBytes(32)];
  assert.equal(await step(page, "store", "staff", [[...unlock]], [PASSPHRASE]), "none");
  assert.equal(await step(page, "store", "kiosk", [[...device]], ["device"]), "none");
  await visitor.leave();
  const files = readdirSync(visitor.profile, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
  const onDisk = (secret: Buffer) => files.some((bytes) => bytes.includes(secret));
  assert.deepEqual([onDisk(unlock), onDisk(device)], [false, true]);
});

test("a disk that is full is storage-unavailable, and nothing is stored", { skip }, async (t) => {
  const { page, session } = await open(t);
  // Before the first writing, as the browser remembers for a time how much room there was.
  await session.send("Storage.overrideQuotaForOrigin", { origin: new URL(page.url()).origin, quotaSize: 1 });
  assert.equal(await step(page, "store", "kiosk", [[...randomBytes(32)]], ["device"]), "storage-unavailable");
  assert.deepEqual(await step(page, "list"), []);
});
