// API, proxy, gates and applications of one row, in a folder of their own.

import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importRootKey } from "blindtally/hazard";
import type { Sending } from "./app.js";
import { App } from "./app-process.js";
import { type Audit, audit } from "./audit.js";
import { ownFolder, removeFolder } from "./children.js";
import { Gate } from "./gate.js";
import { type Account, type Range, readLedgers } from "./ledger.js";
import { rowsOf, type Scan, scan } from "./scan.js";
import { Service } from "./service.js";
import { Traffic } from "./traffic.js";

/** What a row needs. */
export interface SystemOptions {
  /** With the proxy, and a gate in front of it beside the one in front of the API. */
  readonly proxy?: boolean;
  /** Without the gate between proxy and API: for what lasts longer than its records should. */
  readonly untapped?: boolean;
  /** The folder of the API's database; default one of the system's own. */
  readonly database?: string;
  /** The most requests under way at one time; default 1. What is sent when a page goes waits for nobody. */
  readonly underWay?: number;
  /** Pages of these origins may call the API. */
  readonly origins?: readonly string[];
}

/** How an application is started. */
export interface AppOptions {
  readonly events: Range;
  /** With a queue in a file, which the next application with one takes up. */
  readonly durable?: boolean;
  readonly clear?: boolean;
  readonly jumps?: boolean;
  readonly options?: Sending;
}

/** What a system has to show in the end. */
export interface Findings extends Audit, Scan {
  /** Duplicates that the API recognised. */
  readonly recognised: number;
  /** What is wrong whatever the row is about. */
  readonly problems: readonly string[];
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** A word that occurs in every name and every secret value of a run, and nowhere else in the world. */
function newStem(): string {
  return `oncology-${Array.from(randomBytes(14), (byte) => LETTERS[byte % LETTERS.length]).join("")}`;
}

export class System {
  readonly folder = ownFolder(mkdtempSync(join(tmpdir(), "blindtally-faults-")));
  readonly stem = newStem();
  readonly key: Uint8Array = randomBytes(32);
  readonly api: Service;
  readonly proxy: Service | undefined;
  /** In front of the API: what passes it must be encrypted. */
  readonly gate: Gate;
  /** What applications call: the gate of the API, or the one in front of the proxy, behind which all is in clear. */
  readonly front: Gate;
  /** A browser's profile, if the row has one. */
  readonly profile: string;
  readonly #database: string;
  readonly #underWay: number;
  readonly #ledgers: string[] = [];
  #snapshots = 0;

  static async open(options: SystemOptions = {}): Promise<System> {
    const system = new System(options);
    try {
      await system.api.start();
      await system.gate.admit();
      await system.proxy?.start();
      if (system.front !== system.gate) await system.front.admit();
      return system;
    } catch (error) {
      await system.stop();
      system.remove();
      throw error;
    }
  }

