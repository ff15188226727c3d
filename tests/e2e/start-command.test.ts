import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryFolder } from "../services/support/folders.js";
import { post, results } from "../services/support/http.js";
import { sealKeyset } from "../services/support/keysets.js";
import { freePort } from "../services/support/ports.js";
import { until } from "../services/support/until.js";

test("npm start with a sealed keyset serves the page, the API and a proxy that uses it, and SIGTERM ends them all", async (t) => {
  const folder = await temporaryFolder(t);
  const sealed = await sealKeyset(folder);
  const [a = "", b = ""] = await sealed.change((keyset) => keyset.cipher().encryptAll(["a", "b"]));
  const start = await startCommand(t, folder, sealed.options);
  await start.until("Ctrl-C ends all three");
  assert.ok(start.output().includes(`The proxy uses the sealed keyset ${sealed.path}.`), start.output());
  assert.match(start.output(), /Counted alike three times, 3 and 2;/);

  const { api, proxy, page } = start.urls;
  await post(`${proxy}/events`, { events: ["a", "a", "b"] });
  const counts = new Map(await results(api));
  assert.deepEqual([counts.size, counts.get(a), counts.get(b)], [2, 2, 1], "tokens of the keyset");
  assert.deepEqual(await results(`${page}/proxy`), [
    ["a", 2],
    ["b", 1],
  ]);
  assert.match(await (await fetch(page)).text(), /<title>[^<]*Blindtally/);

  // The proxy follows the file as it does when it is started by itself.
  const id = await sealed.change((keyset) => keyset.rotate());
  await until("a token under the new key", async () => {
    await post(`${proxy}/event`, { event: "a" });
    return (await results(api)).some(([token]) => keyIdOf(token) === id);
  });

  assert.deepEqual(await start.end("SIGTERM"), { left: [] });
  assert.ok(!start.output().includes(sealed.passphrase));
});

test("npm start with a passphrase that does not open the keyset says so, and ends with 1", async (t) => {
  const folder = await temporaryFolder(t);
  const { path } = await sealKeyset(folder);
  const wrong = join(folder, "wrong");
  await writeFile(wrong, "not it\n", { mode: 0o600 });
  const start = await startCommand(t, folder, ["--keyset", path, "--passphrase-file", wrong]);
  assert.equal(await start.ended, 1);
  assert.match(start.output(), /Cannot open the keyset file \(cannot-open\)/);
  assert.deepEqual(await start.left(), []);
});

/** `npm start` as somebody runs it in a terminal, on ports and a database of its own. */
interface Start {
  readonly urls: { readonly api: string; readonly proxy: string; readonly page: string };
  /** The status. */
  readonly ended: Promise<number | null>;
  output(): string;
  /** Waits for words in the output; fails if it ends before. */
  until(words: string): Promise<void>;
  /** Sends the signal to all of the terminal's processes, and tells which of the three answer when npm has ended. */
  end(signal: NodeJS.Signals): Promise<{ left: string[] }>;
  left(): Promise<string[]>;
}

async function startCommand(t: TestContext, folder: string, options: readonly string[]): Promise<Start> {
  const ports = { api: await freePort(), proxy: await freePort(), page: await freePort() };
  const portOptions = Object.entries(ports).flatMap(([part, port]) => [`--${part}-port`, String(port)]);
  const database = ["--database", join(folder, "events.duckdb")];
  // As a terminal does it, a group of its own: npm, its shell and the script.
  const child = spawn("npm", ["start", "--", ...options, ...portOptions, ...database], {
    cwd: new URL("../../../", import.meta.url),
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let over = false;
  let changed = (): void => {};
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      changed();
    });
  const ended = once(child, "close").then(([code]) => {
    over = true;
    changed();
    return code as number | null;
  });
  t.after(async () => {
    if (over) return;
    // Ends what it started by itself; SIGKILL would leave them.
    signalGroup(child, "SIGTERM");
    await ended;
  });
  const url = (part: keyof typeof ports) => `http://127.0.0.1:${ports[part]}`;
  const urls = { api: url("api"), proxy: url("proxy"), page: url("page") };
  const left = async (): Promise<string[]> => {
    const parts = Object.entries(urls).map(async ([part, url]) =>
      (await fetch(url).catch(() => undefined)) === undefined ? [] : [part],
    );
    return (await Promise.all(parts)).flat();
  };
  return {
    urls,
    ended,
    output: () => output,
    left,
    async until(words) {
      while (!over && !output.includes(words))
        await new Promise<void>((resolve) => {
          changed = resolve;
        });
      assert.ok(output.includes(words), output);
    },
    async end(signal) {
      signalGroup(child, signal);
      await ended;
      return { left: await left() };
    },
  };
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid !== undefined) process.kill(-pid, signal);
}

/** The key id in a token: its first four bytes. */
function keyIdOf(token: string): string {
  return Buffer.from(token.slice("bt1_".length), "base64url").subarray(0, 4).toString("hex");
}
