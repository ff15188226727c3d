import assert from "node:assert/strict";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { generateKeyFile } from "blindtally-services/proxy";
import { temporaryFolder } from "./support/folders.js";
import { post, results } from "./support/http.js";
import { writeKeyFile } from "./support/keys.js";
import { startService } from "./support/processes.js";

/** What `npm start` does about keys, of `scripts/demo/keyset.mjs`. */
interface Script {
  givenKeyset(options: Readonly<Record<string, unknown>>): Chosen | undefined;
  chooseKeyset(given: Chosen | undefined, demo: Chosen & { oldKeyFile: string }): Promise<Chosen>;
}

interface Chosen {
  readonly keyset: string;
  readonly passphraseFile: string;
}

const { chooseKeyset, givenKeyset }: Script = await import(
  new URL("../../../scripts/demo/keyset.mjs", import.meta.url).href
);

test("the example makes a sealed keyset and its passphrase once, both private, and a proxy opens them", async (t) => {
  const demo = await place(t);
  const chosen = await chooseKeyset(undefined, demo);
  assert.deepEqual(chosen, { keyset: demo.keyset, passphraseFile: demo.passphraseFile });
  for (const file of Object.values(chosen)) assert.equal((await stat(file)).mode & 0o7777, 0o600);
  const before = await contents(chosen);
  assert.match(before[1] ?? "", /^(?:[a-z0-9]{4}-){4}[a-z0-9]{4}\n$/);
  assert.deepEqual(await chooseKeyset(undefined, demo), chosen);
  assert.deepEqual(await contents(chosen), before, "nothing is made a second time");
  const api = await startService(t, "analytics", ["--memory"]);
  const proxy = await startService(t, "proxy", ["--upstream", api.url, ...optionsOf(chosen)]);
  await post(`${proxy.url}/event`, { event: "a" });
  assert.deepEqual(await results(proxy.url), [["a", 1]]);
});

test("where version 0.1 left a key in clear, the keyset holds that key, the counts stay and the file is left alone", async (t) => {
  const demo = await place(t);
  const id = await generateKeyFile(demo.oldKeyFile);
  const old = await readFile(demo.oldKeyFile);
  const api = await startService(t, "analytics", ["--memory"]);
  const before = await startService(t, "proxy", ["--upstream", api.url, "--key-file", demo.oldKeyFile]);
  await post(`${before.url}/events`, { events: ["a", "a", "b"] });
  await before.end("SIGTERM");

  const chosen = await chooseKeyset(undefined, demo);
  const after = await startService(t, "proxy", ["--upstream", api.url, ...optionsOf(chosen)]);
  await post(`${after.url}/event`, { event: "a" });
  assert.deepEqual(await results(after.url), [
    ["a", 3],
    ["b", 1],
  ]);
  const tokens = (await results(api.url)).map(([token]) => Buffer.from(token.slice(4), "base64url"));
  assert.deepEqual([...new Set(tokens.map((token) => token.subarray(0, 4).toString("hex")))], [id]);
  assert.deepEqual(await readFile(demo.oldKeyFile), old);
});

test("a start that was cut off between passphrase and keyset is made good by the next", async (t) => {
  const demo = await place(t);
  await chooseKeyset(undefined, demo);
  const [, passphrase] = await contents(demo);
  await rm(demo.keyset);
  await rm(`${demo.keyset}.seen`, { force: true });
  await chooseKeyset(undefined, demo);
  assert.equal((await contents(demo))[1], passphrase);
});

test("a keyset whose passphrase is missing is not replaced: it is said what to do", async (t) => {
  const demo = await place(t);
  await chooseKeyset(undefined, demo);
  const keyset = await readFile(demo.keyset);
  await rm(demo.passphraseFile);
  await assert.rejects(
    chooseKeyset(undefined, demo),
    /demo\.keyset is there and .+demo\.passphrase is not: put it back/,
  );
  assert.deepEqual(await readFile(demo.keyset), keyset);
});

test("--keyset and --passphrase-file go together, name files that are there, and nothing else is then made", async (t) => {
  const demo = await place(t);
  const folder = await temporaryFolder(t);
  const keyset = await writeKeyFile(folder, { name: "given.keyset" });
  const passphraseFile = await writeKeyFile(folder, { name: "given.passphrase" });
  assert.equal(givenKeyset({}), undefined);
  assert.throws(() => givenKeyset({ keyset }), /^Error: --keyset and --passphrase-file go together\.$/);
  assert.throws(() => givenKeyset({ "passphrase-file": passphraseFile }), /go together/);
  const missing = join(folder, "missing");
  assert.throws(() => givenKeyset({ keyset: missing, "passphrase-file": passphraseFile }), {
    message: `There is no ${missing}.`,
  });
  const given = givenKeyset({ keyset, "passphrase-file": passphraseFile });
  assert.deepEqual(given, { keyset, passphraseFile });
  assert.deepEqual(await chooseKeyset(given, demo), given);
  assert.deepEqual(await readdir(join(demo.keyset, "..")), []);
});

test("a path is taken from where npm was called, not from the project's folder", async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "k"), "");
  await writeFile(join(folder, "p"), "");
  const before = process.env.INIT_CWD;
  t.after(() => {
    if (before === undefined) delete process.env.INIT_CWD;
    else process.env.INIT_CWD = before;
  });
  process.env.INIT_CWD = folder;
  assert.deepEqual(givenKeyset({ keyset: "k", "passphrase-file": "p" }), {
    keyset: join(folder, "k"),
    passphraseFile: join(folder, "p"),
  });
});

async function place(t: TestContext): Promise<Chosen & { oldKeyFile: string }> {
  const folder = await temporaryFolder(t);
  return {
    keyset: join(folder, "demo.keyset"),
    passphraseFile: join(folder, "demo.passphrase"),
    oldKeyFile: join(folder, "proxy.key"),
  };
}

function contents({ keyset, passphraseFile }: Chosen): Promise<string[]> {
  return Promise.all([keyset, passphraseFile].map((file) => readFile(file, "utf8")));
}

function optionsOf({ keyset, passphraseFile }: Chosen): string[] {
  return ["--keyset", keyset, "--passphrase-file", passphraseFile];
}
