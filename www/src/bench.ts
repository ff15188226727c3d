import { plural } from "./dom.ts";
import { explain, type Failure } from "./failure.ts";
import { Keyring, type Member } from "./keyring.ts";
import { Outbox } from "./outbox.ts";
import { PlainClient, parseResults } from "./plain-client.ts";
import { apart, type Reading } from "./reading.ts";
import { FACTS, type Way } from "./way.ts";
import { Wire, type WireEntry } from "./wire.ts";

/** One line the client printed. Lines about an event carry the number of its request. */
export interface SaidLine {
  readonly number: number | undefined;
  readonly text: string;
  readonly name: string;
  readonly failed: boolean;
}

const KEPT_LINES = 60;
const TOKENS = /bt1_[\w-]+/g;

/** The state of the page and everything that can be done with it. Operations run one after another. */
export class Bench {
  readonly wire: Wire;
  readonly outbox = new Outbox();
  way: Way = "sdk";
  /** Missing until the SDK has loaded. */
  keyring: Keyring | undefined;
  /** What the analytics API last answered. */
  stored: ReadonlyMap<string, number> | undefined;
  /** Rows that this tab caused, to tell them from those of others. */
  readonly mine = new Set<string>();
  notice: Failure | undefined;
  nameFault: string | undefined;
  announcement = "";

  readonly #said: Record<Way, SaidLine[]> = { clear: [], sdk: [], proxy: [] };
  readonly #readings: Partial<Record<Way, Reading>> = {};
  readonly #listeners: (() => void)[] = [];
  readonly #plain: Readonly<Record<"clear" | "proxy", PlainClient>>;
  readonly #api: URL;
  #queue: Promise<void> = Promise.resolve();
  #pending = 0;
  #number = 0;

  constructor(base: URL) {
    this.wire = new Wire(() => this.#changed());
    this.#api = new URL("api", base);
    this.#plain = {
      clear: new PlainClient(this.#api, this.wire.fetch),
      proxy: new PlainClient(new URL("proxy", base), this.wire.fetch),
    };
  }

  get busy(): boolean {
    return this.#pending > 0;
  }

  get said(): readonly SaidLine[] {
    return this.#said[this.way];
  }

  get reading(): Reading | undefined {
    return this.#readings[this.way];
  }

  subscribe(listener: () => void): void {
    this.#listeners.push(listener);
    listener();
  }

  /** Called once the SDK has loaded; only then are there keys. */
  openKeyring(): void {
    this.keyring = new Keyring(this.#api, this.wire.fetch);
    this.#changed();
  }

  choose(way: Way): void {
    this.way = way;
    this.nameFault = undefined;
    this.#changed();
    this.refresh();
  }

  refresh(): void {
    const way = this.way;
    this.#run(async () => {
      // Moving along the radio buttons asks for each in turn; only the last one matters.
      if (way === this.way) await this.#read(way);
    });
  }

  send(name: string): void {
    this.nameFault = undefined;
    if (name === "") {
      this.nameFault = "Type a name first.";
      this.#changed();
      return;
    }
    this.#sendAll(this.way, [name]);
  }

  runExample(): void {
    this.nameFault = undefined;
    this.#sendAll(this.way, FACTS[this.way].example);
  }

