// A page that uses what the package has for browsers, and logs to an analytics API.

import { createClient, isBlindtallyError, Keyset } from "blindtally";
import { importRootKey } from "blindtally/hazard";
import { Keyring } from "blindtally/keyring";
import { indexedDbQueue } from "blindtally/queue";
import { KeysetFile } from "blindtally/sealed";
import { startWorker } from "blindtally/worker";
import { check } from "./check.js";
import { load } from "./load.js";

const passphrase = "correct horse battery staple";
/** The smallest cost that is taken: this is no test of Argon2. */
const cost = { memoryKiB: 19456, passes: 2 };

/** The keyset out of a sealed file, which is the second .wasm file's work. */
async function sealedAndOpened(keyset) {
  const file = await KeysetFile.create(keyset);
  await file.addSlot({ passphrase, cost });
  return (await KeysetFile.open(file.seal(), { passphrase })).keyset;
}

async function inWorker(keyset, token) {
  const worker = await startWorker();
  const { counts } = await worker.decryptResults(keyset.cipher(), { [token]: 3 });
  worker.terminate();
  return Object.fromEntries(counts);
}

async function fromKeyring(keyset, token) {
  const keyring = await Keyring.open();
  await keyring.store("page", keyset, { unlock: [{ passphrase }] });
  const keys = await keyring.unlock("page", { passphrase });
  return (await keys.scope("event")).cipher().decrypt(token);
}

async function logged(keyset) {
  const client = createClient({
    endpoint: new URLSearchParams(location.search).get("api"),
    keyset,
    properties: { ward: "deterministic" },
    queue: indexedDbQueue({ name: "page" }),
  });
  await client.logEvent("page.viewed");
  await client.logEvents(["page.viewed", { name: "dose.missed", properties: { ward: "north" } }]);
  const results = { ...(await client.getResults()) };
  const { "dose.missed": wards } = await client.getResults({ by: "ward" });
  await client.shutdown();
  return { results, wards: { ...wards } };
}

async function whole() {
  await load();
  const checked = check({ importRootKey, isBlindtallyError });
  const keyset = await sealedAndOpened(Keyset.generate());
  const token = keyset.cipher().encrypt("page.viewed");
  return {
    ...checked,
    worker: await inWorker(keyset, token),
    keyring: await fromKeyring(keyset, token),
    ...(await logged(keyset)),
  };
}

whole().then(
  (report) => {
    globalThis.report = report;
  },
  (error) => {
    globalThis.report = `${error.code}: ${error.stack}\n${error.cause}`;
  },
);