  private constructor({ proxy, untapped, database, origins = [], underWay = 1 }: SystemOptions) {
    for (const name of ["secret", "logs", "storage", "snapshots", "profile", "rows"])
      mkdirSync(this.#in(name));
    this.#database = join(database ?? this.#in("storage"), "events.duckdb");
    this.profile = this.#in("profile");
    this.#underWay = underWay;
    const traffic = new Traffic(this.#in("traffic"), "api");
    this.api = new Service({
      command: "analytics",
      args: ["--database", this.#database, ...origins.flatMap((origin) => ["--allow-origin", origin])],
      log: this.#in("logs", "api.log"),
    });
    this.gate = new Gate(traffic, () => this.api.port);
    this.front = this.gate;
    if (!proxy) return;
    const keyFile = this.#in("secret", "key");
    writeFileSync(keyFile, `${Buffer.from(this.key).toString("hex")}\n`, { mode: 0o600 });
    const fields = ["ward=deterministic", "note=randomized", "area=clear"];
    this.front = new Gate(new Traffic(this.#in("clear"), "proxy"), () => this.proxy?.port ?? 0);
    // Its upstream is known once the gate listens.
    this.proxy = new Service({
      command: "proxy",
      args: () => [
        "--upstream",
        untapped ? `http://127.0.0.1:${this.api.port}` : this.gate.url,
        "--key-file",
        keyFile,
        ...fields.flatMap((field) => ["--property", field]),
      ],
      log: this.#in("logs", "proxy.log"),
    });
  }

  /** Starts an application; it logs the events of the range. */
  startApp({ events, durable, clear, jumps, options = {} }: AppOptions): App {
    const ledger = this.newLedger();
    const order = {
      endpoint: this.front.url,
      key: Uint8Array.from(this.key),
      stem: this.stem,
      events,
      ledger,
      ...(durable && { queue: this.#in("storage", "queue") }),
      ...(clear && { clear }),
      options,
    };
    return new App(order, this.#in("logs", "app.log"), { jumps: jumps ?? false });
  }

  /** A file in which somebody who logs events keeps account of them. */
  newLedger(): string {
    const ledger = this.#in(`ledger-${this.#ledgers.length}`);
    this.#ledgers.push(ledger);
    return ledger;
  }

  /** What is known of all events so far. */
  account(): Account {
    return readLedgers(this.#ledgers);
  }

  /** Keeps a copy of the queues as they are now, for the scan. */
  snapshot(): void {
    for (const queue of [this.#in("storage", "queue"), join(this.profile, "Default", "IndexedDB")]) {
      if (existsSync(queue))
        cpSync(queue, this.#in("snapshots", String(this.#snapshots++)), { recursive: true });
    }
  }

  /** Something for the logs that are scanned. */
  log(name: string): string {
    return this.#in("logs", name);
  }

  /** Compares and scans when all applications have ended; the services are stopped by it. */
  async findings(): Promise<Findings> {
    await Promise.all([this.api.ready, this.proxy?.ready]);
    const keyset = importRootKey(this.key);
    const account = this.account();
    const audited = await audit(`http://127.0.0.1:${this.api.port}`, keyset, this.stem, account);
    keyset.dispose();
    const recognised = this.gate.duplicates;
    await this.stop();
    writeFileSync(this.#in("rows", "events.txt"), await rowsOf(this.#database));
    const places = {
      traffic: this.#in("traffic"),
      storage: join(this.#database, ".."),
      rows: this.#in("rows"),
      queue: this.#in("snapshots"),
      profile: this.profile,
      logs: this.#in("logs"),
      ...(join(this.#database, "..") !== this.#in("storage") && { files: this.#in("storage") }),
    };
    const scanned = await scan(places, this.stem, this.key);
    return { ...audited, ...scanned, recognised, problems: this.#problems(audited, scanned) };
  }

  async stop(): Promise<void> {
    await this.proxy?.stop();
    await this.api.stop();
    await Promise.all([this.gate.close(), this.front.close()]);
  }

  remove(): void {
    removeFolder(this.folder);
  }

  #problems(audited: Audit, scanned: Scan): string[] {
    const { gate, front, api, proxy } = this;
    return [
      ...(audited.strange > 0 ? [`${audited.strange} rows of no event, or unreadable`] : []),
      ...(audited.misgrouped > 0 ? [`${audited.misgrouped} events counted wrongly by their ward`] : []),
      ...(scanned.leaks.length > 0 ? [`in clear: ${scanned.leaks.slice(0, 3).join("; ")}`] : []),
      ...["traffic", "rows"]
        .filter((place) => !scanned.tokens.has(place))
        .map((place) => `no token in the ${place}`),
      ...(this.#snapshots > 0 && !scanned.tokens.has("queue") ? ["no token in the queues"] : []),
      ...(front.mostUnderWay > this.#underWay ? [`${front.mostUnderWay} requests under way at once`] : []),
      ...(front.early > 0 ? [`${front.early} requests before Retry-After`] : []),
      ...[gate.failure, front.failure].flatMap((failure) =>
        failure === undefined ? [] : [`gate: ${failure}`],
      ),
      ...(api.crashes > 0 ? [`the API ended by itself ${api.crashes} times`] : []),
      ...((proxy?.crashes ?? 0) > 0 ? [`the proxy ended by itself ${proxy?.crashes} times`] : []),
    ];
  }

  #in(...path: string[]): string {
    return join(this.folder, ...path);
  }
}