  retry(id: number): void {
    this.#run(async () => {
      const way = await this.#retryOne(id);
      if (way !== undefined) await this.#read(way, 1);
    });
  }

  retryAll(): void {
    this.#run(async () => {
      let sent = 0;
      let last: Way | undefined;
      for (const { id } of this.outbox.events) {
        const way = await this.#retryOne(id);
        if (way === undefined) return;
        sent += 1;
        last = way;
      }
      if (last !== undefined) await this.#read(last, sent);
    });
  }

  discard(id: number): void {
    this.outbox.drop(id);
    this.#changed();
  }

  dismissNotice(): void {
    this.notice = undefined;
    this.#changed();
  }

  report(error: unknown): void {
    this.#fail(error, this.way);
    this.#changed();
  }

  /** Changes the keys, then reads the answer that is already here again: no request is needed to see the effect. */
  changeKeys(change: (keyring: Keyring) => string): void {
    const keyring = this.keyring;
    if (keyring === undefined) return;
    try {
      this.announcement = change(keyring);
      if (this.stored !== undefined) this.#readings.sdk = keyring.active.open(this.stored);
    } catch (error) {
      this.#fail(error, "sdk");
    }
    this.#changed();
  }

  #sendAll(way: Way, names: readonly string[]): void {
    const member = way === "sdk" ? this.keyring?.active : undefined;
    if (way === "sdk" && member === undefined) return;
    this.#run(async () => {
      for (const [index, name] of names.entries()) {
        const failure = await this.#send(way, name, member);
        if (failure === undefined) continue;
        if (failure.inName) {
          this.nameFault = `${failure.title} ${failure.advice}`;
          return;
        }
        // After one failure the rest would only wait for the same one: they are kept, untried.
        for (const [offset, kept] of names.slice(index).entries()) {
          this.outbox.keep({ way, name: kept, member, failure, tried: offset === 0 });
        }
        return;
      }
      this.notice = undefined;
      await this.#read(way, names.length);
    });
  }

  /** Tries a kept event again; the way it went, or nothing if it failed and stays. */
  async #retryOne(id: number): Promise<Way | undefined> {
    const event = this.outbox.events.find((kept) => kept.id === id);
    if (event === undefined) return undefined;
    const failure = await this.#send(event.way, event.name, event.member);
    if (failure !== undefined) {
      this.outbox.failedAgain(id, failure);
      return undefined;
    }
    this.outbox.drop(id);
    this.notice = undefined;
    return event.way;
  }

  async #send(way: Way, name: string, member: Member | undefined): Promise<Failure | undefined> {
    const number = ++this.#number;
    this.wire.about({ way, number, name });
    this.#say(way, { number, text: "Sending event: ", name, failed: false });
    try {
      await (member === undefined
        ? this.#plain[way === "proxy" ? "proxy" : "clear"]
        : member.client
      ).logEvent(name);
      this.#remember(this.wire.entries.at(-1), name);
      return undefined;
    } catch (error) {
      const failure = this.#fail(error, way);
      this.#say(way, { number, text: `Failed: ${failure.code}`, name: "", failed: true });
      return failure;
    }
  }

  async #read(way: Way, sent = 0): Promise<void> {
    const before = sent === 0 ? "" : `${plural(sent, "event")} sent ${FACTS[way].phrase}. `;
    this.wire.about({ way, number: undefined, name: undefined });
    try {
      const reading = await this.#readBy(way, sent > 0);
      this.#readings[way] = reading;
      const named = [...reading.counts].map(([name, count]) => `${name} ${count}`).join(", ");
      const unread =
        reading.unreadable.length === 0
          ? ""
          : ` ${plural(reading.unreadable.length, "row")} could not be read.`;
      this.#say(way, {
        number: undefined,
        text: "Results: ",
        name: JSON.stringify(Object.fromEntries(reading.counts)),
        failed: false,
      });
      this.announcement = `${before}Results: ${named === "" ? "no names" : named}.${unread}`;
      this.notice = undefined;
    } catch (error) {
      this.announcement = before;
      this.#fail(error, way);
    }
  }

  async #readBy(way: Way, sending: boolean): Promise<Reading> {
    if (way === "proxy") {
      const report = await this.#plain.proxy.getReport();
      const before = this.stored;
      this.stored = await this.#plain.clear.getResults();
      // The proxy keeps its tokens to itself, so the rows that grew tell which are this tab's.
      if (sending && before !== undefined) {
        for (const [row, count] of this.stored) if (count > (before.get(row) ?? 0)) this.mine.add(row);
      }
      return report;
    }
    if (way === "clear" || this.keyring === undefined) {
      this.stored = await this.#plain.clear.getResults();
      return apart(this.stored);
    }
    const report = await this.keyring.active.client.getReport();
    // The SDK hands back what it opened; what it was handed is on the wire record of that very request.
    this.stored = parseResults(this.wire.entries.at(-1)?.answer ?? "");
    return report;
  }

  #remember(entry: WireEntry | undefined, name: string): void {
    if (entry?.way === "clear") this.mine.add(name);
    if (entry?.way === "sdk") for (const token of entry.body.match(TOKENS) ?? []) this.mine.add(token);
  }

  #say(way: Way, line: SaidLine): void {
    const lines = this.#said[way];
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    this.#changed();
  }

  #fail(error: unknown, way: Way): Failure {
    const failure = explain(error, way, this.wire.entries.at(-1)?.answer ?? "");
    if (!failure.inName) this.notice = failure;
    return failure;
  }

  #run(operation: () => Promise<void>): void {
    this.#pending += 1;
    this.#changed();
    this.#queue = this.#queue.then(() => this.#carryOut(operation));
  }

  /** Never rejects: the operations behind a rejected one would not be carried out. */
  async #carryOut(operation: () => Promise<void>): Promise<void> {
    try {
      await operation();
    } catch (error) {
      this.#unforeseen(error);
    }
    this.#pending -= 1;
    this.#changed();
  }

  /** A view that cannot be drawn holds up neither the others nor the operation. */
  #changed(): void {
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        this.#unforeseen(error);
      }
    }
  }

  /** For the notice, and for the console as if nobody had caught it. */
  #unforeseen(error: unknown): void {
    this.#fail(error, this.way);
    reportError(error);
  }
}
