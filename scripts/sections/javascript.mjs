// @ts-check
// The tests in TypeScript: the suite of the package in Node and in browsers, services, packaging and the page.

import { counted, failure, skip, together } from "../lib/section.mjs";
import { filesOf } from "../lib/stamp.mjs";
import { browserEnvironment, chromium, firefox, moto, testsBuilt } from "./needs.mjs";

/** @typedef {import("../lib/section.mjs").Section} Section */

const TEST_TIMEOUT_MS = 300_000;

/** @type {Section} */
export const suite = { name: "js-node", run: () => testFiles("node", "JavaScript suite in Node", {}) };

/** @type {Section} */
export const client = {
  name: "client",
  run: async () => {
    const env = browserEnvironment(await chromium(), await firefox());
    return together([
      await testFiles("client", "The client", env),
      await testFiles("events", "What an event passes before it is sent", env),
      await testFiles("queue", "Queues", env),
    ]);
  },
};

/** @type {Section} */
export const everywhere = {
  name: "everywhere",
  run: async () => ownCommand("everywhere", "The packed package in other places, the fast ones", "--fast"),
};

/** @type {Section} */
export const faults = {
  name: "faults",
  run: async () => ownCommand("faults", "Faults, with fewer events", "--bounded"),
};

/** @type {Section} */
export const sealing = {
  name: "sealing",
  run: async () => testFiles("sealing", "Sealed keyset files", browserEnvironment(await chromium(), null)),
};

/** @type {Section} */
export const keyring = {
  name: "keyring",
  run: async () =>
    testFiles(
      "keyring",
      "Keyring and passkeys in browsers",
      browserEnvironment(await chromium(), await firefox()),
    ),
};

/** @type {Section} */
export const cli = {
  name: "cli",
  async run() {
    const server = await moto();
    const env = "path" in server ? { MOTO_SERVER: server.path } : {};
    return testFiles("cli", "The command line", env);
  },
};

/** @type {Section} */
export const kms = {
  name: "kms",
  async run() {
    const server = await moto();
    if ("reason" in server) return skip(server.reason);
    return testFiles("kms", "Slots of AWS KMS, on moto", { MOTO_SERVER: server.path });
  },
};

/** @type {Section} */
export const services = {
  name: "services",
  async run() {
    const server = await moto();
    const env = "path" in server ? { MOTO_SERVER: server.path } : {};
    return testFiles("services", "Analytics API and secure proxy", env);
  },
};

/** @type {Section} */
export const packaging = {
  name: "packaging",
  run: async () =>
    testFiles("packaging", "The packed package, installed", browserEnvironment(await chromium(), null)),
};

/** @type {Section} */
export const docs = {
  name: "docs",
  run: async () => testFiles("docs", "What the documents say", browserEnvironment(await chromium(), null)),
};

/** @type {Section} */
export const page = {
  name: "e2e",
  async run() {
    const browser = await chromium();
    if ("reason" in browser) return skip(browser.reason);
    return testFiles("e2e", `The page in Chromium ${browser.version}`, browserEnvironment(browser, null));
  },
};

/** @type {Section} */
export const suiteInBrowsers = {
  name: "js-browsers",
  async run() {
    const found = [await chromium(), await firefox()];
    await testsBuilt();
    const outcome = await counted({
      title: "JavaScript suite in browsers",
      counts: "node",
      command: process.execPath,
      args: ["tests/build/browser/run.js"],
      env: browserEnvironment(found[0] ?? null, found[1] ?? null),
      log: "test-js-browsers",
    });
    // It counts what it skips by itself; why a browser is not there is known here.
    const reasons = found.flatMap((browser) => ("reason" in browser ? skip(browser.reason).notes : []));
    return reasons.length === 0
      ? outcome
      : { ...outcome, notes: [...outcome.notes.filter(isNoSkip), ...reasons] };
  },
};

/**
 * A command of scripts/ that counts by itself.
 * @param {string} name @param {string} title @param {string} option
 */
async function ownCommand(name, title, option) {
  const env = browserEnvironment(await chromium(), await firefox());
  await testsBuilt();
  return counted({
    title,
    counts: "own",
    command: process.execPath,
    args: [`scripts/${name}.mjs`, option],
    env,
    log: `test-${name}`,
  });
}

/** @param {string} note */
const isNoSkip = (note) => !note.startsWith("Skipped: ");

/**
 * The test files of one folder, one after the other: they share ports, browsers and two cores.
 * @param {string} folder @param {string} title @param {Record<string, string>} env
 */
async function testFiles(folder, title, env) {
  await testsBuilt();
  const files = filesOf(`tests/build/${folder}`).filter((file) => file.endsWith(".test.js"));
  if (files.length === 0) return failure(`${title}: there is no test file in tests/build/${folder}.`);
  return counted({
    title,
    counts: "node",
    command: process.execPath,
    args: [
      "--test",
      "--test-reporter=spec",
      "--test-concurrency=1",
      `--test-timeout=${TEST_TIMEOUT_MS}`,
      ...files,
    ],
    env,
    log: `test-${folder}`,
  });
}
