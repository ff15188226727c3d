// Every public name, as a TypeScript program uses it. Compiled against the installed package, never run.

import {
  BlindtallyError,
  type Cipher,
  type CipherOptions,
  type Client,
  type ClientOptions,
  createClient,
  type ErrorCode,
  type ErrorDetails,
  init,
  isBlindtallyError,
  type KeyInfo,
  type KeyStatus,
  Keyset,
  type ResultMap,
  type ResultRow,
  type Results,
  type ResultsOptions,
  type ResultsProgress,
  type UnreadableCode,
  type UnreadableRow,
  type WasmSource,
} from "blindtally";
import { type ExportedKey, exportRootKeys, importRootKey } from "blindtally/hazard";
import * as inline from "blindtally/inline";
import * as slim from "blindtally/slim";
import { type ResultsWorker, startWorker } from "blindtally/worker";

export async function loading(bytes: Uint8Array<ArrayBuffer>, response: Promise<Response>): Promise<void> {
  const sources: WasmSource[] = [
    bytes,
    bytes.buffer,
    response,
    await response,
    new URL("https://a.example/b.wasm"),
  ];
  await init();
  for (const source of sources) await slim.init(source);
  await init("https://a.example/b.wasm");
  await inline.init();
  // @ts-expect-error a source is required here
  await slim.init();
}

export function keys(): readonly [string, KeyStatus][] {
  const keyset: Keyset = importRootKey(new Uint8Array(32), Keyset.generate());
  const exported: ExportedKey[] = exportRootKeys(keyset);
  const infos: KeyInfo[] = keyset.keys;
  const id: string = keyset.generateKey();
  keyset.promote(id);
  keyset.disable(keyset.primaryKeyId);
  keyset.enable(id);
  JSON.stringify(keyset.toJSON());
  keyset[Symbol.dispose]();
  keyset.dispose();
  // @ts-expect-error made by generate() or imported only
  new Keyset();
  // @ts-expect-error read only
  keyset.primaryKeyId = id;
  // @ts-expect-error hexadecimal text is no key
  importRootKey("00".repeat(32));
  exported[0]?.key.fill(0);
  return infos.map(({ id, status, primary }) => [primary ? `${id}*` : id, status]);
}

export function names(keyset: Keyset, map: ResultMap): UnreadableRow[] {
  const events: Cipher = keyset.cipher();
  keyset.cipher("event");
  const labels: readonly string[] = keyset.cipher(["acme", "event"]).context;
  const token: string = events.encrypt(labels[0] ?? "event");
  const tokens: string[] = events.encryptAll(new Set(["a", "b"]));
  const decrypted: string[] = [events.decrypt(token), ...events.decryptAll(tokens)];
  const results: Results = events.decryptResults(map);
  events.decryptResults({ [token]: 3 });
  events.decryptResults(new Map([[token, decrypted.length]]));
  const total: number = [...results.counts.values()].reduce((sum, count) => sum + count, 0);
  // @ts-expect-error a count is a number
  events.decryptResults({ [token]: "3" });
  // @ts-expect-error a name is a string
  events.encrypt(total);
  events[Symbol.dispose]();
  return results.unreadable;
}

export function reason(code: UnreadableCode): string {
  switch (code) {
    case "unknown-key":
    case "disabled-key":
      return "another key";
    case "destroyed-key":
      return "gone";
    case "bad-token":
      return "altered";
    case "not-a-token":
      return "in clear";
  }
}

export async function sending(keyset: Keyset): Promise<number> {
  const options: ClientOptions = {
    endpoint: new URL("https://analytics.example"),
    keyset,
    context: "event",
    headers: async () => ({ authorization: "Bearer ..." }),
    fetch,
    timeoutMs: 5_000,
  };
  const client: Client = createClient(options);
  createClient({ endpoint: "https://analytics.example", keyset, headers: { "x-tenant": "acme" } });
  await client.logEvent("a");
  const stored: number = await client.logEvents(["a", "b"]);
  const counts: Record<string, number> = await client.getResults();
  const report: Results = await client.getReport();
  client[Symbol.dispose]();
  client.dispose();
  // @ts-expect-error an endpoint is required
  createClient({ keyset });
  return stored + (counts.a ?? 0) + report.unreadable.length;
}

export async function bigMaps(keyset: Keyset, rows: AsyncIterable<ResultRow>): Promise<number> {
  const remembering: CipherOptions = { cacheSize: 10 };
  const events: Cipher = keyset.cipher("event", remembering);
  const progress: ResultsProgress[] = [];
  const options: ResultsOptions = { onProgress: (step) => progress.push(step) };
  const later: Results = await events.decryptResults(rows, options);
  const worker: ResultsWorker = await startWorker();
  const results: Results = await worker.decryptResults(events, rows, options);
  await worker.decryptResults(events, new Map([["token", 3]]));
  // @ts-expect-error started by startWorker() only
  new ResultsWorker();
  // @ts-expect-error a worker reads with a cipher
  await worker.decryptResults({}, rows);
  worker[Symbol.dispose]();
  worker.terminate();
  return later.counts.size + results.counts.size + (progress.at(-1)?.total ?? 0);
}

export function failing(error: unknown): number | undefined {
  if (!isBlindtallyError(error)) return undefined;
  const known: BlindtallyError = error;
  const code: ErrorCode = known.code;
  const details: ErrorDetails = known;
  // @ts-expect-error there is no such code
  if (code === "no-such-code") return 0;
  if (known instanceof BlindtallyError && code === "http-status") return known.status;
  return details.index;
}
